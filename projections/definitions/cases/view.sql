CREATE OR REPLACE VIEW {view:Identifier} DEFINER = projector SQL SECURITY DEFINER AS
SELECT
    * EXCEPT (has_facts, version, settled, key_no),
    multiIf(
        withdrawn_on IS NOT NULL, 'WITHDRAWN',
        notEmpty(closed) AND (empty(reopened) OR closed[-1] >= reopened[-1]), 'CLOSED',
        transferred_on IS NOT NULL, 'WITH_POLICE',
        decided_on IS NOT NULL, 'DECIDED',
        notice_on IS NOT NULL, 'NOTICED',
        filed_on IS NOT NULL, 'FILED',
        'CLUE') AS status
FROM {rows:Include}
COMMENT '案件 | cases'
