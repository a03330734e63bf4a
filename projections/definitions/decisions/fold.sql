-- A decision is a function of the current facts that name it. Parameters as in cases.
WITH
    {current:Include},
    ['WARNING', 'CRITICISM', 'FINE', 'CONFISCATE_GAIN', 'CONFISCATE_GOODS', 'SUSPEND_LICENCE', 'LOWER_QUALIFICATION',
     'REVOKE_LICENCE', 'RESTRICT_BUSINESS', 'SUSPEND_BUSINESS', 'CLOSE', 'BAR_OCCUPATION', 'DETENTION'] AS light_to_heavy,
    -- As in gather.sql.
    ['OTHER', 'PUBLICATION_FILE', 'CASE_SYSTEM'] AS little_to_much,
    toDecimal64('9999999999999999.99', 2) AS most,
    events AS (
        SELECT
            decision_id, fact, weight, paper, marks, {place:Shared} AS place,
            NOT (bitTest(marks, 0) OR place IN (SELECT place FROM superseded)) AS counts
        FROM {facts:Identifier}
        WHERE {wanted:Include}
    ),
    folded AS (
        SELECT
            decision_id,
            -- Of two alike the earlier one.
            groupArrayIf(weight - place, counts AND weight > 0) AS ranks,
            groupArrayIf(paper, counts AND weight > 0) AS papers,
            arrayCompact(arraySort(groupArrayIf(fact, counts))) AS facts,
            maxIf(bitShiftRight(marks, 1), counts) AS level
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
            splitByChar('\xFF', papers[indexOf(ranks, best)]) AS said,
            splitByChar('\xFF', papers[indexOf(ranks, best_of_others)]) AS also,
            arrayMap(p -> splitByChar('=', p), arrayFilter(p -> p != '', splitByChar('\xFE', said[16]))) AS listed,
            arrayMap(p -> p[1], listed) AS kinds,
            arrayMap(fact -> toUInt8(bitShiftRight(fact, 240)), facts) AS what,
            arrayMap(fact -> toDate32(toInt32(toUInt32(bitShiftRight(fact, 208))) - 100000), facts) AS days,
            arrayMap(fact -> reinterpret(toUInt64(bitShiftRight(fact, 16)), 'Decimal(18, 2)'), facts) AS amounts,
            indexOf(what, 3) AS revocation, indexOf(what, 4) AS service,
            toDecimal64OrZero(said[15], 2) AS fine,
            toUInt8(length(listed)) AS penalty_count,
            arrayFilter((change, step) -> step = 2,
                        arrayMap((day, amount, fact) -> (day, amount - fine, toInt16(toUInt8(bitAnd(fact, 255))) - penalty_count), days, amounts, facts),
                        what) AS changed
        FROM folded
    )
SELECT
    decision_id,
    said[1] AS region,
    said[2] AS agency,
    said[3] AS document_number,
    if(empty(ranks), '', little_to_much[teller + 1]) AS source,
    arrayMap(by -> little_to_much[by + 1], arrayDistinct(arraySort(by -> little_to_much[by + 1], tellers))) AS sources,
    said[4] AS stream_id,
    toDate32OrNull(said[5]) AS decided_on,
    said[6] AS procedure,
    said[7] AS domain,
    nullIf(said[8], '') AS party_key,
    said[9] AS party_kind,
    nullIf(said[10], '') AS item_code,
    nullIf(said[11], '') AS severity,
    multiIf(said[12] != '', said[12],
            said[10] != '' AND said[13] != '' AND said[14] != '', concat(said[10], '|', said[13], '|', said[14]),
            NULL) AS fingerprint,
    arrayMap(p -> (p[1], toDecimal64OrNull(p[2], 2)), listed) AS penalties,
    if(empty(kinds), '', arraySort(kind -> (-toInt32(indexOf(light_to_heavy, kind)), kind), kinds)[1]) AS headline,
    fine,
    penalty_count,
    tupleElement(changed, 1) AS changed_on,
    tupleElement(changed, 2) AS fine_changes,
    tupleElement(changed, 3) AS penalty_changes,
    if(revocation = 0, NULL, days[revocation]) AS revoked_on,
    if(service = 0, NULL, days[service]) AS served_on,
    least(greatest(arraySum(arrayFilter((amount, step) -> step = 5, amounts, what)), -most), most) AS paid,
    arrayFilter(d -> best_of_others > 0 AND d.2 != d.3, [
        ('decided_on', said[5], also[5]),
        ('fine', said[15], also[15]),
        ('penalties', arrayStringConcat(arraySort(kinds), ','),
                      arrayStringConcat(arraySort(arrayMap(p -> splitByChar('=', p)[1], splitByChar('\xFE', also[16]))), ',')),
        ('party', said[8], also[8]),
        ('item_code', said[10], also[10])]) AS differences,
    {shared:Shared} AS dissemination,
    arrayMap(id -> {event_id:Shared},
             arraySort(arrayMap(fact -> toUInt128(bitShiftRight(fact, 80)), facts))) AS event_ids,
    toUInt8(notEmpty(ranks)) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM told
