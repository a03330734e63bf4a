INSERT INTO {facts:Identifier}
SELECT
    {party_key:Shared} AS key,
    topic, offset,
    -- Its weight; in the 64 bits below, bit 34: shared as a pointer; bit 33: retracted; bit 32: a decision; below: days since 1696-03-17, 0: no day.
    {weight:Shared} + bitShiftLeft(toUInt64({level:Shared}), 34) + bitShiftLeft(toUInt64(retracted), 33) + bitShiftLeft(toUInt64(event_type = 'DecisionMade'), 32)
        + toUInt32(ifNull(toInt32(decided_on) + 100000, 0)),
    -- Pieces as for cases.
    arrayStringConcat(
        [if(event_type = 'CaseFiled', stream_id, ifNull(decision_id, '')), ifNull(toString(party_kind), ''), ifNull(party_name, ''), ifNull(party_birth_band, ''), ifNull(party_region, '')], '\xFF')
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include}) AND event_type IN ('CaseFiled', 'DecisionMade') AND key != ''
  -- What is not shared leaves no trace of its party.
  AND {level:Shared} < 2
