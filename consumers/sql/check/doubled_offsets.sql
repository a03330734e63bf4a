-- Offsets of a topic that are stored more than once.
SELECT offset, count() AS times
FROM {table:Identifier}
WHERE topic = {topic:String} AND partition = 0 AND offset < {end:UInt64}
GROUP BY offset
HAVING times > 1
ORDER BY offset
LIMIT {most:UInt64};
