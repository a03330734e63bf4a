-- 问题一 跨区域重复违法主体 | Question 1: parties penalised by two or more regions in the window that ends on as_of.
WITH
    (SELECT max(value) FROM policy_limits WHERE name = 'smallest_cell') AS smallest,
    parties AS (
        SELECT party_key, groupUniqArray(region) AS regions
        FROM decisions
        WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
          AND isNotNull(party_key)
          AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
          AND arrayLast(step -> step.since <= {as_of:Date32}, standing).penalties > 0
        GROUP BY party_key
    ),
    cells AS (
        SELECT 0 AS total, region, countIf(length(regions) > 1) AS hits, count() AS base
        FROM parties ARRAY JOIN regions AS region
        GROUP BY region
        UNION ALL
        SELECT 1, '', countIf(length(regions) > 1), count() FROM parties
    )
SELECT total, region, if(base < smallest, NULL, hits) AS n, if(base < smallest, NULL, base) AS d, toBool(base < smallest) AS suppressed
FROM cells
ORDER BY total, region
