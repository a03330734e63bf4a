-- The events behind each row of question 7.
SELECT from_region, to_region, arraySort(groupUniqArrayArray(event_ids)) AS event_ids
FROM referrals_with_deadlines
WHERE sent_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND sent_on <= {as_of:Date32}
  AND (withdrawn_on IS NULL OR withdrawn_on > {as_of:Date32})
  AND reply_due < {as_of:Date32}
  AND ({exchange_form:String} = '' OR exchange_form = {exchange_form:String})
GROUP BY from_region, to_region
ORDER BY from_region, to_region
