-- Parties that new rows name.
SELECT DISTINCT
    multiIf(party_kind != 'NATURAL_PERSON' AND ifNull(party_uscc, '') != '', concat('u:', assumeNotNull(party_uscc)),
            ifNull(party_token, '') != '', concat('t:', assumeNotNull(party_token)), '') AS key
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include})
  AND event_type IN ('CaseFiled', 'DecisionMade') AND key != ''
