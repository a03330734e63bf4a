-- 问题十六 一事二罚疑似 | Question 16: pairs of fines on one party in different regions, and those of them for the same act (Art. 29).
-- Parties and acts are told apart by numbers of 64 bits, as in repeat_offenders; 0: the act is not known.
WITH
    parties AS (
        SELECT groupArray(toUInt32(region)) AS regions, groupArray(ifNull(cityHash64(fingerprint), 0)) AS acts
        FROM decisions
        WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
          AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
          AND isNotNull(party_key)
          AND arrayLast(step -> step.since <= {as_of:Date32}, standing).fine > 0
        GROUP BY cityHash64(party_key)
        HAVING arrayMin(regions) != arrayMax(regions)
    ),
    pairs AS (
        SELECT one, other, act != 0 AND act = other_act AS doubled
        FROM (SELECT one, act, regions, acts FROM parties ARRAY JOIN regions AS one, acts AS act)
        ARRAY JOIN regions AS other, acts AS other_act
        WHERE one < other
    )
SELECT
    toUInt8(one = 0) AS total, if(one = 0, '', toString(one)) AS region_a, if(other = 0, '', toString(other)) AS region_b,
    sum(doubled) AS n, count() AS d
FROM pairs
GROUP BY GROUPING SETS ((one, other), ())
