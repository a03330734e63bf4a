INSERT INTO corrections
SELECT fact_id, topic, offset, 'enforcement', publisher, revision, event_id, retracted, event_type, stream_id, ifNull(decision_id, ''),
    if(event_type IN ('CaseFiled', 'DecisionMade'),
       multiIf(party_kind != 'NATURAL_PERSON' AND ifNull(party_uscc, '') != '', concat('u:', assumeNotNull(party_uscc)),
               ifNull(party_token, '') != '', concat('t:', assumeNotNull(party_token)), ''), ''),
    recorded_at
FROM events_enforcement
WHERE fact_id IN {facts:Array(UUID)}
