-- Streams that new rows touch, and those that any other revision of the same facts ever touched.
SELECT DISTINCT stream_id
FROM events_dispute
WHERE topic = {topic:String} AND partition = 0 AND offset >= {first:UInt64} AND offset < {end:UInt64}
UNION DISTINCT
SELECT stream_id
FROM corrections
WHERE family = 'dispute' AND fact_id IN (
    SELECT fact_id FROM corrections WHERE topic = {topic:String} AND offset >= {first:UInt64} AND offset < {end:UInt64}
)
