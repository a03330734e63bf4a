-- Sequences by topic, publisher and epoch, those included that are known from a dead letter's headers only.
-- late_fills: numbers that came after a higher one.
SELECT topic, publisher, epoch, count() AS events, groupBitmap(toUInt64(sequence)) AS numbers,
    min(sequence) AS lowest, max(sequence) AS highest,
    countIf(sequence < before AND first_time) AS late_fills,
    groupArrayIf(20)(offset, sequence < before AND first_time) AS late_offsets
FROM (
    SELECT topic, publisher, epoch, sequence, offset,
        max(sequence) OVER (PARTITION BY topic, publisher, epoch ORDER BY offset
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
        row_number() OVER (PARTITION BY topic, publisher, epoch, sequence ORDER BY offset) = 1 AS first_time
    FROM (
        SELECT toString(topic) AS topic, toString(publisher) AS publisher, epoch, sequence, offset
        FROM {table:Identifier}
        WHERE has({topics:Array(String)}, topic)
            AND offset < transform(topic, {topics:Array(String)}, {ends:Array(UInt64)}, 0)
        UNION ALL
        SELECT toString(topic), assumeNotNull(publisher), assumeNotNull(epoch), assumeNotNull(sequence), offset
        FROM dead_letters FINAL
        WHERE has({topics:Array(String)}, topic)
            AND offset < transform(topic, {topics:Array(String)}, {ends:Array(UInt64)}, 0)
            AND state != 'REDRIVEN' AND publisher IS NOT NULL AND epoch >= 1 AND sequence >= 1
    )
)
GROUP BY topic, publisher, epoch
ORDER BY topic, publisher, epoch;
