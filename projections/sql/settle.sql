-- The sum of the cut at which a table's rows were settled last, and how many rows are settled, fresh, and neither any more.
WITH (SELECT max(settled) FROM {table:Identifier}) AS stands
SELECT
    stands, countIf(settled > 0) AS settled_rows,
    countIf(settled = 0 AND version > stands) AS fresh_rows, countIf(settled = 0 AND version <= stands) AS old_rows
FROM {table:Identifier};

-- Tables in which somebody settles, or was killed settling, with the seconds since they were made.
SELECT name, toFloat64(now() - metadata_modification_time)
FROM system.tables
WHERE database = {database:String} AND startsWith(name, {prefix:String});

INSERT INTO {target:Identifier}
SELECT * EXCEPT '_no$' REPLACE ({settled:UInt64} AS settled)
FROM (SELECT * FROM {rows:Include});

ALTER TABLE {table:Identifier} REPLACE PARTITION ID '1' FROM {target:Identifier} SETTINGS allow_replace_partition_from_empty_source = 1;

-- For how many seconds the settled rows are there.
SELECT toFloat64(now() - max(modification_time))
FROM system.parts
WHERE database = {database:String} AND table = {table:String} AND partition_id = '1' AND active;

ALTER TABLE {table:Identifier} DELETE IN PARTITION ID '0' WHERE version <= {stands:UInt64} SETTINGS mutations_sync = 1;

-- Rows that stand again under the key of another.
SELECT (SELECT count() FROM {table:Identifier} WHERE settled > 0) - (SELECT count() FROM {table:Identifier} FINAL WHERE settled > 0);

OPTIMIZE TABLE {table:Identifier} PARTITION ID '1' FINAL SETTINGS optimize_throw_if_noop = 1
