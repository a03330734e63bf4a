-- Keys whose events beyond a cut are shared less than fully: what the cut showed of them is shown no more.
SELECT sipHash64(assumeNotNull({key:Include})) AS key_no, {level:Shared} AS level
FROM {log:Identifier}.{events:Identifier}
WHERE offset >= (SELECT cut FROM projector_checkpoints FINAL WHERE target = '{table:Identifier}')[topic]
  AND (dissemination != 'FULL' OR notEmpty(audience)) AND isNotNull({key:Include})
