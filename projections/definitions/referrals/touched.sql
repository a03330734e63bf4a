-- Streams that new rows touch.
SELECT DISTINCT stream_id
FROM events_exchange
WHERE partition = 0 AND ({new_rows:Include})
