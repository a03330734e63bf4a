-- Dead letters whose frame names an event.
SELECT toString(topic) AS topic, offset
FROM dead_letters FINAL
WHERE lower(substring(value, 7, 36)) = {event_id:String}
ORDER BY topic, offset;
