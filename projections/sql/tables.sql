-- Names of the tables of a database.
SELECT name
FROM system.tables
WHERE database = {database:String} AND engine LIKE '%MergeTree';

-- What a view reads.
SELECT as_select
FROM system.tables
WHERE database = {database:String} AND name = {view:String} AND engine = 'View'
