CREATE OR REPLACE VIEW {view:Identifier} DEFINER = projector SQL SECURITY DEFINER AS
SELECT * EXCEPT (has_facts, version)
FROM {table:Identifier} FINAL
WHERE has_facts
COMMENT '移送协作 | referrals'
