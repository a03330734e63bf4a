-- 问题十六 一事二罚疑似 | Question 16: pairs of fines on one party in different regions, and those of them for the same act (Art. 29).
-- Parties and acts are told apart by numbers, as in repeat_offenders. A fine is one number, since arrays of these are made
-- fastest: 44 bits of its act (0: not known), then in 20 bits the six digits of its region.
WITH
    fined AS (
        SELECT party_no, act_no, region, event_ids
        FROM decisions
        WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
          AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
          AND party_no != 0
          AND fine + arrayLast((more, since) -> since <= {as_of:Date32}, fine_changes, changed_on) > 0
    ),
    parties AS (
        SELECT groupArray(bitShiftLeft(act_no, 20) + toUInt32(region)) AS fines
        FROM fined
        GROUP BY party_no
        -- in two regions
        HAVING length(fines) > 1 AND arrayExists(fine -> bitAnd(bitXor(fine, fines[1]), 1048575) != 0, fines)
    ),
    pairs AS (
        SELECT
            bitAnd(fine, 1048575) AS one, bitAnd(other_fine, 1048575) AS other, bitShiftRight(fine, 20) AS act,
            act != 0 AND act = bitShiftRight(other_fine, 20) AS doubled
        FROM (SELECT fine, fines FROM parties ARRAY JOIN fines AS fine)
        ARRAY JOIN fines AS other_fine
        WHERE one < other
    ),
    -- Of n alone: any two fines on one party are a pair.
    twice AS (
        SELECT groupArray((region, event_ids)) AS fines
        FROM fined
        WHERE act_no != 0
        GROUP BY party_no, act_no
        HAVING uniqExact(region) > 1
    ),
    units AS (
        SELECT one.1 AS region_a, other.1 AS region_b, arrayConcat(one.2, other.2) AS event_ids, true AS in_n
        FROM (SELECT one, fines FROM twice ARRAY JOIN fines AS one)
        ARRAY JOIN fines AS other
        WHERE region_a < region_b
    )
SELECT
    toUInt8(one = 0) AS total, if(one = 0, '', toString(one)) AS region_a, if(other = 0, '', toString(other)) AS region_b,
    sum(doubled) AS n, count() AS d
FROM pairs
GROUP BY GROUPING SETS ((one, other), ())
