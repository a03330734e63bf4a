-- 问题七 移送接收率与拒收原因 | Question 7: of the referrals sent in the window and past their reply date, those accepted.
WITH
    units AS (
        SELECT
            from_region, to_region, event_ids,
            isNotNull(accepted_on) AND accepted_on <= {as_of:Date32} AS in_n,
            arrayFirst(one -> one.refused_on <= {as_of:Date32}, refusals) AS refusal,
            NOT in_n AND arrayExists(one -> one.refused_on <= {as_of:Date32}, refusals) AS is_refused
        FROM referrals_with_deadlines
        WHERE sent_on > addMonths({as_of:Date32}, -toInt32({months:UInt16})) AND sent_on <= {as_of:Date32}
          AND (withdrawn_on IS NULL OR withdrawn_on > {as_of:Date32})
          AND reply_due < {as_of:Date32}
          AND ({exchange_form:String} = '' OR exchange_form = {exchange_form:String})
    )
SELECT
    toUInt8(grouping(from_region, to_region) > 0) AS total,
    ifNull(from_region, '') AS from_region, ifNull(to_region, '') AS to_region,
    countIf(in_n) AS n, count() AS d, countIf(is_refused) AS refused, d - n - refused AS pending,
    sumMapIf(map(refusal.reason, toUInt64(1)), is_refused) AS refusal_reasons
FROM units
GROUP BY GROUPING SETS ((from_region, to_region), ())
