-- 问题八 移送签收及时率 | Question 8: of the referrals whose time to acknowledge has passed, those acknowledged in time.
WITH
    (SELECT max(value) FROM policy_limits WHERE name = 'smallest_cell') AS smallest,
    due AS (
        SELECT
            from_region, to_region,
            if(acknowledged_on <= {as_of:Date32}, acknowledged_on, NULL) AS seen_on,
            ifNull(seen_on <= acknowledge_due, 0) AS in_time,
            dateDiff('day', sent_on, seen_on) AS days
        FROM referrals_with_deadlines
        WHERE sent_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND sent_on <= {as_of:Date32}
          AND (withdrawn_on IS NULL OR withdrawn_on > {as_of:Date32})
          AND acknowledge_due < {as_of:Date32}
    ),
    cells AS (
        SELECT
            toUInt8(grouping(from_region, to_region) > 0) AS total,
            ifNull(from_region, '') AS from_region, ifNull(to_region, '') AS to_region,
            countIf(in_time) AS hits, count() AS base, count(days) AS acknowledged,
            quantileExactInclusive(0.5)(days) AS median_days, quantileExactInclusive(0.9)(days) AS p90_days
        FROM due
        GROUP BY GROUPING SETS ((from_region, to_region), ())
    )
SELECT
    total, from_region, to_region,
    if(base < smallest, NULL, hits) AS n,
    if(base < smallest, NULL, base) AS d,
    if(base < smallest OR acknowledged = 0, NULL, round(median_days, 2)) AS median_days,
    if(base < smallest OR acknowledged = 0, NULL, round(p90_days, 2)) AS p90_days,
    toBool(base < smallest) AS suppressed
FROM cells
ORDER BY total, from_region, to_region
