-- How many dead letters there are, by topic, state and reason.
SELECT topic, state, reason_code, count() AS letters, min(offset) AS first_offset, max(offset) AS last_offset,
    max(at) AS latest
FROM dead_letters FINAL
GROUP BY topic, state, reason_code
ORDER BY topic, state, reason_code;
