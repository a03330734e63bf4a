-- Dead letters of a topic behind its table's end.
SELECT DISTINCT offset
FROM dead_letters
WHERE topic = {topic:String} AND partition = 0 AND toInt64(offset) > {end:Int64}
ORDER BY offset;
