-- Dead letters as they stand, by topic and offset. Bytes as hexadecimal, since they need not be text. Empty: all.
SELECT
    topic, offset, toUnixTimestamp64Milli(appended_at) AS appended_ms, schema_id, reason_code, reason,
    hex(key), key IS NULL, hex(value), value IS NULL,
    arrayMap(header -> (header.name, hex(ifNull(header.value, '')), header.value IS NULL), headers),
    state, note, actor, at
FROM dead_letters FINAL
WHERE ({topic:String} = '' OR topic = {topic:String})
    AND (empty({states:Array(String)}) OR has({states:Array(String)}, toString(state)))
    AND ({reason_code:String} = '' OR reason_code = {reason_code:String})
    AND (empty({offsets:Array(UInt64)}) OR has({offsets:Array(UInt64)}, offset))
ORDER BY topic, offset
LIMIT {most:UInt64};
