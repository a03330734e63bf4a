-- How many rows, and the sum of their hashes: order does not matter, NULL does, equal rows do not cancel out.
SELECT count(), sum(reinterpretAsUInt128(sipHash128(formatRow('RowBinary', * EXCEPT (version)))))
FROM {database:Identifier}.{table:Identifier} FINAL
WHERE has_facts;

-- Keys whose rows differ.
SELECT DISTINCT name
FROM (
    SELECT toString({key:Identifier}) AS name, sipHash128(formatRow('RowBinary', * EXCEPT (version))) AS hash, 1 AS side
    FROM {left_database:Identifier}.{left_table:Identifier} FINAL
    WHERE has_facts
    UNION ALL
    SELECT toString({key:Identifier}), sipHash128(formatRow('RowBinary', * EXCEPT (version))), 2
    FROM {right_database:Identifier}.{right_table:Identifier} FINAL
    WHERE has_facts
)
GROUP BY name, hash
HAVING count() % 2 = 1 OR uniqExact(side) = 1
ORDER BY name
LIMIT {most:UInt32}
