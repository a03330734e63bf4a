CREATE OR REPLACE VIEW {view:Identifier} DEFINER = projector SQL SECURITY DEFINER AS
SELECT * EXCEPT (has_facts, version, settled, key_no)
FROM {rows:Include}
COMMENT '当事人 | parties'
