-- 窗口内的决定与罚款，按区域 | Decisions and fines of the window by region; what was revoked does not count.
SELECT region, count() AS decisions, countIf(fine > 0) AS fined, sum(fine) AS yuan
FROM decisions
WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
  AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
GROUP BY region
ORDER BY region
