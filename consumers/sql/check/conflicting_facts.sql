-- Revisions of a fact that several events claim to be.
SELECT fact_id, revision, groupUniqArray(event_id) AS event_ids, groupUniqArray(toString(publisher)) AS publishers
FROM {table:Identifier}
WHERE has({topics:Array(String)}, topic)
GROUP BY fact_id, revision
HAVING length(event_ids) > 1
ORDER BY fact_id, revision
LIMIT {most:UInt64}
SETTINGS max_bytes_before_external_group_by = 500000000;
