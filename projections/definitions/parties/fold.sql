-- A party is a function of the current facts that name it. Parameters as in cases.
WITH
    {current:Include},
    events AS (
        SELECT
            party_key AS key, toString(region) AS place_of, stream_id, event_id, decision_id AS document, decided_on,
            toString(party_kind) AS party_sort, party_name AS called, birth_band AS band, toString(registered_in) AS home,
            transform(topic, mapKeys(cut), bases, toUInt64(0)) + offset AS place,
            if(retracted OR place IN (SELECT place FROM superseded), toLowCardinality(''), event_type) AS kind,
            toUInt256(bitShiftLeft(toUInt256(toUInt64(toUnixTimestamp64Micro(recorded_at) + 4503599627370496)), 192)
                + bitShiftLeft(toUInt256(toUInt128(event_id)), 64) - place) AS rank
        FROM party_facts
        WHERE offset < cut[topic]
          AND ({slices:UInt64} > 0 OR party_key IN {keys:Array(String)})
          AND ({slices:UInt64} = 0 OR cityHash64(party_key) % greatest({slices:UInt64}, 1) = {slice:UInt64})
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
