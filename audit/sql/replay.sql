-- Known refusals of a topic up to a cut, as the ledger has them; what was redriven lies in the table and is none.
SELECT offset
FROM dead_letters FINAL
WHERE topic = {topic:String} AND partition = 0 AND offset < {end:UInt64} AND state != 'REDRIVEN'
ORDER BY offset;

-- Rows of each topic of an event table: those below a cut, and those at it or beyond.
SELECT topic, countIf(offset < {cut:Map(String, UInt64)}[topic]), countIf(offset >= {cut:Map(String, UInt64)}[topic])
FROM {database:Identifier}.{table:Identifier}
GROUP BY topic;

-- Rows of an event table up to a cut, or all of them, and the sum of their hashes.
SELECT count(), sum(reinterpretAsUInt128(sipHash128(formatRow('RowBinary', *))))
FROM {database:Identifier}.{table:Identifier}
WHERE {uncut:Bool} OR offset < {cut:Map(String, UInt64)}[topic];

-- Places whose rows differ, the left table up to a cut: the right one is a replay, which holds nothing beyond.
SELECT DISTINCT concat(topic, '/', toString(offset)) AS place
FROM (
    SELECT topic, offset, sipHash128(formatRow('RowBinary', *)) AS hash, 1 AS side
    FROM {left_database:Identifier}.{table:Identifier} WHERE offset < {cut:Map(String, UInt64)}[topic]
    UNION ALL
    SELECT topic, offset, sipHash128(formatRow('RowBinary', *)), 2
    FROM {right_database:Identifier}.{table:Identifier}
)
GROUP BY topic, offset, hash
HAVING uniqExact(side) = 1
ORDER BY place
LIMIT {most:UInt32}
