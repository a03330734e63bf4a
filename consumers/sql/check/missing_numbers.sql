-- Ranges of sequences that a publisher's epoch misses in a topic, from 1 up to the highest that came.
SELECT before + 1 AS first, sequence - 1 AS last, count() OVER () AS ranges, sum(sequence - before - 1) OVER () AS missing
FROM (
    SELECT sequence,
        lagInFrame(sequence, 1, 0) OVER (ORDER BY sequence ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before
    FROM (
        SELECT sequence FROM {table:Identifier}
        WHERE topic = {topic:String} AND offset < {end:UInt64}
            AND publisher = {publisher:String} AND epoch = {epoch:Int32}
        UNION DISTINCT
        SELECT assumeNotNull(sequence) FROM dead_letters
        WHERE topic = {topic:String} AND offset < {end:UInt64}
            AND publisher = {publisher:String} AND epoch = {epoch:Int32} AND sequence >= 1
    )
)
WHERE sequence - before > 1
ORDER BY first
LIMIT {most:UInt64};
