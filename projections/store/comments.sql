-- Columns of some tables and views, with their comments.
SELECT table, name, comment
FROM system.columns
WHERE database = {database:String} AND has({tables:Array(String)}, table)
ORDER BY table, position
