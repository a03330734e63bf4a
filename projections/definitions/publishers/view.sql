CREATE OR REPLACE VIEW {view:Identifier} DEFINER = projector SQL SECURITY DEFINER AS
SELECT
    publisher,
    topic,
    region,
    epoch,
    tupleElement(united[1], 1) AS first_sequence,
    tupleElement(united[-1], 2) AS last_sequence,
    events,
    -- Numbered from 1: what is not there is missing.
    last_sequence - arraySum(r -> r.2 - r.1 + 1, united) AS missing,
    arrayFilter(gap -> gap.1 <= gap.2, arrayMap((r, i) -> (if(i = 1, toInt64(1), united[i - 1].2 + 1), r.1 - 1),
        united, arrayEnumerate(united))) AS gaps,
    events - arraySum(r -> r.2 - r.1 + 1, united) AS resends,
    last_recorded_at,
    last_appended_at
FROM (
    SELECT
        publisher,
        topic,
        max(region) AS region,
        epoch,
        sum(events) AS events,
        max(last_recorded_at) AS last_recorded_at,
        max(last_appended_at) AS last_appended_at,
        -- Runs of all blocks, in order, those that meet or overlap made one.
        arrayFold(
            (united, run) -> if(empty(united) OR run.1 > united[-1].2 + 1,
                arrayPushBack(united, run),
                arrayPushBack(arrayPopBack(united), (united[-1].1, greatest(united[-1].2, run.2)))),
            arraySort(groupArrayArray(runs)),
            CAST([], 'Array(Tuple(Int64, Int64))')) AS united
    FROM {rows:Include}
    GROUP BY publisher, topic, epoch
)
COMMENT '发布方完整性 | completeness of publishers'
