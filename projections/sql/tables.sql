-- The tables of a database, and what its views read.
SELECT name, if(engine = 'View', as_select, '') AS reads
FROM system.tables
WHERE database = {database:String} AND (engine LIKE '%MergeTree' OR engine = 'View')
