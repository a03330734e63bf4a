CREATE OR REPLACE VIEW {view:Identifier} DEFINER = projector SQL SECURITY DEFINER AS
SELECT
    * EXCEPT (has_facts, version, settled, key_no) REPLACE (
        if(dissemination = 'NONE', '', stream_id) AS stream_id,
        if(dissemination = 'NONE', '', challenged_decision) AS challenged_decision,
        if(dissemination = 'NONE', [], event_ids) AS event_ids)
FROM {rows:Include}
COMMENT '矛盾纠纷 | disputes'
