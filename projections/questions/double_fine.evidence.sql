-- The decisions behind each row of question 16: pairs with the same act.
WITH
    parties AS (
        SELECT groupArray((region, fingerprint, event_ids)) AS fines
        FROM decisions
        WHERE decided_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND decided_on <= {as_of:Date32}
          AND (revoked_on IS NULL OR revoked_on > {as_of:Date32})
          AND isNotNull(party_key) AND isNotNull(fingerprint)
          AND fine + arrayLast((more, since) -> since <= {as_of:Date32}, fine_changes, changed_on) > 0
        GROUP BY party_key
        HAVING uniqExact(region) > 1
    )
SELECT
    one.1 AS region_a, other.1 AS region_b,
    arraySort(arrayDistinct(arrayConcat(groupUniqArrayArray(one.3), groupUniqArrayArray(other.3)))) AS event_ids
FROM (SELECT one, fines FROM parties ARRAY JOIN fines AS one) ARRAY JOIN fines AS other
WHERE one.1 < other.1 AND one.2 = other.2
GROUP BY region_a, region_b
ORDER BY region_a, region_b
