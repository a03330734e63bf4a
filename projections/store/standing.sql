-- Where the tables that answers read stand in the log: of each topic the first offset that some table has not folded in.
CREATE OR REPLACE VIEW standing DEFINER = operator SQL SECURITY DEFINER AS
SELECT topic, min(offset) AS offset
FROM (SELECT arrayJoin(mapKeys(cut)) AS topic, cut[topic] AS offset FROM projector_checkpoints FINAL WHERE target != 'indexes')
GROUP BY topic
ORDER BY topic
