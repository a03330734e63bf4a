-- A decision is a function of the current facts that name it. Parameters as in cases.
WITH
    {current:Include},
    ['WARNING', 'CRITICISM', 'FINE', 'CONFISCATE_GAIN', 'CONFISCATE_GOODS', 'SUSPEND_LICENCE', 'LOWER_QUALIFICATION',
     'REVOKE_LICENCE', 'RESTRICT_BUSINESS', 'SUSPEND_BUSINESS', 'CLOSE', 'BAR_OCCUPATION', 'DETENTION'] AS light_to_heavy,
    -- The case system's word first, then the file's.
    ['OTHER', 'PUBLICATION_FILE', 'CASE_SYSTEM'] AS little_to_much,
    ['DecisionMade', 'DecisionChanged', 'DecisionRevoked', 'DecisionServed', 'FinePaid'] AS steps,
    events AS (
        SELECT
            decision_id, event_type, toUInt128(event_id) AS id, transform(topic, mapKeys(cut), bases, toUInt64(0)) + offset AS place,
            NOT (retracted OR place IN (SELECT place FROM superseded)) AS counts,
            -- What matters of a fact as one number, as in cases: step, day, event, fen, how many penalties.
            transform(event_type, steps, range(toUInt64(1), toUInt64(length(steps) + 1)), toUInt64(0)) AS step,
            bitShiftLeft(toUInt256(bitShiftLeft(step, 32) + toUInt64(toInt32(day) + 100000)), 208) + bitShiftLeft(toUInt256(id), 80)
                + bitShiftLeft(toUInt256(reinterpretAsUInt64(amount)), 16) + listed AS fact,
            -- Of one source what was written down last, then the higher event id; the earlier of two alike, and where it lies.
            bitShiftLeft(toUInt256(transform(source, little_to_much, [0, 1, 2], 0)), 248)
                + bitShiftLeft(toUInt256(toUInt64(toUnixTimestamp64Micro(recorded_at) + 4503599627370496)), 192)
                + bitShiftLeft(toUInt256(id), 64) - place AS rank
        FROM decision_facts
        WHERE offset < cut[topic]
          AND ({slices:UInt64} > 0 OR decision_id IN {keys:Array(String)})
          AND ({slices:UInt64} = 0 OR cityHash64(decision_id) % greatest({slices:UInt64}, 1) = {slice:UInt64})
    ),
    folded AS (
        SELECT
            decision_id,
            groupArrayIf(rank, counts AND event_type = 'DecisionMade') AS ranks,
            arrayCompact(arraySort(groupArrayIf(fact, counts))) AS facts
        FROM events
        GROUP BY decision_id
    ),
    told AS (
        SELECT
            *,
            arrayMap(rank -> toUInt8(bitShiftRight(rank, 248)), ranks) AS tellers,
            arrayMax(ranks) AS best,
            toUInt8(bitShiftRight(best, 248)) AS teller,
            arrayMax(arrayFilter((rank, by) -> by != teller, ranks, tellers)) AS best_of_others,
            toUInt64(0 - best) AS told_at,
            toUInt64(0 - best_of_others) AS also_at,
            arrayMap(fact -> toUInt8(bitShiftRight(fact, 240)), facts) AS what,
            arrayMap(fact -> toDate32(toInt32(toUInt32(bitShiftRight(fact, 208))) - 100000), facts) AS days,
            arrayMap(fact -> reinterpret(toUInt64(bitShiftRight(fact, 16)), 'Decimal(18, 2)'), facts) AS amounts,
            indexOf(what, 3) AS revocation, indexOf(what, 4) AS service
        FROM folded
    ),
    papers AS (
        SELECT *, transform(topic, mapKeys(cut), bases, toUInt64(0)) + offset AS place
        FROM decision_papers
        WHERE offset < cut[topic]
          AND ({slices:UInt64} > 0 OR decision_id IN {keys:Array(String)})
          AND ({slices:UInt64} = 0 OR cityHash64(decision_id) % greatest({slices:UInt64}, 1) = {slice:UInt64})
    )
SELECT
    told.decision_id AS decision_id,
    paper.region AS region,
    paper.agency AS agency,
    paper.document_number AS document_number,
    if(empty(ranks), '', little_to_much[teller + 1]) AS source,
    arrayMap(by -> little_to_much[by + 1], arrayDistinct(arraySort(by -> little_to_much[by + 1], tellers))) AS sources,
    paper.stream_id AS stream_id,
    paper.decided_on AS decided_on,
    paper.procedure AS procedure,
    paper.domain AS domain,
    nullIf(paper.party_key, '') AS party_key,
    paper.party_kind AS party_kind,
    nullIf(paper.item_code, '') AS item_code,
    nullIf(paper.severity, '') AS severity,
    multiIf(paper.act_id != '', paper.act_id,
            paper.item_code != '' AND paper.act_place != '' AND paper.act_on IS NOT NULL,
            concat(paper.item_code, '|', paper.act_place, '|', toString(assumeNotNull(paper.act_on))),
            NULL) AS fingerprint,
    paper.penalties AS penalties,
    if(empty(paper.penalties), '', arraySort(p -> (-toInt32(indexOf(light_to_heavy, p.1)), p.1), paper.penalties)[1].1) AS headline,
    paper.fine AS fine,
    arrayConcat(
        [(toDate32('1900-01-01'), paper.fine, toUInt8(length(paper.penalties)))],
        arrayFilter((change, step) -> step = 2, arrayMap((day, amount, fact) -> (day, amount, toUInt8(bitAnd(fact, 255))), days, amounts, facts), what)
    ) AS standing,
    if(revocation = 0, NULL, days[revocation]) AS revoked_on,
    if(service = 0, NULL, days[service]) AS served_on,
    arraySum(arrayFilter((amount, step) -> step = 5, amounts, what)) AS paid,
    arrayFilter(d -> also_at > 0 AND d.2 != d.3, [
        ('decided_on', ifNull(toString(paper.decided_on), ''), ifNull(toString(also.decided_on), '')),
        ('fine', toString(paper.fine), toString(also.fine)),
        ('penalties', arrayStringConcat(arraySort(arrayMap(p -> toString(p.1), paper.penalties)), ','),
                      arrayStringConcat(arraySort(arrayMap(p -> toString(p.1), also.penalties)), ',')),
        ('party', paper.party_key, also.party_key),
        ('item_code', paper.item_code, also.item_code)]) AS differences,
    arrayMap(id -> reinterpretAsUUID(bitOr(bitShiftLeft(id, 64), bitShiftRight(id, 64))),
             arraySort(arrayMap(fact -> toUInt128(bitShiftRight(fact, 80)), facts))) AS event_ids,
    toUInt8(notEmpty(ranks)) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM told
LEFT ANY JOIN papers AS paper ON told.decision_id = paper.decision_id AND told.told_at = paper.place
LEFT ANY JOIN papers AS also ON told.decision_id = also.decision_id AND told.also_at = also.place
