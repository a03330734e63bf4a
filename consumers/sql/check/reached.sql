-- The highest offset of a topic that is stored or a dead letter; -1: none.
SELECT greatest(
    (SELECT ifNull(maxOrNull(toInt64(offset)), -1) FROM {table:Identifier}
        WHERE topic = {topic:String} AND partition = 0 AND offset >= {begin:UInt64}),
    (SELECT ifNull(maxOrNull(toInt64(offset)), -1) FROM dead_letters
        WHERE topic = {topic:String} AND partition = 0));
