-- 问题一 跨区域重复违法主体 | Question 1: parties penalised by two or more regions in the window that ends on as_of.
WITH
    parties AS (
        SELECT party_key, groupUniqArray(region) AS regions
        FROM decisions
        WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
          AND isNotNull(party_key)
          AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
          AND arrayLast(step -> step.since <= {as_of:Date32}, standing).penalties > 0
        GROUP BY party_key
    )
SELECT 0 AS total, region, countIf(length(regions) > 1) AS n, count() AS d
FROM parties ARRAY JOIN regions AS region
GROUP BY region
UNION ALL
SELECT 1, '', countIf(length(regions) > 1), count() FROM parties
