-- How many rows, and the sum of their hashes: order does not matter, NULL does, equal rows do not cancel out.
SELECT count(), sum(reinterpretAsUInt128(sipHash128(formatRow('RowBinary', * EXCEPT '^version$|^settled$|_no$'))))
FROM {rows:Include};

-- Keys whose rows differ.
SELECT DISTINCT name
FROM (
    SELECT
        toString({key:Identifier}) AS name,
        sipHash128(formatRow('RowBinary', * EXCEPT '^version$|^settled$|_no$')) AS hash,
        1 AS side
    FROM {left:Include}
    UNION ALL
    SELECT toString({key:Identifier}), sipHash128(formatRow('RowBinary', * EXCEPT '^version$|^settled$|_no$')), 2
    FROM {right:Include}
)
GROUP BY name, hash
HAVING count() % 2 = 1 OR uniqExact(side) = 1
ORDER BY name
LIMIT {most:UInt32}
