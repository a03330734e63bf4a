-- 问题八 移送签收及时率 | Question 8: of the referrals whose time to acknowledge has passed, those acknowledged in time.
WITH
    units AS (
        SELECT
            from_region, to_region, event_ids,
            if(acknowledged_on <= {as_of:Date32}, acknowledged_on, NULL) AS seen_on,
            ifNull(seen_on <= acknowledge_due, 0) AS in_n,
            dateDiff('day', sent_on, seen_on) AS days
        FROM referrals_with_deadlines
        WHERE sent_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND sent_on <= {as_of:Date32}
          AND (withdrawn_on IS NULL OR withdrawn_on > {as_of:Date32})
          AND acknowledge_due < {as_of:Date32}
    )
SELECT
    toUInt8(grouping(from_region, to_region) > 0) AS total,
    ifNull(from_region, '') AS from_region, ifNull(to_region, '') AS to_region,
    countIf(in_n) AS n, count() AS d,
    if(count(days) = 0, NULL, round(quantileExactInclusive(0.5)(days), 2)) AS median_days,
    if(count(days) = 0, NULL, round(quantileExactInclusive(0.9)(days), 2)) AS p90_days
FROM units
GROUP BY GROUPING SETS ((from_region, to_region), ())
