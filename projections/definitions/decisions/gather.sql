-- As for cases: what matters of an event as few columns.
INSERT INTO {facts:Identifier}
WITH
    ['DecisionMade', 'DecisionChanged', 'DecisionRevoked', 'DecisionServed', 'FinePaid'] AS steps,
    -- The case system's word first, then the file's.
    ['OTHER', 'PUBLICATION_FILE', 'CASE_SYSTEM'] AS little_to_much,
    ifNull(multiIf(
        event_type = 'DecisionMade', decided_on,
        event_type = 'DecisionChanged', changed_on,
        event_type = 'DecisionRevoked', revoked_on,
        event_type = 'DecisionServed', served_on,
        paid_on), toDate32('1900-01-01')) AS day,
    -- An amount that lands is no greater than this; neither is their sum, or one event could stop all folding.
    toDecimal64('9999999999999999.99', 2) AS most,
    arraySum(p -> if(p.kind = 'FINE', ifNull(p.amount, toDecimal64(0, 2)), toDecimal64(0, 2)), penalties) AS fines,
    toDecimal64(least(greatest(fines, -most), most), 2) AS fine,
    if(event_type = 'FinePaid', ifNull(paid_amount, toDecimal64(0, 2)), fine) AS amount,
    toUInt256(toUInt128(event_id)) AS id
SELECT
    assumeNotNull(decision_id), topic, offset,
    -- Bits from 240 on: the step; from 208 on: days since 1696-03-17; from 80 on: the event; from 16 on: fen; below: penalties.
    bitShiftLeft(toUInt256(indexOf(steps, toString(event_type))), 240) + bitShiftLeft(toUInt256(toInt32(day) + 100000), 208)
        + bitShiftLeft(id, 80) + bitShiftLeft(toUInt256(reinterpretAsUInt64(amount)), 16) + toUInt16(length(penalties)),
    toUInt8(retracted) + bitShiftLeft({level:Shared}, 1),
    -- Bits from 248 on: the source, whose word counts first.
    if(event_type = 'DecisionMade',
       bitShiftLeft(toUInt256(greatest(indexOf(little_to_much, ifNull(toString(source), '')), 1) - 1), 248)
           + {weight:Shared}, 0),
    -- Text that has landed is UTF-8, in which the bytes FE and FF never occur. Whoever reads it takes the pieces in this order.
    if(event_type = 'DecisionMade', arrayStringConcat([
        region, ifNull(agency, ''), ifNull(document_number, ''), stream_id, ifNull(toString(decided_on), ''), ifNull(toString(procedure), ''),
        ifNull(toString(domain), ''), {party_key:Shared}, ifNull(toString(party_kind), ''), ifNull(item_code, ''), ifNull(toString(severity), ''),
        ifNull(act_id, ''), ifNull(act_place, ''), ifNull(toString(act_on), ''), toString(fine),
        arrayStringConcat(arrayMap(p -> concat(toString(p.kind), '=', ifNull(toString(p.amount), '')), penalties), '\xFE')], '\xFF'), '')
FROM events_enforcement
WHERE partition = 0 AND ({new_rows:Include}) AND decision_id IS NOT NULL
  AND event_type IN ('DecisionMade', 'DecisionChanged', 'DecisionRevoked', 'DecisionServed', 'FinePaid')
