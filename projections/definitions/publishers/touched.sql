-- The blocks in which new rows lie.
SELECT DISTINCT concat(topic, '|', toString(intDiv(offset, 8192)))
FROM {events:Identifier}
WHERE partition = 0 AND ({new_rows:Include})
