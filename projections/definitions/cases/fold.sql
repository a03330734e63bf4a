-- A case is a function of its current facts. cut: topic → first offset that is not known yet. Either the given keys
-- (slices = 0), or the keys whose hash falls into a slice.
WITH
    {current:Include},
    -- What matters of a fact as one number, which sorts by what happened (its place here), the day, the number of days, the
    -- event: arrays of numbers fold many times faster than tuples. 56 bits: days and a day since 1696-03-17; 128: the event.
    ['PriorNoticeGiven', 'HearingOffered', 'LegalReviewed', 'DecisionMade', 'NoPenaltyDecided', 'DecisionServed',
     'TransferredToPolice', 'CaseWithdrawn', 'ClockPaused', 'ClockResumed', 'DeadlineExtended', 'CaseClosed', 'CaseReopened'] AS steps,
    events AS (
        SELECT
            stream_id, region, publisher, event_type, recorded_at, toUInt128(event_id) AS id,
            transform(topic, mapKeys(cut), bases, toUInt64(0)) + offset AS place,
            NOT (retracted OR place IN (SELECT place FROM superseded)) AS counts,
            transform(event_type, steps, range(toUInt64(1), toUInt64(length(steps) + 1)), toUInt64(0)) AS step,
            bitShiftLeft(toUInt256(bitShiftLeft(step, 56) + bitShiftLeft(toUInt64(toInt32(day) + 100000), 16) + toUInt16(days)), 128) + id AS fact,
            -- Of two filings: written down last, then the higher event id; the earlier of two alike, and where it lies.
            bitShiftLeft(toUInt256(toUInt64(toUnixTimestamp64Micro(recorded_at) + 4503599627370496)), 192)
                + bitShiftLeft(toUInt256(id), 64) - place AS rank
        FROM case_facts
        WHERE offset < cut[topic]
          AND ({slices:UInt64} > 0 OR stream_id IN {keys:Array(String)})
          AND ({slices:UInt64} = 0 OR cityHash64(stream_id) % greatest({slices:UInt64}, 1) = {slice:UInt64})
    ),
    folded AS (
        SELECT
            stream_id,
            minIf(region, counts) AS any_region,
            minIf(publisher, counts) AS any_publisher,
            toUInt64(0 - maxIf(rank, counts AND event_type = 'CaseFiled')) AS filed_at,
            arrayCompact(arraySort(groupArrayIf(fact, counts))) AS facts,
            maxIf(recorded_at, counts) AS last_recorded
        FROM events
        GROUP BY stream_id
    ),
    told AS (
        SELECT
            *,
            arrayMap(fact -> toUInt8(bitShiftRight(fact, 184)), facts) AS what,
            arrayMap(fact -> toDate32(toInt32(toUInt64(bitAnd(bitShiftRight(fact, 144), 1099511627775))) - 100000), facts) AS days,
            indexOf(what, 1) AS notice, indexOf(what, 2) AS offer, indexOf(what, 3) AS review, indexOf(what, 4) AS penalty,
            indexOf(what, 5) AS leniency, indexOf(what, 6) AS service, indexOf(what, 7) AS transfer, indexOf(what, 8) AS withdrawal
        FROM folded
    ),
    filings AS (
        SELECT *, transform(topic, mapKeys(cut), bases, toUInt64(0)) + offset AS place
        FROM case_filings
        WHERE offset < cut[topic]
          AND ({slices:UInt64} > 0 OR stream_id IN {keys:Array(String)})
          AND ({slices:UInt64} = 0 OR cityHash64(stream_id) % greatest({slices:UInt64}, 1) = {slice:UInt64})
    )
SELECT
    told.stream_id AS stream_id,
    if(filed_at = 0, any_region, filing.region) AS region,
    if(filed_at = 0, any_publisher, filing.publisher) AS publisher,
    filing.agency AS agency,
    filing.case_number AS case_number,
    filing.domain AS domain,
    filing.procedure AS procedure,
    filing.item_code AS item_code,
    filing.severity AS severity,
    filing.act_place AS act_place,
    filing.act_on AS act_on,
    nullIf(filing.party_key, '') AS party_key,
    filing.party_kind AS party_kind,
    filing.filed_on AS filed_on,
    filing.event_id AS filed_event,
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
    arrayMap(id -> reinterpretAsUUID(bitOr(bitShiftLeft(id, 64), bitShiftRight(id, 64))), arraySort(arrayMap(fact -> toUInt128(fact), facts))) AS event_ids,
    last_recorded AS last_recorded_at,
    toUInt8(notEmpty(facts)) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM told LEFT ANY JOIN filings AS filing ON told.stream_id = filing.stream_id AND told.filed_at = filing.place
