-- Places of a topic whose values were refused; a redriven one lies in its table and ends it.
SELECT count()
FROM dead_letters FINAL
WHERE topic = {topic:String} AND partition = 0 AND offset >= {begin:UInt64} AND offset < {end:UInt64};
