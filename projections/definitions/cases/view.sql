CREATE OR REPLACE VIEW {view:Identifier} DEFINER = projector SQL SECURITY DEFINER AS
SELECT
    * EXCEPT (has_facts, version, settled, key_no) REPLACE (
        if(dissemination = 'FULL', party_key, NULL) AS party_key,
        if(dissemination = 'FULL', act_place, '') AS act_place,
        if(dissemination = 'FULL', act_on, NULL) AS act_on,
        if(dissemination = 'NONE', '', stream_id) AS stream_id,
        if(dissemination = 'NONE', '', case_number) AS case_number,
        if(dissemination = 'NONE', toUUID('00000000-0000-0000-0000-000000000000'), filed_event) AS filed_event,
        if(dissemination = 'NONE', [], event_ids) AS event_ids),
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
