-- 问题三 同事项同情节三地罚款差异 | Question 3: median and P90 of fines per item, severity band and region, against all regions together.
WITH
    fines AS (
        SELECT item_code, severity, region, arrayLast(step -> step.since <= {as_of:Date32}, standing).fine AS fine
        FROM decisions
        WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
          AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
          AND isNotNull(item_code) AND isNotNull(severity)
          AND fine > 0
    ),
    cells AS (
        SELECT
            item_code, severity, region, count() AS base,
            quantileExactInclusive(0.5)(toFloat64(fine)) AS median, quantileExactInclusive(0.9)(toFloat64(fine)) AS p90
        FROM fines GROUP BY item_code, severity, region
    ),
    pooled AS (
        SELECT item_code, severity, quantileExactInclusive(0.5)(toFloat64(fine)) AS pooled_median
        FROM fines GROUP BY item_code, severity
    )
SELECT
    0 AS total, item_code, severity, region, base AS n, base AS d,
    round(median, 2) AS median, round(p90, 2) AS p90, round(pooled_median, 2) AS pooled_median,
    round(cells.median / pooled.pooled_median, 4) AS ratio
FROM cells INNER JOIN pooled USING (item_code, severity)
UNION ALL
SELECT 1, '', '', '', sum(base), sum(base), NULL, NULL, NULL, NULL FROM cells
