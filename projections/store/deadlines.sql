-- Referrals with the days on which they were to be acknowledged and answered, by the policy line that names most. Where no line
-- holds or the calendar ends nobody knows these days, and nothing is due; a letter that names its day is due then all the same.
CREATE OR REPLACE VIEW referrals_with_deadlines DEFINER = operator SQL SECURITY DEFINER AS
WITH
    (
        SELECT arraySort(rule -> (-toInt16(rule.specificity), -toInt32(rule.valid_from)), groupArray(CAST(
            (specificity, valid_from, valid_to, exchange_form, domain, from_region, to_region, urgency,
             acknowledge_working_days, reply_calendar_days),
            'Tuple(specificity UInt8, valid_from Date32, valid_to Date32, exchange_form String, domain String, from_region String, to_region String, urgency String, acknowledge_working_days UInt16, reply_calendar_days UInt16)')))
        FROM policy_sla
    ) AS rules,
    (SELECT min(day) FROM policy_calendar) AS first_day,
    (SELECT groupArray(working_days) FROM (SELECT working_days FROM policy_calendar ORDER BY day)) AS counts,
    (SELECT groupArray(day) FROM (SELECT day FROM policy_calendar WHERE working ORDER BY day)) AS workdays,
    -- 0: none holds
    arrayFirstIndex(
        rule -> assumeNotNull(sent_on) BETWEEN rule.valid_from AND rule.valid_to
            AND (rule.exchange_form = '' OR rule.exchange_form = ifNull(exchange_form, ''))
            AND (rule.domain = '' OR rule.domain = ifNull(domain, ''))
            AND (rule.from_region = '' OR rule.from_region = ifNull(from_region, ''))
            AND (rule.to_region = '' OR rule.to_region = ifNull(to_region, ''))
            AND (rule.urgency = '' OR rule.urgency = ifNull(urgency, '')),
        rules) AS holds,
    dateDiff('day', first_day, assumeNotNull(sent_on)) + 1 AS day_no,
    counts[day_no] + rule.acknowledge_working_days AS workday_no
SELECT
    referrals.*,
    rules[holds] AS rule,
    coalesce(reply_by, if(holds > 0, addDays(sent_on, rule.reply_calendar_days), NULL)) AS reply_due,
    if(holds > 0 AND day_no BETWEEN 1 AND length(counts) AND workday_no <= length(workdays), workdays[workday_no], NULL) AS acknowledge_due
FROM referrals
WHERE isNotNull(sent_on)
