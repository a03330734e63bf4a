-- The filing events of the open ordinary cases behind each row of question 13.
SELECT region, agency, arraySort(groupUniqArrayIf(filed_event, dissemination != 'NONE')) AS event_ids
FROM cases
WHERE procedure = 'ORDINARY' AND filed_on <= {as_of:Date32}
  AND (decided_on IS NULL OR decided_on > {as_of:Date32})
  AND (transferred_on IS NULL OR transferred_on > {as_of:Date32})
  AND (withdrawn_on IS NULL OR withdrawn_on > {as_of:Date32})
  AND (NOT arrayExists(day -> day <= {as_of:Date32}, closed)
       OR arrayLast(day -> day <= {as_of:Date32}, reopened) > arrayLast(day -> day <= {as_of:Date32}, closed))
GROUP BY region, agency
ORDER BY region, agency
