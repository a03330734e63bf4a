-- Events of `cases` cases (a multiple of three), five each, spread over the log; made inside the server, as landing would
-- have put them. Two in a hundred cases have a decision that was corrected, some retracted.
INSERT INTO events_enforcement (topic, partition, offset, appended_at, event_id, event_type, publisher, epoch, sequence, region, stream_id, correlation_id, fact_id, revision, retracted, occurred_at, recorded_at, actor_agency, legal_basis, dissemination, audience,
 case_number, domain, procedure, item_code, item_name, act_id, act_place, act_on, filed_on, severity, party_kind, party_name, party_uscc, party_region, party_token, handlers,
 notice_on, hearing_right, decision_id, agency, document_number, source, decided_on, penalties, served_on, service_method, paid_on, paid_amount, closed_on, closing_kind, paused_on, pause_reason)
WITH
  toUInt64({cases:UInt64}) AS cases,
  intDiv(number, 5) AS slot,
  number % 5 AS step0,
  [0, 30000, 60000, 90000, 150000][step0 + 1] AS shift,
  (slot + cases - shift % cases) % cases AS c,
  slot % 3 AS r,
  ['330421','310118','320509'][r + 1] AS region_code,
  ['jiashan','qingpu','wujiang'][r + 1] AS slug,
  sipHash64(c, 1) AS h,
  h % 5 = 0 AS ordinary,
  (c % 50 = 7) AND step0 = 3 AS corrects,
  if(corrects, if(ordinary, 2, 1), step0) AS step,
  multiIf(step = 0, 'CaseFiled', ordinary AND step = 1, 'PriorNoticeGiven', step = 1 OR (ordinary AND step = 2), 'DecisionMade', step = 2, 'DecisionServed', step = 3 AND ordinary AND h % 7 = 0, 'ClockPaused', step = 3, 'FinePaid', ordinary AND h % 11 = 0, 'EvidenceCollected', 'CaseClosed') AS etype,
  toDate32('2024-07-01') + toInt32(intDiv(c * 730, cases)) AS base,
  base + toInt32(step0 * (if(ordinary, 17, 3))) AS today,
  concat('case-', slug, '-', leftPad(toString(c), 9, '0')) AS sid,
  reinterpretAsUUID(bitOr(bitShiftLeft(toUInt128(1719800000000 + slot * 30), 80), toUInt128(sipHash64(c, step0, 7)))) AS eid,
  reinterpretAsUUID(bitOr(bitShiftLeft(toUInt128(1719800000000 + (c + [0, 30000, 60000, 90000, 150000][step + 1]) % cases * 30), 80), toUInt128(sipHash64(c, step, 7)))) AS fid,
  concat('11', region_code, '00', leftPad(toString(h % 12), 8, '0')) AS ag,
  h % 3 = 0 AS natural,
  concat('9', '1', region_code, leftPad(toString(sipHash64(h, 3) % 300000), 10, '0')) AS uscc,
  etype IN ('CaseFiled','DecisionMade') AS has_party
SELECT
  concat('lianzhi.enforcement.', region_code), 0, intDiv(slot, 3) * 5 + step0, toDateTime64('2024-07-01 00:00:00', 3, 'UTC') + intDiv(number * 730, cases * 5) * 86400 ,
  eid, etype, concat(slug, '.zhifa'), 1, intDiv(slot, 3) * 5 + step0 + 1, region_code, sid, reinterpretAsUUID(sipHash128(c)), fid, if(corrects, 2, 1), corrects AND h % 9 = 0,
  toDateTime64(today, 6, 'UTC'), toDateTime64(today, 6, 'UTC') + 3600 * 30, ag, if(etype = 'DecisionMade', ['cn/law/xingzhengchufafa@2021#art54.1'], []), 'FULL', [],
  if(etype = 'CaseFiled', concat('案〔2025〕', toString(c)), NULL),
  if(has_party, ['TRAFFIC','URBAN_MANAGEMENT','MARKET_SUPERVISION','ECOLOGY'][h % 4 + 1], NULL),
  if(has_party, if(ordinary, 'ORDINARY', 'SIMPLE'), NULL),
  if(has_party, concat('3302750', leftPad(toString(h % 60), 5, '0')), NULL),
  if(has_party, '占用道路', NULL),
  if(has_party AND h % 10 = 0, concat('act-', toString(intDiv(c, 2))), NULL),
  if(has_party, region_code, NULL),
  if(has_party, base - 1, NULL),
  if(etype = 'CaseFiled', base, NULL),
  if(has_party, ['MINOR','LIGHT','GENERAL','SERIOUS'][intDiv(h, 60) % 4 + 1], NULL),
  if(has_party, if(natural, 'NATURAL_PERSON', 'ORGANISATION'), NULL),
  if(has_party AND NOT natural, concat('某公司', toString(h % 300000)), NULL),
  if(has_party AND NOT natural, uscc, NULL),
  if(has_party, region_code, NULL),
  if(has_party AND natural, concat('tk1-', lower(hex(sipHash128(sipHash64(h, 4) % 400000)))), NULL),
  if(has_party, [lower(hex(sipHash64(c % 500))), lower(hex(sipHash64(c % 501)))], []),
  if(etype = 'PriorNoticeGiven', today, NULL), if(etype = 'PriorNoticeGiven', true, NULL),
  if(etype IN ('DecisionMade','DecisionServed','FinePaid'), concat(ag, '|', slug, '罚决〔2025〕', toString(c), '号'), NULL),
  if(etype = 'DecisionMade', ag, NULL), if(etype = 'DecisionMade', concat(slug, '罚决〔2025〕', toString(c), '号'), NULL),
  if(etype = 'DecisionMade', 'CASE_SYSTEM', NULL), if(etype = 'DecisionMade', today, NULL),
  if(etype = 'DecisionMade', if(h % 9 = 1, [('WARNING', NULL, NULL)], [('FINE', toDecimal64(100 + h % 5000, 2), NULL)]), []),
  if(etype = 'DecisionServed', today, NULL), if(etype = 'DecisionServed', 'DIRECT', NULL),
  if(etype = 'FinePaid', today, NULL), if(etype = 'FinePaid', toDecimal64(100 + h % 5000, 2), NULL),
  if(etype = 'CaseClosed', today, NULL), if(etype = 'CaseClosed', 'PERFORMED', NULL),
  if(etype = 'ClockPaused', today, NULL), if(etype = 'ClockPaused', 'LAB_TEST', NULL)
FROM numbers({first:UInt64}, {rows:UInt64});

-- Referrals among the three regions, three events each, topic by topic.
INSERT INTO events_exchange (topic, partition, offset, appended_at, event_id, event_type, publisher, epoch, sequence, region, stream_id, correlation_id, fact_id, revision, retracted, occurred_at, recorded_at, legal_basis, dissemination, audience,
 exchange_form, from_region, to_region, domain, urgency, sent_on, acknowledged_on, accepted_on, refused_on, refusal_reason)
WITH
  number % 3 AS step,
  intDiv(number, 3) AS c,
  sipHash64(c, 11) AS h,
  ['330421','310118','320509'] AS codes,
  ['jiashan','qingpu','wujiang'] AS slugs,
  c % 3 + 1 AS sender,
  (c + 1 + h % 2) % 3 + 1 AS receiver,
  multiIf(step = 0, 'ReferralSent', step = 1, 'ReferralAcknowledged', h % 5 = 0, 'ReferralRefused', 'ReferralAccepted') AS etype,
  if(step = 0, sender, receiver) AS writer,
  toDate32('2025-01-01') + toInt32(c % 540) AS base,
  generateUUIDv7(number) AS eid
SELECT
  concat('lianzhi.exchange.', codes[writer]), 0,
  row_number() OVER (PARTITION BY writer ORDER BY number) - 1,
  toDateTime64('2026-06-01 00:00:00', 3, 'UTC'), eid, etype, concat(slugs[writer], '.xiezuo'), 1,
  row_number() OVER (PARTITION BY writer ORDER BY number), codes[writer], concat('ref-', toString(c)), eid, eid, 1, false,
  toDateTime64(base, 6, 'UTC'), toDateTime64(base, 6, 'UTC'), [], 'FULL', [],
  if(step = 0, ['CLUE','CASE_FILE','ASSISTANCE'][h % 3 + 1], NULL), if(step = 0, codes[sender], NULL), if(step = 0, codes[receiver], NULL),
  if(step = 0, 'ECOLOGY', NULL), if(step = 0, 'NORMAL', NULL), if(step = 0, base, NULL),
  if(etype = 'ReferralAcknowledged', base + toInt32(h % 7), NULL), if(etype = 'ReferralAccepted', base + toInt32(h % 12), NULL),
  if(etype = 'ReferralRefused', base + toInt32(h % 12), NULL), if(etype = 'ReferralRefused', 'NOT_COMPETENT', NULL)
FROM numbers({referrals:UInt64} * 3);

-- Disputes, three events each.
INSERT INTO events_dispute (topic, partition, offset, appended_at, event_id, event_type, publisher, epoch, sequence, region, stream_id, correlation_id, fact_id, revision, retracted, occurred_at, recorded_at, legal_basis, dissemination, audience,
 initial, dispute_amount, registered_on, held_on, joint_regions, agreed_on, failed_on)
WITH
  number % 3 AS step,
  intDiv(number, 3) AS c,
  sipHash64(c, 12) AS h,
  ['330421','310118','320509'] AS codes,
  ['jiashan','qingpu','wujiang'] AS slugs,
  c % 3 + 1 AS writer,
  multiIf(step = 0, 'DisputeRegistered', step = 1, 'MediationSessionHeld', h % 4 = 0, 'MediationFailed', 'MediationAgreed') AS etype,
  toDate32('2025-01-01') + toInt32(c % 540) AS base,
  generateUUIDv7(number) AS eid
SELECT
  concat('lianzhi.dispute.', codes[writer]), 0, row_number() OVER (PARTITION BY writer ORDER BY number) - 1,
  toDateTime64('2026-06-01 00:00:00', 3, 'UTC'), eid, etype, concat(slugs[writer], '.tiaojie'), 1,
  row_number() OVER (PARTITION BY writer ORDER BY number), codes[writer], concat('dis-', toString(c)), eid, eid, 1, false,
  toDateTime64(base, 6, 'UTC'), toDateTime64(base, 6, 'UTC'), [], 'FULL', [],
  if(step = 0, h % 10 != 0, NULL), if(step = 0, toDecimal64(h % 90000, 2), NULL), if(step = 0, base, NULL),
  if(step = 1, base + 3, NULL), if(step = 1 AND h % 6 = 0, [codes[(c + 1) % 3 + 1]], []),
  if(etype = 'MediationAgreed', base + 9, NULL), if(etype = 'MediationFailed', base + 9, NULL)
FROM numbers({disputes:UInt64} * 3);

-- One more event of cases drawn by a seed, at the end of their topics: what a tick finds.
INSERT INTO events_enforcement (topic, partition, offset, appended_at, event_id, event_type, publisher, epoch, sequence, region, stream_id, correlation_id, fact_id, revision, retracted, occurred_at, recorded_at, legal_basis, dissemination, audience, decision_id, paid_on, paid_amount, party_legacy_ids, handlers, penalties)
WITH
  ['330421','310118','320509'] AS codes,
  ['jiashan','qingpu','wujiang'] AS slugs,
  cityHash64(number, {seed:UInt64}) % intDiv({cases:UInt64}, 3) * 3 + number % 3 AS c,
  c % 3 + 1 AS r,
  sipHash64(c, 1) AS h,
  generateUUIDv7(number) AS eid,
  concat('11', codes[r], '00', leftPad(toString(h % 12), 8, '0')) AS ag
SELECT
  concat('lianzhi.enforcement.', codes[r]), 0,
  {ends:Map(String, UInt64)}[concat('lianzhi.enforcement.', codes[r])] + intDiv(number, 3),
  now64(3), eid, 'FinePaid', concat(slugs[r], '.zhifa'), 1, 1, codes[r], concat('case-', slugs[r], '-', leftPad(toString(c), 9, '0')),
  eid, eid, 1, false, now64(6), now64(6), [], 'FULL', [],
  concat(ag, '|', slugs[r], '罚决〔2025〕', toString(c), '号'), toDate32('2026-06-01'), toDecimal64(1, 2), [], [], []
FROM numbers({keys:UInt64})
