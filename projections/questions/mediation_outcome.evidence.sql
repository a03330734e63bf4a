-- The events behind each row of question 24.
SELECT
    region,
    arrayExists(one -> one.held_on <= {as_of:Date32} AND arrayExists(place -> place != region, one.joint_regions), sessions) AS joint,
    arraySort(groupUniqArrayArray(event_ids)) AS event_ids
FROM disputes
WHERE greatest(
        ifNull(if(agreed_on <= {as_of:Date32}, agreed_on, NULL), toDate32('1900-01-01')),
        ifNull(if(failed_on <= {as_of:Date32}, failed_on, NULL), toDate32('1900-01-01'))
    ) > addMonths({as_of:Date32}, -toInt32({months:UInt16}))
GROUP BY region, joint
ORDER BY region, joint
