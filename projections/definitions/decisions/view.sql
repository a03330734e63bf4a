CREATE OR REPLACE VIEW {view:Identifier} DEFINER = projector SQL SECURITY DEFINER AS
SELECT
    * EXCEPT (has_facts, version, settled, key_no) REPLACE (
        if(dissemination = 'FULL', party_key, NULL) AS party_key,
        if(dissemination = 'FULL', fingerprint, NULL) AS fingerprint,
        if(dissemination = 'FULL', differences, []) AS differences,
        if(dissemination = 'NONE', '', decision_id) AS decision_id,
        if(dissemination = 'NONE', '', document_number) AS document_number,
        if(dissemination = 'NONE', '', stream_id) AS stream_id,
        if(dissemination = 'NONE', [], event_ids) AS event_ids)
FROM {rows:Include}
COMMENT '处罚决定 | decisions'
