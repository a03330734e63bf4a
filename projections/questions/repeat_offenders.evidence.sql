-- The decisions behind each row of question 1: those of parties penalised by two or more regions.
WITH
    parties AS (
        SELECT party_key, groupUniqArray(region) AS regions, groupArray((region, event_ids)) AS told
        FROM decisions
        WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
          AND isNotNull(party_key)
          AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
          AND penalty_count + arrayLast((more, since) -> since <= {as_of:Date32}, penalty_changes, changed_on) > 0
        GROUP BY party_key
        HAVING length(regions) > 1
    )
SELECT one.1 AS region, arraySort(groupUniqArrayArray(one.2)) AS event_ids
FROM parties ARRAY JOIN told AS one
GROUP BY region
ORDER BY region
