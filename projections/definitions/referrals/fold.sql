-- A referral is a function of the current facts of its stream, whichever region wrote them. Parameters as in cases.
WITH
    {current:Include},
    events AS (
        SELECT
            stream_id, event_id, correlation_id, exchange_form, domain, urgency, from_region, to_region, item_code, sent_on,
            reply_by, delivered_on, acknowledged_on, accepted_on, refused_on, refusal_reason, supplement_asked_on, filed_on,
            no_case_on, answered_on, reported_on, closed_on, withdrawn_on,
            {place:Shared} AS place,
            if(retracted OR place IN (SELECT place FROM superseded), toLowCardinality(''), event_type) AS kind,
            {level:Shared} AS event_level,
            -- What was sent outranks the draft.
            toUInt256(bitShiftLeft(toUInt256(event_type = 'ReferralSent'), 248)
                + bitShiftLeft(toUInt256(toUInt64(toUnixTimestamp64Micro(recorded_at) + 4503599627370496)), 192)
                + bitShiftLeft(toUInt256(toUInt128(event_id)), 64) - place) AS rank
        FROM events_exchange
        WHERE {wanted:Include}
    ),
    folded AS (
        SELECT
            stream_id AS key,
            max(startsWith(toString(kind), 'Referral')) AS facts,
            groupArrayIf(rank, kind IN ('ReferralSent', 'ReferralDrafted')) AS ranks,
            groupArrayIf(
                (ifNull(toString(exchange_form), ''), ifNull(toString(domain), ''), ifNull(toString(urgency), ''),
                 ifNull(from_region, ''), ifNull(to_region, ''), ifNull(item_code, ''), correlation_id,
                 ifNull(sent_on, toDate32('1900-01-01')), ifNull(reply_by, toDate32('1900-01-01'))),
                kind IN ('ReferralSent', 'ReferralDrafted')) AS letters,
            minIf(delivered_on, kind = 'ReferralDelivered') AS first_delivery,
            minIf(acknowledged_on, kind = 'ReferralAcknowledged') AS first_acknowledgement,
            minIf(accepted_on, kind = 'ReferralAccepted') AS first_acceptance,
            groupArrayIf((assumeNotNull(refused_on), ifNull(toString(refusal_reason), ''), event_id), kind = 'ReferralRefused') AS refused,
            groupArrayIf((assumeNotNull(supplement_asked_on), event_id), kind = 'SupplementAsked') AS asked,
            minIf(filed_on, kind = 'ReferralCaseFiled') AS first_filing,
            minIf(no_case_on, kind = 'ReferralNoCase') AS first_no_case,
            minIf(answered_on, kind = 'AssistanceAnswered') AS first_answer,
            minIf(reported_on, kind = 'OutcomeReported') AS first_report,
            minIf(closed_on, kind = 'ReferralClosed') AS first_closing,
            minIf(withdrawn_on, kind = 'ReferralWithdrawn') AS first_withdrawal,
            maxIf(event_level, kind != '') AS level,
            groupArrayIf(event_id, kind != '') AS ids
        FROM events
        GROUP BY stream_id
    )
SELECT
    key AS stream_id,
    letter.1 AS exchange_form,
    letter.2 AS domain,
    letter.3 AS urgency,
    letter.4 AS from_region,
    letter.5 AS to_region,
    letter.6 AS item_code,
    letter.7 AS correlation_id,
    if(empty(ranks), NULL, nullIf(letter.8, toDate32('1900-01-01'))) AS sent_on,
    if(empty(ranks), NULL, nullIf(letter.9, toDate32('1900-01-01'))) AS reply_by,
    first_delivery AS delivered_on,
    first_acknowledgement AS acknowledged_on,
    first_acceptance AS accepted_on,
    arraySort(arrayMap(r -> (r.1, r.2), arrayDistinct(refused))) AS refusals,
    arraySort(arrayMap(a -> a.1, arrayDistinct(asked))) AS supplements,
    first_filing AS filed_on,
    first_no_case AS no_case_on,
    first_answer AS answered_on,
    first_report AS reported_on,
    first_closing AS closed_on,
    first_withdrawal AS withdrawn_on,
    {shared:Shared} AS dissemination,
    arraySort(i -> toUInt128(i), arrayDistinct(ids)) AS event_ids,
    toUInt8(facts) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM (SELECT *, letters[indexOf(ranks, arrayMax(ranks))] AS letter FROM folded)
