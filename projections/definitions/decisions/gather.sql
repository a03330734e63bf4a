INSERT INTO decision_facts
SELECT
    assumeNotNull(decision_id), topic, offset, event_type, ifNull(toString(source), ''),
    ifNull(multiIf(
        event_type = 'DecisionMade', decided_on,
        event_type = 'DecisionChanged', changed_on,
        event_type = 'DecisionRevoked', revoked_on,
        event_type = 'DecisionServed', served_on,
        paid_on), toDate32('1900-01-01')),
    if(event_type = 'FinePaid', ifNull(paid_amount, toDecimal64(0, 2)),
       arraySum(p -> if(p.kind = 'FINE', ifNull(p.amount, toDecimal64(0, 2)), toDecimal64(0, 2)), penalties)),
    length(penalties), event_id, recorded_at, retracted
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include}) AND decision_id IS NOT NULL
  AND event_type IN ('DecisionMade', 'DecisionChanged', 'DecisionRevoked', 'DecisionServed', 'FinePaid');

INSERT INTO decision_papers
SELECT
    assumeNotNull(decision_id), topic, offset, region, ifNull(agency, ''), ifNull(document_number, ''), stream_id, decided_on,
    ifNull(toString(procedure), ''), ifNull(toString(domain), ''),
    {party_key:Shared},
    ifNull(toString(party_kind), ''), ifNull(item_code, ''), ifNull(toString(severity), ''), ifNull(act_id, ''),
    ifNull(act_place, ''), act_on, arrayMap(p -> (p.kind, p.amount), penalties),
    arraySum(p -> if(p.kind = 'FINE', ifNull(p.amount, toDecimal64(0, 2)), toDecimal64(0, 2)), penalties)
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include}) AND decision_id IS NOT NULL AND event_type = 'DecisionMade'
