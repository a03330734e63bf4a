-- Decisions that new rows name, and those that any other revision of the same facts ever named.
SELECT DISTINCT assumeNotNull(decision_id) AS key
FROM events_enforcement
WHERE topic = {topic:String} AND partition = 0 AND offset >= {first:UInt64} AND offset < {end:UInt64}
  AND decision_id IS NOT NULL
UNION DISTINCT
SELECT decision_id
FROM corrections
WHERE family = 'enforcement' AND decision_id != '' AND fact_id IN (
    SELECT fact_id FROM corrections WHERE topic = {topic:String} AND offset >= {first:UInt64} AND offset < {end:UInt64}
)
