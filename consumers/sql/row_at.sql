-- The event that a table holds at one place of a topic.
SELECT event_id, toUnixTimestamp64Milli(appended_at) AS appended_ms
FROM {table:Identifier}
WHERE topic = {topic:String} AND partition = 0 AND offset = {offset:UInt64};
