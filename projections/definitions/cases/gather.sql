-- What matters of an event as few columns, since each costs a seek with every key of a tick.
INSERT INTO {facts:Identifier}
WITH
    -- A fact is known by its place here, from 1; 0: what has no day of its own.
    ['PriorNoticeGiven', 'HearingOffered', 'LegalReviewed', 'DecisionMade', 'NoPenaltyDecided', 'DecisionServed',
     'TransferredToPolice', 'CaseWithdrawn', 'ClockPaused', 'ClockResumed', 'DeadlineExtended', 'CaseClosed', 'CaseReopened'] AS steps,
    toUInt256(indexOf(steps, toString(event_type))) AS step,
    ifNull(multiIf(
        event_type = 'PriorNoticeGiven', notice_on,
        event_type = 'HearingOffered', offered_on,
        event_type = 'LegalReviewed', review_on,
        event_type IN ('DecisionMade', 'NoPenaltyDecided'), decided_on,
        event_type = 'DecisionServed', served_on,
        event_type = 'TransferredToPolice', transferred_on,
        event_type = 'CaseWithdrawn', case_withdrawn_on,
        event_type = 'ClockPaused', paused_on,
        event_type = 'ClockResumed', resumed_on,
        event_type = 'DeadlineExtended', granted_on,
        event_type = 'CaseClosed', closed_on,
        event_type = 'CaseReopened', reopened_on,
        NULL), toDate32('1900-01-01')) AS day,
    toUInt16(if(event_type = 'DeadlineExtended', ifNull(extension_days, 0), 0)) AS days,
    toUInt256(toUInt128(event_id)) AS id
SELECT
    stream_id, topic, offset,
    -- Bits from 184 on: the step; from 144 on: days since 1696-03-17; from 128 on: days of an extension; below: the event.
    bitShiftLeft(step, 184) + bitShiftLeft(toUInt256(toInt32(day) + 100000), 144) + bitShiftLeft(toUInt256(days), 128) + id AS fact,
    recorded_at,
    toUInt8(retracted) + bitShiftLeft({level:Shared}, 1) AS marks,
    concat(region, ' ', publisher) AS teller,
    if(event_type = 'CaseFiled', {weight:Shared}, 0) AS weight,
    -- Text that has landed is UTF-8, in which the byte FF never occurs. Whoever reads it takes the pieces in this order.
    if(event_type = 'CaseFiled', arrayStringConcat([
        region, publisher, toString(event_id), ifNull(actor_agency, ''), ifNull(case_number, ''), ifNull(toString(domain), ''),
        ifNull(toString(procedure), ''), ifNull(item_code, ''), ifNull(toString(severity), ''), ifNull(act_place, ''),
        ifNull(toString(act_on), ''), {party_key:Shared}, ifNull(toString(party_kind), ''), ifNull(toString(filed_on), '')], '\xFF'), '') AS filing
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include})
