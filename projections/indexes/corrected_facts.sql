-- Facts among new rows that are corrected, retracted, or were corrected before.
SELECT DISTINCT fact_id
FROM {events:Identifier}
WHERE partition = 0 AND ({new_rows:Include})
  AND (revision != 1 OR retracted OR fact_id != event_id OR fact_id IN (
        SELECT fact_id FROM corrections WHERE fact_id IN (
            SELECT fact_id FROM {events:Identifier} WHERE partition = 0 AND ({new_rows:Include}))))
