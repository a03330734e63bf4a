INSERT INTO {facts:Identifier}
SELECT
    {party_key:Shared} AS key,
    topic, offset, event_type, region, if(event_type = 'CaseFiled', stream_id, ifNull(decision_id, '')), decided_on, event_id, retracted,
    {weight:Shared},
    -- Pieces as for cases.
    arrayStringConcat(
        [ifNull(toString(party_kind), ''), ifNull(party_name, ''), ifNull(party_birth_band, ''), ifNull(party_region, '')], '\xFF')
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include}) AND event_type IN ('CaseFiled', 'DecisionMade') AND key != ''
