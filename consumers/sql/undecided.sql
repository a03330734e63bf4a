-- How many dead letters of a stretch of the log nobody has decided about.
SELECT count()
FROM dead_letters FINAL
WHERE topic = {topic:String} AND partition = 0 AND offset >= {first:UInt64} AND offset <= {last:UInt64} AND state = 'OPEN';
