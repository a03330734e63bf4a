CREATE OR REPLACE VIEW {view:Identifier} DEFINER = projector SQL SECURITY DEFINER AS
SELECT
    * EXCEPT (has_facts, version, settled, key_no) REPLACE (
        if(dissemination = 'NONE', '', stream_id) AS stream_id,
        if(dissemination = 'NONE', toUUID('00000000-0000-0000-0000-000000000000'), correlation_id) AS correlation_id,
        if(dissemination = 'NONE', [], event_ids) AS event_ids)
FROM {rows:Include}
COMMENT '移送协作 | referrals'
