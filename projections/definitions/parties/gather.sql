INSERT INTO party_facts
SELECT
    multiIf(party_kind != 'NATURAL_PERSON' AND ifNull(party_uscc, '') != '', concat('u:', assumeNotNull(party_uscc)),
            ifNull(party_token, '') != '', concat('t:', assumeNotNull(party_token)), '') AS key,
    topic, offset, event_type, region, stream_id, ifNull(decision_id, ''), decided_on, ifNull(toString(party_kind), ''),
    ifNull(party_name, ''), ifNull(party_birth_band, ''), ifNull(party_region, ''), event_id, recorded_at, retracted
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include}) AND event_type IN ('CaseFiled', 'DecisionMade') AND key != ''
