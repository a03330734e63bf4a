SELECT count()
FROM {table:Identifier} FINAL
WHERE has_facts
