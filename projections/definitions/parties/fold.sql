-- A party is a function of the current facts that name it. Parameters as in cases.
WITH
    {current:Include},
    events AS (
        SELECT
            party_key, event_type, toString(region) AS place_of, named, decided_on, event_id, weight, description,
            {place:Shared} AS place,
            NOT (retracted OR place IN (SELECT place FROM superseded)) AS counts,
            counts AND event_type = 'CaseFiled' AS files,
            counts AND event_type = 'DecisionMade' AS decides
        FROM {facts:Identifier}
        WHERE {wanted:Include}
    ),
    folded AS (
        SELECT
            party_key,
            max(counts) AS has_facts,
            -- Written down last, then the higher event id; of two alike the earlier one.
            splitByChar('\xFF', argMaxIf(description, weight - place, counts)) AS said,
            groupUniqArrayIf((place_of, named), files) AS filed,
            groupUniqArrayIf((place_of, named), decides) AS decided,
            minIf(decided_on, decides) AS first_decided_on,
            maxIf(decided_on, decides) AS last_decided_on,
            groupArrayIf(event_id, counts) AS ids
        FROM events
        GROUP BY party_key
    )
SELECT
    party_key,
    said[1] AS party_kind,
    said[2] AS party_name,
    said[3] AS birth_band,
    said[4] AS registered_in,
    arraySort(arrayDistinct(arrayMap(x -> x.1, arrayConcat(filed, decided)))) AS regions,
    arrayMap(r -> (r, toUInt32(arrayCount(x -> x.1 = r, filed))), arraySort(arrayDistinct(arrayMap(x -> x.1, filed)))) AS cases,
    arrayMap(r -> (r, toUInt32(arrayCount(x -> x.1 = r, decided))), arraySort(arrayDistinct(arrayMap(x -> x.1, decided)))) AS decisions,
    first_decided_on,
    last_decided_on,
    arraySort(i -> toUInt128(i), arrayDistinct(ids)) AS event_ids,
    toUInt8(has_facts) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM folded
