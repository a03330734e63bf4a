-- The keys that new rows of a family name: of each projection that is asked for, a list. NULL: no key.
SELECT {keys:Include}
FROM {events:Identifier}
WHERE partition = 0 AND ({new_rows:Include});

-- Those that any other revision of facts among new rows ever named.
SELECT {keys:Include}
FROM corrections
WHERE family = {family:String} AND fact_id IN (SELECT fact_id FROM corrections WHERE {new_rows:Include})
