-- A case is a function of its current facts. cut: topic → first offset that is not known yet. Either the given keys
-- (slices = 0), or the keys whose hash falls into a slice. How facts are packed says gather.sql.
WITH
    {current:Include},
    events AS (
        SELECT
            stream_id, teller, fact, filing, weight, recorded_at, marks,
            {place:Shared} AS place,
            NOT (bitTest(marks, 0) OR place IN (SELECT place FROM superseded)) AS counts
        FROM {facts:Identifier}
        WHERE {wanted:Include}
    ),
    folded AS (
        SELECT
            stream_id,
            minIf(teller, counts) AS any_teller,
            -- Of two alike the earlier one.
            argMaxIf(filing, weight - place, counts AND weight > 0) AS filing,
            arrayCompact(arraySort(groupArrayIf(fact, counts))) AS facts,
            maxIf(recorded_at, counts) AS last_recorded,
            maxIf(bitShiftRight(marks, 1), counts) AS level
        FROM events
        GROUP BY stream_id
    ),
    told AS (
        SELECT
            *,
            filing != '' AS is_filed,
            splitByChar('\xFF', filing) AS said,
            arrayMap(fact -> toUInt8(bitShiftRight(fact, 184)), facts) AS what,
            arrayMap(fact -> toDate32(toInt32(toUInt64(bitAnd(bitShiftRight(fact, 144), 1099511627775))) - 100000), facts) AS days,
            indexOf(what, 1) AS notice, indexOf(what, 2) AS offer, indexOf(what, 3) AS review, indexOf(what, 4) AS penalty,
            indexOf(what, 5) AS leniency, indexOf(what, 6) AS service, indexOf(what, 7) AS transfer, indexOf(what, 8) AS withdrawal
        FROM folded
    )
SELECT
    stream_id,
    if(is_filed, said[1], splitByChar(' ', any_teller)[1]) AS region,
    if(is_filed, said[2], splitByChar(' ', any_teller)[2]) AS publisher,
    said[4] AS agency,
    said[5] AS case_number,
    said[6] AS domain,
    said[7] AS procedure,
    said[8] AS item_code,
    said[9] AS severity,
    said[10] AS act_place,
    toDate32OrNull(said[11]) AS act_on,
    nullIf(said[12], '') AS party_key,
    said[13] AS party_kind,
    toDate32OrNull(said[14]) AS filed_on,
    toUUIDOrZero(said[3]) AS filed_event,
    if(notice = 0, NULL, days[notice]) AS notice_on,
    if(offer = 0, NULL, days[offer]) AS hearing_offered_on,
    if(review = 0, NULL, days[review]) AS reviewed_on,
    multiIf(penalty = 0, if(leniency = 0, NULL, days[leniency]), leniency = 0, days[penalty], least(days[penalty], days[leniency])) AS decided_on,
    if(penalty = 0, NULL, days[penalty]) AS penalised_on,
    if(service = 0, NULL, days[service]) AS served_on,
    if(transfer = 0, NULL, days[transfer]) AS transferred_on,
    if(withdrawal = 0, NULL, days[withdrawal]) AS withdrawn_on,
    arrayFilter((day, step) -> step = 9, days, what) AS pauses,
    arrayFilter((day, step) -> step = 10, days, what) AS resumptions,
    arrayFilter((extension, step) -> step = 11, arrayMap((day, fact) -> (day, toInt32(toUInt16(bitShiftRight(fact, 128)))), days, facts), what) AS extensions,
    arrayCompact(arrayFilter((day, step) -> step = 12, days, what)) AS closed,
    arrayCompact(arrayFilter((day, step) -> step = 13, days, what)) AS reopened,
    {shared:Shared} AS dissemination,
    arrayMap(id -> {event_id:Shared}, arraySort(arrayMap(fact -> toUInt128(fact), facts))) AS event_ids,
    last_recorded AS last_recorded_at,
    toUInt8(notEmpty(facts)) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM told
