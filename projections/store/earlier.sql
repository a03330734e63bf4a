INSERT INTO {new:Identifier}
SELECT *, {settled:UInt64} AS settled
FROM {old:Identifier} FINAL
WHERE has_facts
