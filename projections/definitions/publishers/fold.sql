-- Which sequence numbers of which publisher lie in a block of the log. Every row of the log counts here, corrected and
-- resent ones too. Parameters as in cases; a key is `topic|block`.
WITH
    {cut:Map(String, UInt64)} AS cut,
    arrayMap(key -> (splitByChar('|', key)[1], toUInt64(splitByChar('|', key)[2])), {keys:Array(String)}) AS blocks,
    arrayDistinct(arrayMap(b -> b.1, blocks)) AS topics,
    arrayMin(arrayMap(b -> b.2, blocks)) * 8192 AS first,
    (arrayMax(arrayMap(b -> b.2, blocks)) + 1) * 8192 AS end,
    log AS (
        SELECT topic, offset, publisher, epoch, sequence, region, recorded_at, appended_at FROM events_enforcement
        WHERE offset < cut[topic] AND ({slices:UInt64} > 0 OR topic IN topics AND partition = 0 AND offset >= first AND offset < end)
        UNION ALL
        SELECT topic, offset, publisher, epoch, sequence, region, recorded_at, appended_at FROM events_exchange
        WHERE offset < cut[topic] AND ({slices:UInt64} > 0 OR topic IN topics AND partition = 0 AND offset >= first AND offset < end)
        UNION ALL
        SELECT topic, offset, publisher, epoch, sequence, region, recorded_at, appended_at FROM events_dispute
        WHERE offset < cut[topic] AND ({slices:UInt64} > 0 OR topic IN topics AND partition = 0 AND offset >= first AND offset < end)
    )
SELECT topic, block, publisher, epoch, region, events, arrayZip(starts, ends) AS runs, last_recorded_at, last_appended_at, has_facts, version
FROM (
SELECT
    topic,
    intDiv(offset, 8192) AS block,
    publisher,
    epoch,
    max(region) AS region,
    count() AS events,
    arraySort(groupUniqArray(sequence)) AS numbers,
    arrayFilter((n, i) -> i = 1 OR numbers[i - 1] + 1 != n, numbers, arrayEnumerate(numbers)) AS starts,
    arrayFilter((n, i) -> i = length(numbers) OR numbers[i + 1] - 1 != n, numbers, arrayEnumerate(numbers)) AS ends,
    max(recorded_at) AS last_recorded_at,
    max(appended_at) AS last_appended_at,
    toUInt8(1) AS has_facts,
    arraySum(mapValues(cut)) AS version
FROM log
WHERE ({slices:UInt64} > 0 OR (topic, intDiv(offset, 8192)) IN blocks)
  AND ({slices:UInt64} = 0 OR cityHash64(topic, intDiv(offset, 8192)) % greatest({slices:UInt64}, 1) = {slice:UInt64})
GROUP BY topic, block, publisher, epoch
)
