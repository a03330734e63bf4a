-- 问题七 移送接收率与拒收原因 | Question 7: of the referrals sent in the window and past their reply date, those accepted.
WITH
    (SELECT max(value) FROM policy_limits WHERE name = 'smallest_cell') AS smallest,
    due AS (
        SELECT
            from_region, to_region,
            isNotNull(accepted_on) AND accepted_on <= {as_of:Date32} AS is_accepted,
            arrayFirst(one -> one.refused_on <= {as_of:Date32}, refusals) AS refusal,
            NOT is_accepted AND arrayExists(one -> one.refused_on <= {as_of:Date32}, refusals) AS is_refused
        FROM referrals_with_deadlines
        WHERE sent_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND sent_on <= {as_of:Date32}
          AND (withdrawn_on IS NULL OR withdrawn_on > {as_of:Date32})
          AND reply_due < {as_of:Date32}
          AND ({exchange_form:String} = '' OR exchange_form = {exchange_form:String})
    ),
    cells AS (
        SELECT
            toUInt8(grouping(from_region, to_region) > 0) AS total,
            ifNull(from_region, '') AS from_region, ifNull(to_region, '') AS to_region,
            countIf(is_accepted) AS hits, count() AS base, countIf(is_refused) AS refused,
            base - hits - refused AS pending,
            sumMapIf(map(refusal.reason, toUInt64(1)), is_refused) AS refusal_reasons
        FROM due
        GROUP BY GROUPING SETS ((from_region, to_region), ())
    )
SELECT
    total, from_region, to_region,
    if(base < smallest, NULL, hits) AS n,
    if(base < smallest, NULL, base) AS d,
    if(base < smallest, NULL, refused) AS refused,
    if(base < smallest, NULL, pending) AS pending,
    if(base < smallest, map(), refusal_reasons) AS refusal_reasons,
    toBool(base < smallest) AS suppressed
FROM cells
ORDER BY total, from_region, to_region
