CREATE OR REPLACE VIEW {view:Identifier} DEFINER = projector SQL SECURITY DEFINER AS
SELECT * EXCEPT absent FROM (
SELECT
    publisher,
    topic,
    region,
    epoch,
    tupleElement(united[1], 1) AS first_sequence,
    tupleElement(united[-1], 2) AS last_sequence,
    events,
    dead_letters,
    -- Numbered from 1: what is not there is missing. A gap that wide makes no sense: somebody set a number wrong.
    arrayFilter(gap -> gap.1 <= gap.2, arrayMap((r, i) -> (if(i = 1, toInt64(1), united[i - 1].2 + 1), r.1 - 1),
        united, arrayEnumerate(united))) AS absent,
    arrayFilter(gap -> gap.2 - gap.1 >= greatest(1000000, 10 * toInt64(events)), absent) AS jumps,
    arrayFilter(gap -> NOT has(jumps, gap), absent) AS gaps,
    arraySum(gap -> gap.2 - gap.1 + 1, gaps) AS missing,
    greatest(toInt64(events + dead_letters) - arraySum(r -> r.2 - r.1 + 1, united), 0) AS resends,
    last_recorded_at,
    last_appended_at
FROM (
    SELECT
        publisher,
        topic,
        max(region) AS region,
        epoch,
        sum(events) AS events,
        sum(letters) AS dead_letters,
        max(last_recorded_at) AS last_recorded_at,
        max(last_appended_at) AS last_appended_at,
        -- Runs of all blocks, in order, those that meet or overlap made one.
        arrayFold(
            (united, run) -> if(empty(united) OR run.1 > united[-1].2 + 1,
                arrayPushBack(united, run),
                arrayPushBack(arrayPopBack(united), (united[-1].1, greatest(united[-1].2, run.2)))),
            arraySort(groupArrayArray(runs)),
            CAST([], 'Array(Tuple(Int64, Int64))')) AS united
    FROM (
        SELECT publisher, topic, region, epoch, events, 0 AS letters, runs, last_recorded_at, last_appended_at
        FROM {rows:Include}
        UNION ALL
        -- What is no event is a number that came; as far as the rows are folded.
        SELECT
            publisher, topic, '', epoch, 0, countIf(NOT redriven), groupArray((sequence, sequence)),
            toDateTime64(0, 6, 'UTC'), toDateTime64(0, 3, 'UTC')
        FROM dead_numbers
        WHERE offset < (
            SELECT cut FROM projector_checkpoints FINAL
            WHERE match(target, '^publishers_v[1-9][0-9]{0,8}$') ORDER BY version DESC LIMIT 1)[topic]
        GROUP BY publisher, topic, epoch
    )
    GROUP BY publisher, topic, epoch
)
)
COMMENT '发布方完整性 | completeness of publishers'
