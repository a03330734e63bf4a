SELECT topic, offset FROM standing;

SELECT
    region, sum(events) AS events, sum(missing) AS missing, sum(resends) AS resends,
    max(last_recorded_at) AS last_recorded_at, max(last_appended_at) AS last_appended_at
FROM publishers
GROUP BY region
ORDER BY region;
