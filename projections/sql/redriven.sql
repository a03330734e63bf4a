-- Where they lie.
SELECT topic, offset
FROM dead_letters FINAL
WHERE state = 'REDRIVEN'
ORDER BY topic, offset
