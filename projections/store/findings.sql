-- What happened and breaks a rule: shown to supervisors with its article, never refused. One row a finding.
CREATE OR REPLACE VIEW findings DEFINER = projector SQL SECURITY DEFINER AS
SELECT 'NO_PRIOR_NOTICE' AS finding, '行政处罚法第44、62条' AS article, region, stream_id AS subject, decided_on AS day, event_ids
FROM cases
WHERE procedure = 'ORDINARY' AND penalised_on IS NOT NULL AND (notice_on IS NULL OR notice_on > decided_on)
UNION ALL
SELECT 'LATE_DECISION', '行政处罚法第60条', region, stream_id, decided_on, event_ids
FROM cases
WHERE procedure = 'ORDINARY' AND decided_on > addDays(filed_on, 90)
  AND toInt64(arrayCount(
        step -> NOT arrayExists(
            (begin, place) -> addDays(filed_on, step) >= begin
                AND (place > length(resumptions) OR addDays(filed_on, step) < resumptions[place]),
            pauses, arrayEnumerate(pauses)),
        range(1, toUInt32(greatest(dateDiff('day', assumeNotNull(filed_on), assumeNotNull(decided_on)), 0)) + 1)))
      > 90 + arraySum(one -> toInt64(one.days), extensions)
UNION ALL
SELECT 'FILED_AFTER_DECISION', '行政处罚法第54条', region, stream_id, decided_on, event_ids
FROM cases
WHERE procedure = 'ORDINARY' AND decided_on < filed_on
UNION ALL
SELECT 'SIMPLE_PROCEDURE_OVER_LIMIT', '行政处罚法第51条', region, decision_id, decided_on, event_ids
FROM decisions
WHERE procedure = 'SIMPLE' AND fine > if(party_kind = 'NATURAL_PERSON', 200, 3000)
UNION ALL
SELECT 'POSSIBLE_DOUBLE_FINE', '行政处罚法第29条', regions, concat(party_key, ' ', fingerprint), newest, ids
FROM (
    SELECT
        party_key, fingerprint, arrayStringConcat(arraySort(groupUniqArray(toString(region))), ',') AS regions,
        max(decided_on) AS newest, arraySort(i -> toUInt128(i), arrayDistinct(groupArrayArray(event_ids))) AS ids
    FROM decisions
    WHERE fine > 0 AND revoked_on IS NULL AND party_key IS NOT NULL AND fingerprint IS NOT NULL
    GROUP BY party_key, fingerprint
    HAVING count() > 1
)
UNION ALL
SELECT 'LATE_SERVICE', '行政处罚法第61条', region, decision_id, served_on, event_ids
FROM decisions
WHERE served_on > addDays(decided_on, 21);

-- Every penalty of every decision: the operational count. The official count is `headline` in decisions, one a decision.
CREATE OR REPLACE VIEW penalties DEFINER = projector SQL SECURITY DEFINER AS
SELECT
    decision_id, region, agency, decided_on, party_key, item_code, penalty.1 AS kind, penalty.2 AS amount,
    place = 1 AND kind = headline AS is_headline, revoked_on
FROM (
    SELECT *, arraySort(p -> (toUInt8(p.1 != headline), p.1, ifNull(p.2, 0)), penalties) AS ordered FROM decisions
)
ARRAY JOIN ordered AS penalty, arrayEnumerate(ordered) AS place;

-- Both counting rules side by side (domain: official statistics count a decision once, under its heaviest penalty).
CREATE OR REPLACE VIEW penalty_counts DEFINER = projector SQL SECURITY DEFINER AS
SELECT
    region, toStartOfMonth(assumeNotNull(decided_on)) AS month, kind, count() AS all_penalties, countIf(is_headline) AS official
FROM penalties
WHERE decided_on IS NOT NULL
GROUP BY region, month, kind;
