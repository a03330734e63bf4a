-- 问题十三 九十日办结预警 | Question 13: open ordinary cases with few days left of the ninety (Art. 60), paused days removed.
WITH
    (SELECT max(value) FROM policy_limits WHERE name = 'decision_days') AS allowed,
    (SELECT min(day) FROM policy_calendar) AS first_day,
    (SELECT groupArray(working) FROM (SELECT working FROM policy_calendar ORDER BY day)) AS workings,
    open_cases AS (
        SELECT
            region, agency, filed_on, dateDiff('day', assumeNotNull(filed_on), {as_of:Date32}) AS days_since,
            if(dissemination = 'NONE', [], [filed_event]) AS event_ids,
            arrayFilter(day -> day <= {as_of:Date32}, pauses) AS begins,
            arrayFilter(day -> day <= {as_of:Date32}, resumptions) AS ends,
            toInt64(allowed) + arraySum(one -> if(one.granted_on <= {as_of:Date32}, toInt64(one.days), 0), extensions) AS days_allowed
        FROM cases
        WHERE procedure = 'ORDINARY' AND filed_on <= {as_of:Date32}
          AND (decided_on IS NULL OR decided_on > {as_of:Date32})
          AND (transferred_on IS NULL OR transferred_on > {as_of:Date32})
          AND (withdrawn_on IS NULL OR withdrawn_on > {as_of:Date32})
          AND (NOT arrayExists(day -> day <= {as_of:Date32}, closed)
               OR arrayLast(day -> day <= {as_of:Date32}, reopened) > arrayLast(day -> day <= {as_of:Date32}, closed))
    ),
    units AS (
        SELECT
            region, agency, event_ids,
            -- days from the day after filing to as_of; an open pause runs on
            if(empty(begins), [], {paused_days:Shared}) AS paused,
            days_allowed - (days_since - length(paused)) AS days_left,
            {past_last_day:Shared} AS is_overdue,
            days_left <= {days:Int32} AS in_n
        FROM open_cases
    )
SELECT
    toUInt8(grouping(region, agency) > 0) AS total, ifNull(region, '') AS region, ifNull(agency, '') AS agency,
    countIf(in_n) AS n, count() AS d, countIf(is_overdue) AS overdue, min(days_left) AS min_remaining
FROM units
GROUP BY GROUPING SETS ((region, agency), ())
