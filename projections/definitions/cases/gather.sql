INSERT INTO case_facts
SELECT
    stream_id, topic, offset, event_type,
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
    event_id, recorded_at, retracted, region, publisher
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include});

INSERT INTO case_filings
SELECT
    stream_id, topic, offset, event_id, region, publisher, ifNull(actor_agency, ''), ifNull(case_number, ''),
    ifNull(toString(domain), ''), ifNull(toString(procedure), ''), ifNull(item_code, ''), ifNull(toString(severity), ''),
    ifNull(act_place, ''), act_on,
    {party_key:Shared},
    ifNull(toString(party_kind), ''), filed_on
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include}) AND event_type = 'CaseFiled'
