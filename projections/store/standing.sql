-- Where the tables that answers read stand in the log: of each topic the first offset that some table has not folded in. A table
-- that was never folded has an empty checkpoint, and so stands at 0; what only helps to fold (corrections, facts) has no say.
CREATE OR REPLACE VIEW standing DEFINER = operator SQL SECURITY DEFINER AS
WITH folded AS (
    SELECT cut FROM projector_checkpoints FINAL WHERE match(target, '_v[1-9][0-9]{0,8}$')
)
SELECT topics.topic AS topic, min(folded.cut[topics.topic]) AS offset
FROM (SELECT DISTINCT arrayJoin(mapKeys(cut)) AS topic FROM projector_checkpoints FINAL) AS topics CROSS JOIN folded
GROUP BY topic
ORDER BY topic
