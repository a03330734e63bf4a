INSERT INTO {facts:Identifier}
SELECT
    {party_key:Shared} AS key,
    topic, offset, event_type, region, if(event_type = 'CaseFiled', stream_id, ifNull(decision_id, '')), decided_on, event_id, retracted,
    -- Bits from 192, and from 64 on, as for cases; so are the pieces that follow.
    bitShiftLeft(toUInt256(toUnixTimestamp64Micro(recorded_at) + 4503599627370496), 192) + bitShiftLeft(toUInt256(toUInt128(event_id)), 64),
    arrayStringConcat(
        [ifNull(toString(party_kind), ''), ifNull(party_name, ''), ifNull(party_birth_band, ''), ifNull(party_region, '')], '\xFF')
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include}) AND event_type IN ('CaseFiled', 'DecisionMade') AND key != ''
