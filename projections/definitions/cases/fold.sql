-- A case is a function of its current facts. cut: topic → first offset that is not known yet. Either the given keys
-- (slices = 0), or the keys whose hash falls into a slice.
WITH
    {cut:Map(String, UInt64)} AS cut,
    -- Of a fact that was corrected the highest (revision, event_id) of its own publisher counts; retracted, none does.
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
            stream_id, event_id, region, publisher, actor_agency, case_number, domain, procedure, item_code, severity,
            act_place, act_on, party_kind, party_uscc, party_token, filed_on, notice_on, offered_on, review_on,
            decided_on, decision_id, served_on, transferred_on, case_withdrawn_on, paused_on, resumed_on, granted_on,
            extension_days, closed_on, reopened_on, recorded_at,
            transform(topic, mapKeys(cut), arrayMap(n -> bitShiftLeft(n, 48), range(toUInt64(1), length(cut) + 1)), toUInt64(0)) + offset AS place,
            if(retracted OR place IN (superseded), toLowCardinality(''), event_type) AS kind,
            -- The order among facts that say the same thing twice: written down last, then the higher event id.
            toUInt256(bitShiftLeft(toUInt256(toUInt64(toUnixTimestamp64Micro(recorded_at) + 4503599627370496)), 192)
                + bitShiftLeft(toUInt256(toUInt128(event_id)), 64) - place) AS rank
        FROM events_enforcement
        WHERE offset < cut[topic]
          AND ({slices:UInt64} > 0 OR stream_id IN {keys:Array(String)})
          AND ({slices:UInt64} = 0 OR cityHash64(stream_id) % greatest({slices:UInt64}, 1) = {slice:UInt64})
    ),
    folded AS (
        SELECT
            stream_id AS key,
            max(kind != '') AS facts,
            minIf(toString(region), kind != '') AS any_region,
            minIf(toString(publisher), kind != '') AS any_publisher,
            groupArrayIf(rank, kind = 'CaseFiled') AS ranks,
            groupArrayIf(
                (toString(region), toString(publisher), ifNull(actor_agency, ''), ifNull(case_number, ''), event_id,
                 ifNull(item_code, ''), ifNull(act_on, toDate32('1900-01-01')), ifNull(filed_on, toDate32('1900-01-01'))),
                kind = 'CaseFiled') AS filings,
            groupArrayIf(
                (ifNull(toString(domain), ''), ifNull(toString(procedure), ''), ifNull(toString(severity), ''),
                 ifNull(act_place, ''), ifNull(toString(party_kind), ''), ifNull(party_uscc, ''), ifNull(party_token, '')),
                kind = 'CaseFiled') AS natures,
            minIf(notice_on, kind = 'PriorNoticeGiven') AS first_notice,
            minIf(offered_on, kind = 'HearingOffered') AS first_offer,
            minIf(review_on, kind = 'LegalReviewed') AS first_review,
            minIf(decided_on, kind IN ('DecisionMade', 'NoPenaltyDecided')) AS first_decision,
            groupArrayIf(ifNull(decision_id, ''), kind = 'DecisionMade') AS decisions,
            minIf(served_on, kind = 'DecisionServed') AS first_service,
            minIf(transferred_on, kind = 'TransferredToPolice') AS first_transfer,
            minIf(case_withdrawn_on, kind = 'CaseWithdrawn') AS first_withdrawal,
            groupArrayIf((assumeNotNull(paused_on), event_id), kind = 'ClockPaused') AS paused,
            groupArrayIf((assumeNotNull(resumed_on), event_id), kind = 'ClockResumed') AS resumed,
            groupArrayIf((assumeNotNull(granted_on), assumeNotNull(extension_days), event_id), kind = 'DeadlineExtended') AS extended,
            groupArrayIf(assumeNotNull(closed_on), kind = 'CaseClosed') AS closings,
            groupArrayIf(assumeNotNull(reopened_on), kind = 'CaseReopened') AS reopenings,
            groupArrayIf(event_id, kind != '') AS ids,
            maxIf(recorded_at, kind != '') AS last_recorded
        FROM events
        GROUP BY stream_id
    )
SELECT
    key AS stream_id,
    if(empty(ranks), any_region, filing.1) AS region,
    if(empty(ranks), any_publisher, filing.2) AS publisher,
    filing.3 AS agency,
    filing.4 AS case_number,
    nature.1 AS domain,
    nature.2 AS procedure,
    filing.6 AS item_code,
    nature.3 AS severity,
    nature.4 AS act_place,
    if(empty(ranks), NULL, nullIf(filing.7, toDate32('1900-01-01'))) AS act_on,
    multiIf(nature.5 != 'NATURAL_PERSON' AND nature.6 != '', concat('u:', nature.6), nature.7 != '', concat('t:', nature.7), NULL) AS party_key,
    nature.5 AS party_kind,
    if(empty(ranks), NULL, nullIf(filing.8, toDate32('1900-01-01'))) AS filed_on,
    filing.5 AS filed_event,
    first_notice AS notice_on,
    first_offer AS hearing_offered_on,
    first_review AS reviewed_on,
    first_decision AS decided_on,
    arraySort(arrayDistinct(arrayFilter(id -> id != '', decisions))) AS decision_ids,
    first_service AS served_on,
    first_transfer AS transferred_on,
    first_withdrawal AS withdrawn_on,
    arraySort(arrayMap(step -> step.1, arrayDistinct(paused))) AS pauses,
    arraySort(arrayMap(step -> step.1, arrayDistinct(resumed))) AS resumptions,
    arraySort(arrayMap(step -> (step.1, step.2), arrayDistinct(extended))) AS extensions,
    arraySort(arrayDistinct(closings)) AS closed,
    arraySort(arrayDistinct(reopenings)) AS reopened,
    arraySort(id -> toUInt128(id), arrayDistinct(ids)) AS event_ids,
    last_recorded AS last_recorded_at,
    toUInt8(facts) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM (SELECT *, indexOf(ranks, arrayMax(ranks)) AS winner, filings[winner] AS filing, natures[winner] AS nature FROM folded)
