-- A dispute is a function of the current facts of its stream. Parameters as in cases.
WITH
    {current:Include},
    events AS (
        SELECT
            stream_id, event_id, region, publisher, dispute_kind, dispute_place, initial, dispute_amount, registered_on,
            accepted_on, returned_on, held_on, joint_regions, agreed_on, failed_on, confirmed_on, performed_on, breached_on,
            challenged_decision_id, decided_on, reconsideration_outcome, judged_on, litigation_outcome, closed_on, repeated_on,
            {place:Shared} AS position,
            if(retracted OR position IN (superseded), toLowCardinality(''), event_type) AS kind,
            {level:Shared} AS event_level,
            toUInt256(bitShiftLeft(toUInt256(toUInt64(toUnixTimestamp64Micro(recorded_at) + 4503599627370496)), 192)
                + bitShiftLeft(toUInt256(toUInt128(event_id)), 64) - position) AS rank
        FROM events_dispute
        WHERE {wanted:Include}
    ),
    folded AS (
        SELECT
            stream_id AS key,
            max(kind != '') AS facts,
            minIf((toString(region), toString(publisher)), kind != '') AS anybody,
            groupArrayIf(rank, kind = 'DisputeRegistered') AS ranks,
            groupArrayIf(
                (toString(region), toString(publisher), ifNull(toString(dispute_kind), ''), ifNull(dispute_place, ''),
                 ifNull(toInt8(initial), -1), ifNull(toString(dispute_amount), ''), ifNull(registered_on, toDate32('1900-01-01'))),
                kind = 'DisputeRegistered') AS registrations,
            minIf(accepted_on, kind = 'DisputeAccepted') AS first_acceptance,
            minIf(returned_on, kind = 'DisputeReturned') AS first_return,
            groupArrayIf((assumeNotNull(held_on), arraySort(joint_regions), event_id), kind = 'MediationSessionHeld') AS held,
            maxIf(agreed_on, kind = 'MediationAgreed') AS last_agreement,
            maxIf(failed_on, kind = 'MediationFailed') AS last_failure,
            minIf(confirmed_on, kind = 'JudiciallyConfirmed') AS first_confirmation,
            minIf(performed_on, kind = 'AgreementPerformed') AS first_performance,
            minIf(breached_on, kind = 'AgreementBreached') AS first_breach,
            maxIf(ifNull(challenged_decision_id, ''), kind IN ('ReconsiderationFiled', 'LitigationFiled')) AS challenged,
            groupUniqArrayIf((assumeNotNull(decided_on), 'RECONSIDERATION', ifNull(toString(reconsideration_outcome), '')), kind = 'ReconsiderationDecided') AS reconsidered,
            groupUniqArrayIf((assumeNotNull(judged_on), 'LITIGATION', ifNull(toString(litigation_outcome), '')), kind = 'LitigationJudged') AS judged,
            minIf(closed_on, kind = 'DisputeClosed') AS first_closing,
            minIf(repeated_on, kind = 'DisputeRepeated') AS first_repeat,
            maxIf(event_level, kind != '') AS level,
            groupArrayIf(event_id, kind != '') AS ids
        FROM events
        GROUP BY stream_id
    )
SELECT
    key AS stream_id,
    if(empty(ranks), anybody.1, registration.1) AS region,
    if(empty(ranks), anybody.2, registration.2) AS publisher,
    registration.3 AS dispute_kind,
    registration.4 AS place,
    if(empty(ranks) OR registration.5 < 0, NULL, registration.5 = 1) AS initial,
    toDecimal64OrNull(registration.6, 2) AS amount,
    if(empty(ranks), NULL, nullIf(registration.7, toDate32('1900-01-01'))) AS registered_on,
    first_acceptance AS accepted_on,
    first_return AS returned_on,
    arraySort(arrayMap(s -> (s.1, s.2), arrayDistinct(held))) AS sessions,
    last_agreement AS agreed_on,
    last_failure AS failed_on,
    first_confirmation AS confirmed_on,
    first_performance AS performed_on,
    first_breach AS breached_on,
    challenged AS challenged_decision,
    arraySort(arrayConcat(reconsidered, judged)) AS outcomes,
    first_closing AS closed_on,
    first_repeat AS repeated_on,
    {shared:Shared} AS dissemination,
    arraySort(i -> toUInt128(i), arrayDistinct(ids)) AS event_ids,
    toUInt8(facts) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM (SELECT *, registrations[indexOf(ranks, arrayMax(ranks))] AS registration FROM folded)
