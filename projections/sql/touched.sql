-- What new rows of a family say, a list each: the keys that they name, of each projection that is asked for, and the facts
-- among them that are corrected. NULL: none.
SELECT {lists:Include}
FROM {events:Identifier}
WHERE partition = 0 AND ({new_rows:Include});

-- Those that any other revision of facts among new rows ever named.
SELECT {lists:Include}
FROM corrections
WHERE family = {family:String} AND fact_id IN (SELECT fact_id FROM corrections WHERE {new_rows:Include})
