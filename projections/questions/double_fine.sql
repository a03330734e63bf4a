-- 问题十六 一事二罚疑似 | Question 16: pairs of fines on one party in different regions, and those of them for the same act (Art. 29).
WITH
    parties AS (
        SELECT groupArray((region, fingerprint)) AS fines
        FROM decisions
        WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
          AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
          AND isNotNull(party_key)
          AND arrayLast(step -> step.since <= {as_of:Date32}, standing).fine > 0
        GROUP BY party_key
        HAVING uniqExact(region) > 1
    ),
    pairs AS (
        SELECT one.1 AS region_a, other.1 AS region_b, ifNull(one.2 = other.2, 0) AS doubled
        FROM (SELECT one, fines FROM parties ARRAY JOIN fines AS one) ARRAY JOIN fines AS other
        WHERE one.1 < other.1
    )
SELECT 0 AS total, region_a, region_b, sum(doubled) AS n, count() AS d FROM pairs GROUP BY region_a, region_b
UNION ALL
SELECT 1, '', '', sum(doubled), count() FROM pairs
