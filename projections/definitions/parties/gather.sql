INSERT INTO party_facts
SELECT
    {party_key:Shared} AS key,
    topic, offset, event_type, region, stream_id, ifNull(decision_id, ''), decided_on, ifNull(toString(party_kind), ''),
    ifNull(party_name, ''), ifNull(party_birth_band, ''), ifNull(party_region, ''), event_id, recorded_at, retracted
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include}) AND event_type IN ('CaseFiled', 'DecisionMade') AND key != ''
