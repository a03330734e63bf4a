-- 问题三 同事项同情节三地罚款差异 | Question 3: median and P90 of fines per item, severity band and region, against all regions together.
WITH
    fines AS (
        SELECT item_code, severity, region, event_ids, fine + arrayLast((more, since) -> since <= {as_of:Date32}, fine_changes, changed_on) AS in_force
        FROM decisions
        WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
          AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
          AND isNotNull(item_code) AND isNotNull(severity)
          AND in_force > 0
    ),
    units AS (SELECT item_code, severity, region, event_ids, true AS in_n FROM fines),
    cells AS (
        SELECT item_code, severity, region, groupArray(toFloat64(in_force)) AS amounts
        FROM fines
        GROUP BY item_code, severity, region
    ),
    compared AS (
        SELECT
            item_code AS item, severity AS band, region AS place, length(amounts) AS base,
            arrayReduce('quantilesExactInclusive(0.5, 0.9)', amounts) AS own,
            quantileExactInclusiveArray(0.5)(amounts) OVER (PARTITION BY item_code, severity) AS pooled
        FROM cells
    )
SELECT
    toUInt8(place = '') AS total, ifNull(item, '') AS item_code, ifNull(band, '') AS severity, place AS region,
    sum(base) AS n, sum(base) AS d,
    if(place = '', NULL, round(any(own)[1], 2)) AS median, if(place = '', NULL, round(any(own)[2], 2)) AS p90,
    if(place = '', NULL, round(any(pooled), 2)) AS pooled_median, if(place = '', NULL, round(any(own)[1] / any(pooled), 4)) AS ratio
FROM compared
GROUP BY GROUPING SETS ((item, band, place), ())
