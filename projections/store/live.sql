-- Tables of a database, as they are.
SELECT name, engine, sorting_key, partition_key, engine_full, comment
FROM system.tables
WHERE database = {database:String};

-- Their columns, in order.
SELECT table, name, type
FROM system.columns
WHERE database = {database:String}
ORDER BY table, position;
