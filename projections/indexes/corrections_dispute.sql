INSERT INTO corrections
SELECT fact_id, topic, offset, 'dispute', publisher, revision, event_id, retracted, event_type, stream_id, '', '', recorded_at
FROM events_dispute
WHERE fact_id IN {facts:Array(UUID)}
