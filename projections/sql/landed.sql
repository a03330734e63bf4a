-- First offset behind the last row of each topic of a family, looking from offsets on that are known to be there.
SELECT topic, max(offset) + 1
FROM {events:Identifier}
WHERE partition = 0 AND ({new_rows:Include})
GROUP BY topic;

-- Dead letters that lie in the event tables after all.
SELECT count()
FROM dead_letters FINAL
WHERE state = 'REDRIVEN';
