-- 问题九 移送转化率 | Question 9: of the referrals accepted long enough ago, those that led to a case.
WITH
    (SELECT max(value) FROM policy_limits WHERE name = 'conversion_ripe_days') AS ripe_days,
    units AS (
        SELECT from_region, to_region, event_ids, ifNull(filed_on <= {as_of:Date32}, 0) AS in_n
        FROM referrals
        WHERE sent_on <= {as_of:Date32}
          AND accepted_on > addMonths({as_of:Date32}, -toInt32({months:UInt16}))
          AND accepted_on <= addDays({as_of:Date32}, -toInt32(ripe_days))
          AND (withdrawn_on IS NULL OR withdrawn_on > {as_of:Date32})
    )
SELECT
    toUInt8(grouping(from_region, to_region) > 0) AS total,
    ifNull(from_region, '') AS from_region, ifNull(to_region, '') AS to_region,
    countIf(in_n) AS n, count() AS d
FROM units
GROUP BY GROUPING SETS ((from_region, to_region), ())
