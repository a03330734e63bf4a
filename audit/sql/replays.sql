-- The databases of replays: when each was made, the events that landed in it, its size on disk.
SELECT database, min(metadata_modification_time) AS made_at, sumIf(total_rows, startsWith(name, 'events_')) AS rows, sum(total_bytes) AS bytes
FROM system.tables
WHERE startsWith(database, {prefix:String})
GROUP BY database
ORDER BY database
