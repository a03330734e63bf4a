INSERT INTO mentions
SELECT
    multiIf(party_kind != 'NATURAL_PERSON' AND ifNull(party_uscc, '') != '', concat('u:', assumeNotNull(party_uscc)),
            ifNull(party_token, '') != '', concat('t:', assumeNotNull(party_token)), '') AS key,
    topic,
    offset
FROM events_enforcement
WHERE topic = {topic:String} AND partition = 0 AND offset >= {first:UInt64} AND offset < {end:UInt64}
  AND event_type IN ('CaseFiled', 'DecisionMade') AND key != ''
