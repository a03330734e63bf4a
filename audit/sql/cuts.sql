SELECT name, vector, as_of, known_at, added_at
FROM cuts FINAL
ORDER BY added_at, name;

INSERT INTO cuts (name, vector, as_of, known_at, added_at)
SELECT {name:String}, {vector:Map(String, UInt64)}, {as_of:Nullable(Date32)}, {known_at:Nullable(DateTime64(6, 'UTC'))}, now64(6);

-- The first offset whose event the log took after an instant: append times need not rise, so the cut is the longest
-- beginning of the topic that was there by then.
SELECT minOrNull(offset)
FROM {events:Identifier}
WHERE topic = {topic:String} AND partition = 0 AND appended_at > {at:DateTime64(6, 'UTC')};

SELECT now64(6, 'UTC');
