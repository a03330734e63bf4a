INSERT INTO corrections
SELECT fact_id, topic, offset, 'enforcement', publisher, revision, event_id, retracted, event_type, stream_id, ifNull(decision_id, ''),
    if(event_type IN ('CaseFiled', 'DecisionMade'),
       {party_key:Shared}, ''),
    recorded_at
FROM events_enforcement
WHERE fact_id IN {facts:Array(UUID)}
