-- First offset behind a topic's last row, looking from an offset on that is known to be there.
SELECT ifNull(maxOrNull(offset) + 1, 0)
FROM {events:Identifier}
WHERE topic = {topic:String} AND partition = 0 AND offset >= {known:UInt64};

-- Dead letters that lie in the event tables after all.
SELECT count()
FROM dead_letters FINAL
WHERE state = 'REDRIVEN';
