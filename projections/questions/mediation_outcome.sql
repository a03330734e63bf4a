-- 问题二十四 调解成功率、司法确认与一次性化解 | Question 24: how the mediations that ended in the window ended.
WITH
    units AS (
        SELECT
            region, event_ids,
            if(agreed_on <= {as_of:Date32}, agreed_on, NULL) AS agreed,
            if(failed_on <= {as_of:Date32}, failed_on, NULL) AS failed,
            greatest(ifNull(agreed, toDate32('1900-01-01')), ifNull(failed, toDate32('1900-01-01'))) AS ended_on,
            ifNull(agreed = ended_on, 0) AS in_n,
            arrayExists(one -> one.held_on <= {as_of:Date32} AND arrayExists(place -> place != region, one.joint_regions), sessions) AS joint,
            in_n AND ifNull(confirmed_on <= {as_of:Date32}, 0) AS confirmed,
            ifNull(initial, 0) AND ifNull(closed_on <= {as_of:Date32}, 0) AS closed_first,
            closed_first AND NOT ifNull(repeated_on <= {as_of:Date32}, 0) AS no_repeat,
            ifNull(amount, 0) AS disputed
        FROM disputes
        WHERE ended_on > addMonths({as_of:Date32}, -toInt32({months:UInt16}))
    )
SELECT
    toUInt8(grouping(region, joint) > 0) AS total, ifNull(region, '') AS region, toBool(joint) AS joint,
    countIf(in_n) AS n, count() AS d, countIf(confirmed) AS confirmed,
    countIf(closed_first) AS initial_closed, countIf(no_repeat) AS initial_no_repeat, sum(disputed) AS amount
FROM units
GROUP BY GROUPING SETS ((region, joint), ())
