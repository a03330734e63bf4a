-- Ranges of offsets in [{begin}, {end}) that are neither stored nor dead letters, and how many there are in all.
WITH places AS (
    SELECT toInt64(offset) AS place FROM {table:Identifier}
    WHERE topic = {topic:String} AND partition = 0 AND offset >= toUInt64({begin:Int64}) AND offset < {end:UInt64}
    UNION DISTINCT
    SELECT toInt64(offset) AS place FROM dead_letters
    WHERE topic = {topic:String} AND partition = 0 AND offset >= toUInt64({begin:Int64}) AND offset < {end:UInt64}
    UNION DISTINCT
    SELECT toInt64({end:UInt64}) AS place
)
SELECT before + 1 AS first, place - 1 AS last, count() OVER () AS ranges
FROM (
    SELECT place,
        lagInFrame(place, 1, {begin:Int64} - 1) OVER (ORDER BY place ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before
    FROM places
)
WHERE place - before > 1
ORDER BY first
LIMIT {most:UInt64};
