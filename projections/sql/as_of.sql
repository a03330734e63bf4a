CREATE DATABASE {name:Identifier};

-- The mark that everything is there; its columns say nothing.
CREATE TABLE {name:Identifier}.built (at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY at;

SELECT count()
FROM system.tables
WHERE database = {name:String} AND name = 'built'
