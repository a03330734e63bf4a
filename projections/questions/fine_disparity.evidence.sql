-- The decisions behind each cell of question 3.
SELECT item_code, severity, region, arraySort(groupUniqArrayArray(event_ids)) AS event_ids
FROM decisions
WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
  AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
  AND isNotNull(item_code) AND isNotNull(severity)
  AND fine + arrayLast((more, since) -> since <= {as_of:Date32}, fine_changes, changed_on) > 0
GROUP BY item_code, severity, region
ORDER BY item_code, severity, region
