-- 小格抑制 | What of a question's cells may be shown: the one rule for every question, wherever it is asked.
--
-- A row is small when its d is below `smallest_cell`. The smallest rows are withheld, ties in the order of the row's
-- key: all that are small, and as long as one row is small, so many more that together they are
--   at least `withheld_together` rows, so that none follows from the whole minus the others,
--   at least `smallest_cell` units of d, so that what does follow, their sum, is no small cell itself,
--   and more units than rows, so that not each of them must be 1.
-- Where all rows together are not enough, and always when the whole is small, the whole is withheld too; and where units
-- count in several rows ("overlapping"), whenever a row is. What is not known is withheld: no policy, no figures.
-- A whole without any unit tells of nobody: its n and d are 0, not withheld; there are no rows then, and no figures.
--
-- question, key and the columns come from the catalogue: see projections/questions/suppression.py.
WITH
    (SELECT (maxOrNullIf(value, name = 'smallest_cell'), maxOrNullIf(value, name = 'withheld_together')) FROM policy_limits) AS limits,
    limits.1 AS smallest,
    limits.2 AS together,
    cells AS (
        {question:Select}
    ),
    ranked AS (
        SELECT
            *,
            row_number() OVER smaller AS place,
            sum(d) OVER smaller AS reached,
            countIf(NOT total AND d < smallest) OVER () AS small,
            countIf(NOT total) OVER () AS rows,
            sumIf(d, NOT total) OVER () AS units
        FROM cells
        -- a row holds a unit; and the server must count, or it leaves the whole of GROUPING SETS out
        WHERE total OR d > 0
        WINDOW smaller AS (PARTITION BY total ORDER BY d, {key:Columns} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    ),
    judged AS (
        SELECT
            *,
            -- what had been withheld before this row was not enough
            place - 1 < together OR reached - d < smallest OR reached - d <= place - 1 AS needed,
            rows < together OR units < smallest OR units <= rows AS never_enough,
            d > 0 AND ifNull(d < smallest OR (small > 0 AND if(total, {overlapping:Bool} OR never_enough, needed)), true) AS hidden
        FROM ranked
    ),
    answered AS (
        SELECT * REPLACE (if({shown:Bool} AND total, sumIf(n, NOT total AND NOT hidden) OVER (), n) AS n)
        FROM judged
    )
SELECT
    toBool(total) AS total,
    {key:Columns},
    {values:Columns},
    toBool(hidden) AS suppressed
FROM answered
ORDER BY total, {key:Columns}
