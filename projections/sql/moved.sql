-- Keys that any other revision of facts among new rows ever had.
SELECT DISTINCT {key:Identifier}
FROM corrections
WHERE family = {family:String} AND {key:Identifier} != '' AND fact_id IN (SELECT fact_id FROM corrections WHERE {new_rows:Include})
