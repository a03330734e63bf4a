-- A party is a function of the current facts that name it. Parameters as in cases; `mentions` says where they lie.
WITH
    {cut:Map(String, UInt64)} AS cut,
    latest AS (
        SELECT publisher, fact_id, max((revision, toUInt128(event_id))) AS last
        FROM corrections
        WHERE offset < cut[topic]
        GROUP BY publisher, fact_id
    ),
    superseded AS (
        SELECT transform(topic, mapKeys(cut), arrayMap(n -> bitShiftLeft(n, 48), range(toUInt64(1), length(cut) + 1)), toUInt64(0)) + offset
        FROM corrections
        WHERE offset < cut[topic]
          AND (publisher, fact_id, (revision, toUInt128(event_id))) NOT IN (SELECT publisher, fact_id, last FROM latest)
    ),
    events AS (
        SELECT
            multiIf(party_kind != 'NATURAL_PERSON' AND ifNull(party_uscc, '') != '', concat('u:', assumeNotNull(party_uscc)),
                    ifNull(party_token, '') != '', concat('t:', assumeNotNull(party_token)), '') AS key,
            toString(region) AS place_of, stream_id, event_id, ifNull(decision_id, '') AS document, decided_on,
            ifNull(toString(party_kind), '') AS party_sort, ifNull(party_name, '') AS called, ifNull(party_birth_band, '') AS band,
            ifNull(party_region, '') AS home,
            transform(topic, mapKeys(cut), arrayMap(n -> bitShiftLeft(n, 48), range(toUInt64(1), length(cut) + 1)), toUInt64(0)) + offset AS place,
            if(retracted OR place IN (superseded), toLowCardinality(''), event_type) AS kind,
            toUInt256(bitShiftLeft(toUInt256(toUInt64(toUnixTimestamp64Micro(recorded_at) + 4503599627370496)), 192)
                + bitShiftLeft(toUInt256(toUInt128(event_id)), 64) - place) AS rank
        FROM events_enforcement
        WHERE offset < cut[topic]
          AND event_type IN ('CaseFiled', 'DecisionMade')
          AND ({slices:UInt64} > 0 OR (topic, partition, offset) IN (
                SELECT topic, toUInt16(0), offset FROM mentions WHERE party_key IN {keys:Array(String)}))
          AND ({slices:UInt64} > 0 OR key IN {keys:Array(String)})
          AND ({slices:UInt64} = 0 OR cityHash64(key) % greatest({slices:UInt64}, 1) = {slice:UInt64})
          AND key != ''
    ),
    folded AS (
        SELECT
            key,
            max(kind != '') AS facts,
            groupArrayIf(rank, kind != '') AS ranks,
            groupArrayIf((party_sort, called, band, home), kind != '') AS descriptions,
            groupUniqArrayIf((place_of, stream_id), kind = 'CaseFiled') AS filed,
            groupUniqArrayIf((place_of, document), kind = 'DecisionMade') AS decided,
            minIf(decided_on, kind = 'DecisionMade') AS earliest,
            maxIf(decided_on, kind = 'DecisionMade') AS newest,
            groupArrayIf(event_id, kind != '') AS ids
        FROM events
        GROUP BY key
    )
SELECT
    key AS party_key,
    description.1 AS party_kind,
    description.2 AS party_name,
    description.3 AS birth_band,
    description.4 AS registered_in,
    arraySort(arrayDistinct(arrayMap(x -> x.1, arrayConcat(filed, decided)))) AS regions,
    arrayMap(r -> (r, toUInt32(arrayCount(x -> x.1 = r, filed))), arraySort(arrayDistinct(arrayMap(x -> x.1, filed)))) AS cases,
    arrayMap(r -> (r, toUInt32(arrayCount(x -> x.1 = r, decided))), arraySort(arrayDistinct(arrayMap(x -> x.1, decided)))) AS decisions,
    earliest AS first_decided_on,
    newest AS last_decided_on,
    arraySort(i -> toUInt128(i), arrayDistinct(ids)) AS event_ids,
    toUInt8(facts) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM (SELECT *, descriptions[indexOf(ranks, arrayMax(ranks))] AS description FROM folded)
