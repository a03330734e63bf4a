-- A party is a function of the current facts that name it. Parameters as in cases.
WITH
    {current:Include},
    events AS (
        SELECT
            party_key, fact, description,
            splitByChar('.', topic)[3] AS place_of,
            substring(description, 1, position(description, '\xFF') - 1) AS named,
            toUInt64(fact) AS more,
            toUInt32(more) AS day,
            {place:Shared} AS place,
            NOT (bitTest(more, 33) OR place IN (SELECT place FROM superseded)) AS counts,
            NOT bitTest(more, 34) AS shown,
            counts AND NOT bitTest(more, 32) AS files,
            counts AND bitTest(more, 32) AS decides
        FROM {facts:Identifier}
        WHERE {wanted:Include}
    ),
    folded AS (
        SELECT
            party_key,
            max(counts) AS has_facts,
            -- Written down last, then the higher event id; of two alike the earlier one.
            splitByChar('\xFF', argMaxIf(description, fact - more - place, counts)) AS said,
            groupUniqArrayIf((place_of, named), files) AS filed,
            groupUniqArrayIf((place_of, named), decides) AS decided,
            -- A pointer says where to ask, not which event, nor a day by which its row could be found.
            minOrNullIf(day, decides AND day > 0 AND shown) AS first_day,
            maxOrNullIf(day, decides AND day > 0 AND shown) AS last_day,
            groupArrayIf(toUInt128(bitShiftRight(fact, 64)), counts AND shown) AS ids
        FROM events
        GROUP BY party_key
    )
SELECT
    party_key,
    said[2] AS party_kind,
    said[3] AS party_name,
    said[4] AS birth_band,
    said[5] AS registered_in,
    arraySort(arrayDistinct(arrayMap(x -> x.1, arrayConcat(filed, decided)))) AS regions,
    arrayMap(r -> (r, toUInt32(arrayCount(x -> x.1 = r, filed))), arraySort(arrayDistinct(arrayMap(x -> x.1, filed)))) AS cases,
    arrayMap(r -> (r, toUInt32(arrayCount(x -> x.1 = r, decided))), arraySort(arrayDistinct(arrayMap(x -> x.1, decided)))) AS decisions,
    toDate32(toInt32(first_day) - 100000) AS first_decided_on,
    toDate32(toInt32(last_day) - 100000) AS last_decided_on,
    arrayMap(id -> {event_id:Shared}, arraySort(arrayDistinct(ids))) AS event_ids,
    toUInt8(has_facts) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM folded
