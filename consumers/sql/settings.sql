-- Settings as this statement has them.
SELECT name, value
FROM system.settings
WHERE has({names:Array(String)}, name)
ORDER BY name
FORMAT TSV;
