-- The events behind each row of question 9.
WITH (SELECT max(value) FROM policy_limits WHERE name = 'conversion_ripe_days') AS ripe_days
SELECT from_region, to_region, arraySort(groupUniqArrayArray(event_ids)) AS event_ids
FROM referrals
WHERE sent_on <= {as_of:Date32}
  AND accepted_on > addMonths({as_of:Date32}, -toInt32({months:UInt16}))
  AND accepted_on <= addDays({as_of:Date32}, -toInt32(ripe_days))
  AND (withdrawn_on IS NULL OR withdrawn_on > {as_of:Date32})
GROUP BY from_region, to_region
ORDER BY from_region, to_region
