-- Keys whose events beyond a cut are shared less than fully: what the cut showed of them is shown no more.
SELECT sipHash64({party_key:Shared}) AS key_no, {level:Shared} AS level
FROM {log:Identifier}.events_enforcement
WHERE offset >= (SELECT cut FROM projector_checkpoints FINAL WHERE startsWith(target, 'parties_v'))[topic]
  AND (dissemination != 'FULL' OR notEmpty(audience)) AND event_type IN ('CaseFiled', 'DecisionMade')
