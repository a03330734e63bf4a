-- Facts among new rows that are corrected, retracted, or were corrected before.
SELECT DISTINCT fact_id
FROM {events:Identifier}
WHERE topic = {topic:String} AND partition = 0 AND offset >= {first:UInt64} AND offset < {end:UInt64}
  AND (revision != 1 OR retracted OR fact_id != event_id OR fact_id IN (
        SELECT fact_id FROM corrections WHERE fact_id IN (
            SELECT fact_id FROM {events:Identifier}
            WHERE topic = {topic:String} AND partition = 0 AND offset >= {first:UInt64} AND offset < {end:UInt64})))
