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
