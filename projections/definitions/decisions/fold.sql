-- A decision is a function of the current facts that name it. Parameters as in cases.
WITH
    {cut:Map(String, UInt64)} AS cut,
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
    ['WARNING', 'CRITICISM', 'FINE', 'CONFISCATE_GAIN', 'CONFISCATE_GOODS', 'SUSPEND_LICENCE', 'LOWER_QUALIFICATION',
     'REVOKE_LICENCE', 'RESTRICT_BUSINESS', 'SUSPEND_BUSINESS', 'CLOSE', 'BAR_OCCUPATION', 'DETENTION'] AS light_to_heavy,
    events AS (
        SELECT
            assumeNotNull(decision_id) AS id, stream_id, event_id, region, agency, document_number, source, decided_on, procedure,
            domain, party_kind, party_uscc, party_token, item_code, severity, act_id, act_place, act_on,
            arrayMap(p -> (p.kind, p.amount), penalties) AS listed,
            arraySum(p -> if(p.kind = 'FINE', ifNull(p.amount, toDecimal64(0, 2)), toDecimal64(0, 2)), penalties) AS fined,
            changed_on, revoked_on, served_on, paid_amount,
            transform(topic, mapKeys(cut), arrayMap(n -> bitShiftLeft(n, 48), range(toUInt64(1), length(cut) + 1)), toUInt64(0)) + offset AS place,
            if(retracted OR place IN (superseded), toLowCardinality(''), event_type) AS kind,
            -- The case system's word first, then the file's; of one source what was written down last, then the event id.
            toUInt256(bitShiftLeft(toUInt256(transform(ifNull(toString(source), ''), ['CASE_SYSTEM', 'PUBLICATION_FILE'], [2, 1], 0)), 248)
                + bitShiftLeft(toUInt256(toUInt64(toUnixTimestamp64Micro(recorded_at) + 4503599627370496)), 192)
                + bitShiftLeft(toUInt256(toUInt128(event_id)), 64) - place) AS rank
        FROM events_enforcement
        WHERE offset < cut[topic]
          AND event_type IN ('DecisionMade', 'DecisionChanged', 'DecisionRevoked', 'DecisionServed', 'FinePaid')
          AND decision_id IS NOT NULL
          AND ({slices:UInt64} > 0 OR decision_id IN {keys:Array(String)})
          AND ({slices:UInt64} = 0 OR cityHash64(assumeNotNull(decision_id)) % greatest({slices:UInt64}, 1) = {slice:UInt64})
    ),
    folded AS (
        SELECT
            id,
            groupArrayIf(rank, kind = 'DecisionMade') AS ranks,
            groupArrayIf(ifNull(toString(source), ''), kind = 'DecisionMade') AS told_by,
            groupArrayIf(
                (toString(region), ifNull(agency, ''), ifNull(document_number, ''), stream_id,
                 ifNull(decided_on, toDate32('1900-01-01')), ifNull(toString(procedure), ''), ifNull(toString(domain), '')),
                kind = 'DecisionMade') AS papers,
            groupArrayIf(
                (ifNull(toString(party_kind), ''), ifNull(party_uscc, ''), ifNull(party_token, ''), ifNull(item_code, ''),
                 ifNull(toString(severity), ''), ifNull(act_id, ''), ifNull(act_place, ''), ifNull(toString(act_on), '')),
                kind = 'DecisionMade') AS natures,
            groupArrayIf(listed, kind = 'DecisionMade') AS lists,
            groupArrayIf(fined, kind = 'DecisionMade') AS fines,
            groupArrayIf((assumeNotNull(changed_on), toUInt128(event_id), fined, toUInt8(length(listed))), kind = 'DecisionChanged') AS changes,
            minIf(revoked_on, kind = 'DecisionRevoked') AS first_revocation,
            minIf(served_on, kind = 'DecisionServed') AS first_service,
            groupArrayIf((event_id, ifNull(paid_amount, toDecimal64(0, 2))), kind = 'FinePaid') AS payments,
            groupArrayIf(event_id, kind != '') AS ids
        FROM events
        GROUP BY id
    ),
    chosen AS (
        SELECT
            *,
            indexOf(ranks, arrayMax(ranks)) AS winner,
            papers[winner] AS paper,
            natures[winner] AS nature,
            lists[winner] AS list,
            fines[winner] AS fine_yuan,
            told_by[winner] AS teller,
            -- The best word of another source, if any.
            arrayMax(arrayMap((rank, by) -> if(by = teller, toUInt256(0), rank), ranks, told_by)) AS other_rank,
            if(other_rank = 0, 0, indexOf(ranks, other_rank)) AS other,
            multiIf(nature.1 != 'NATURAL_PERSON' AND nature.2 != '', concat('u:', nature.2), nature.3 != '', concat('t:', nature.3), '') AS party,
            multiIf(natures[other].1 != 'NATURAL_PERSON' AND natures[other].2 != '', concat('u:', natures[other].2),
                    natures[other].3 != '', concat('t:', natures[other].3), '') AS other_party
        FROM folded
    )
SELECT
    id AS decision_id,
    paper.1 AS region,
    paper.2 AS agency,
    paper.3 AS document_number,
    teller AS source,
    arraySort(arrayDistinct(told_by)) AS sources,
    paper.4 AS stream_id,
    if(empty(ranks), NULL, nullIf(paper.5, toDate32('1900-01-01'))) AS decided_on,
    paper.6 AS procedure,
    paper.7 AS domain,
    nullIf(party, '') AS party_key,
    nature.1 AS party_kind,
    nullIf(nature.4, '') AS item_code,
    nullIf(nature.5, '') AS severity,
    multiIf(nature.6 != '', nature.6,
            nature.4 != '' AND nature.7 != '' AND nature.8 != '', concat(nature.4, '|', nature.7, '|', nature.8),
            NULL) AS fingerprint,
    list AS penalties,
    if(empty(list), '', arraySort(p -> (-toInt32(indexOf(light_to_heavy, p.1)), p.1), list)[1].1) AS headline,
    fine_yuan AS fine,
    arrayConcat(
        [(toDate32('1900-01-01'), fine_yuan, toUInt8(length(list)))],
        arrayMap(c -> (c.1, c.3, c.4), arraySort(arrayDistinct(changes)))) AS standing,
    first_revocation AS revoked_on,
    first_service AS served_on,
    arraySum(p -> p.2, arrayDistinct(payments)) AS paid,
    arrayFilter(d -> other > 0 AND d.2 != d.3, [
        ('decided_on', toString(paper.5), toString(papers[other].5)),
        ('fine', toString(fine_yuan), toString(fines[other])),
        ('penalties', arrayStringConcat(arraySort(arrayMap(p -> toString(p.1), list)), ','),
                      arrayStringConcat(arraySort(arrayMap(p -> toString(p.1), lists[other])), ',')),
        ('party', party, other_party),
        ('item_code', nature.4, natures[other].4)]) AS differences,
    arraySort(i -> toUInt128(i), arrayDistinct(ids)) AS event_ids,
    toUInt8(notEmpty(ranks)) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM chosen
