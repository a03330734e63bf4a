-- Where a family's table holds an event.
SELECT toString(topic) AS topic, offset, toUnixTimestamp64Milli(appended_at) AS appended_ms
FROM {table:Identifier}
WHERE event_id = {event_id:UUID}
ORDER BY topic, offset;
