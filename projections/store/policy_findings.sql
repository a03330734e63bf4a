-- What happened and breaks a rule: shown to supervisors with its article, never refused. One row a finding. Reads policy tables.
CREATE OR REPLACE VIEW findings DEFINER = projector SQL SECURITY DEFINER AS
SELECT 'NO_PRIOR_NOTICE' AS finding, '行政处罚法第44、62条' AS article, region, stream_id AS subject, decided_on AS day, event_ids
FROM cases
WHERE procedure = 'ORDINARY' AND penalised_on IS NOT NULL AND (notice_on IS NULL OR notice_on > decided_on)
UNION ALL
SELECT 'LATE_DECISION', '行政处罚法第60条', region, stream_id, decided_on, event_ids
FROM (
    WITH
        (SELECT max(value) FROM policy_limits WHERE name = 'decision_days') AS limit_days,
        (SELECT min(day) FROM policy_calendar) AS first_day,
        (SELECT groupArray(working) FROM (SELECT working FROM policy_calendar ORDER BY day)) AS workings
    SELECT
        region, stream_id, decided_on, event_ids, pauses AS begins, resumptions AS ends,
        ifNull(dateDiff('day', filed_on, decided_on), 0) AS days_since,
        if(empty(begins), [], {paused_days:Shared}) AS paused,
        toInt64(limit_days)
            + arraySum(one -> if(one.granted_on <= assumeNotNull(decided_on), toInt64(one.days), 0), extensions) AS days_allowed
    FROM cases
    WHERE procedure = 'ORDINARY' AND decided_on > addDays(filed_on, limit_days) AND ({past_last_day:Shared})
)
UNION ALL
SELECT 'FILED_AFTER_DECISION', '行政处罚法第54条', region, stream_id, decided_on, event_ids
FROM cases
WHERE procedure = 'ORDINARY' AND decided_on < filed_on
UNION ALL
SELECT 'SIMPLE_PROCEDURE_OVER_LIMIT', '行政处罚法第51条', region, decision_id, decided_on, event_ids
FROM (
    WITH
        (SELECT max(value) FROM policy_limits WHERE name = 'simple_fine_person') AS of_person,
        (SELECT max(value) FROM policy_limits WHERE name = 'simple_fine_organisation') AS of_organisation
    SELECT region, decision_id, decided_on, event_ids
    FROM decisions
    WHERE procedure = 'SIMPLE'
      AND (fine > if(party_kind = 'NATURAL_PERSON', of_person, of_organisation)
           OR arrayExists(penalty -> penalty.1 NOT IN ('WARNING', 'FINE'), penalties))
)
UNION ALL
SELECT 'POSSIBLE_DOUBLE_FINE', '行政处罚法第29条', regions, concat(party_key, ' ', fingerprint), newest, ids
FROM (
    SELECT
        party_key, fingerprint, arrayStringConcat(arraySort(groupUniqArray(toString(region))), ',') AS regions,
        max(decided_on) AS newest, arraySort(i -> toUInt128(i), arrayDistinct(groupArrayArray(event_ids))) AS ids
    FROM decisions
    -- in force, as of the last change
    WHERE fine + fine_changes[-1] > 0 AND revoked_on IS NULL AND party_key IS NOT NULL AND fingerprint IS NOT NULL
    GROUP BY party_key, fingerprint
    HAVING count() > 1
)
UNION ALL
SELECT 'LATE_SERVICE', '行政处罚法第61条', region, decision_id, served_on, event_ids
FROM (
    WITH
        (SELECT max(value) FROM policy_limits WHERE name = 'service_working_days') AS limit_days,
        (SELECT min(day) FROM policy_calendar) AS first_day,
        (SELECT groupArray(working_days) FROM (SELECT working_days FROM policy_calendar ORDER BY day)) AS counts
    SELECT region, decision_id, served_on, event_ids
    FROM decisions
    -- So many working days lie between, neither end counted. Before the calendar begins nobody knows.
    WHERE decided_on >= first_day AND served_on > addDays(decided_on, limit_days)
      AND counts[least(dateDiff('day', first_day, assumeNotNull(served_on)), toInt64(length(counts)))]
        >= counts[least(dateDiff('day', first_day, assumeNotNull(decided_on)) + 1, toInt64(length(counts)))] + limit_days
);
