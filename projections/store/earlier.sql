-- The columns of a table, in order.
SELECT name, type
FROM system.columns
WHERE database = {database:String} AND table = {table:String}
ORDER BY position;

-- Databases of cuts that have their tables beside their views, where whoever asks could read these.
SELECT name
FROM system.databases
WHERE startsWith(name, {cuts:String})
  AND replaceOne(name, {cuts:String}, {rows:String}) NOT IN (SELECT name FROM system.databases)
ORDER BY name
