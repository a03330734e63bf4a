-- Decisions that new rows name.
SELECT DISTINCT assumeNotNull(decision_id) AS key
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include}) AND decision_id IS NOT NULL
