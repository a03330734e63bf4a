-- Events that a table holds more than once, with how many different contents they have.
SELECT event_id, count() AS times, uniqExact(sipHash128(formatRow('RowBinary', * EXCEPT (topic, partition, offset, appended_at)))) AS contents,
    arraySort(groupArray((toString(topic), offset))) AS places
FROM {table:Identifier}
WHERE event_id IN (
    SELECT event_id FROM {table:Identifier} WHERE has({topics:Array(String)}, topic)
    GROUP BY event_id HAVING count() > 1 LIMIT {candidates:UInt64}
    SETTINGS max_bytes_before_external_group_by = 500000000
)
GROUP BY event_id
ORDER BY contents DESC, event_id
LIMIT {most:UInt64};
