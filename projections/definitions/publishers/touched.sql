-- The blocks in which new rows lie.
SELECT DISTINCT concat({topic:String}, '|', toString(intDiv(offset, 8192)))
FROM {events:Identifier}
WHERE topic = {topic:String} AND partition = 0 AND offset >= {first:UInt64} AND offset < {end:UInt64}
