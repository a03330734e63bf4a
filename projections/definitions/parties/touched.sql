-- Parties that new rows name, and those that any other revision of the same facts ever named.
SELECT DISTINCT
    multiIf(party_kind != 'NATURAL_PERSON' AND ifNull(party_uscc, '') != '', concat('u:', assumeNotNull(party_uscc)),
            ifNull(party_token, '') != '', concat('t:', assumeNotNull(party_token)), '') AS key
FROM events_enforcement
WHERE topic = {topic:String} AND partition = 0 AND offset >= {first:UInt64} AND offset < {end:UInt64}
  AND event_type IN ('CaseFiled', 'DecisionMade') AND key != ''
UNION DISTINCT
SELECT party_key
FROM corrections
WHERE family = 'enforcement' AND party_key != '' AND fact_id IN (
    SELECT fact_id FROM corrections WHERE topic = {topic:String} AND offset >= {first:UInt64} AND offset < {end:UInt64}
)
