-- 问题一 跨区域重复违法主体 | Question 1: parties penalised by two or more regions in the window that ends on as_of.
-- Parties are told apart by a number of 64 bits: among ten million, two share one with a probability of 3 in a million.
-- 0: no party is known. Regions of a party are bits of one number, which costs a third of a set; regions: the zone's.
WITH
    {regions:Array(String)} AS codes,
    penalised AS (
        SELECT party_no, region, event_ids
        FROM decisions
        WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
          AND party_no != 0
          AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
          AND penalty_count + if(empty(changed_on), 0, arrayLast((more, since) -> since <= {as_of:Date32}, penalty_changes, changed_on)) > 0
    ),
    parties AS (
        SELECT groupBitOr(transform(region, codes, arrayMap(place -> bitShiftLeft(toUInt64(1), place), range(length(codes))), bitShiftLeft(toUInt64(1), 63))) AS regions
        FROM penalised
        GROUP BY party_no
    ),
    -- Of n alone: whoever was penalised once is a party too.
    units AS (
        SELECT region, event_ids, true AS in_n
        FROM penalised
        WHERE party_no IN (SELECT party_no FROM penalised GROUP BY party_no HAVING uniqExact(region) > 1)
    ),
    -- A million parties are of a few sets of regions.
    alike AS (SELECT regions, count() AS number FROM parties GROUP BY regions)
-- Each party once in each of its regions, and once in the whole.
SELECT toUInt8(place = 0) AS total, if(place = 0, '', codes[place]) AS region, sumIf(number, bitCount(regions) > 1) AS n, sum(number) AS d
FROM alike ARRAY JOIN arrayPushBack(arrayMap(bit -> bit + 1, bitPositionsToArray(regions)), 0) AS place
GROUP BY place
