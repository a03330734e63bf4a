-- Sequences of a publisher's epoch that came more than once in a topic: resends when the event is the same.
SELECT sequence, groupUniqArray(event_id) AS event_ids, arraySort(groupArray(offset)) AS offsets
FROM {table:Identifier}
WHERE topic = {topic:String} AND offset < {end:UInt64} AND publisher = {publisher:String} AND epoch = {epoch:Int32}
GROUP BY sequence
HAVING count() > 1
ORDER BY length(event_ids) DESC, sequence
LIMIT {most:UInt64};
