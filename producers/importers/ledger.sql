-- What one publisher has told from files: one row a decision. Nothing of a person stands here; `content` is a hash under
-- the region's secret key, so that nobody can try out identity numbers on it.
CREATE TABLE IF NOT EXISTS told (
    decision_id TEXT NOT NULL PRIMARY KEY,
    fact_id     BLOB NOT NULL,     -- id of the fact's first event
    revision    INTEGER NOT NULL,  -- of the newest event
    content     BLOB NOT NULL,     -- of the newest event
    recorded_at INTEGER NOT NULL,  -- meta.recorded_at of the newest event, microseconds since 1970 UTC
    epoch       INTEGER NOT NULL,  -- of the outbox that has the newest event; 0: it may not have been published
    run         INTEGER NOT NULL,  -- the import that said it last
    line        INTEGER NOT NULL,  -- and where
    stamped_at  INTEGER            -- the file's newest time stamp of that content, like recorded_at; null: it had none
) WITHOUT ROWID;

-- What `told` said before a correction was claimed, as long as the outbox may not have the correction. Columns as there.
CREATE TABLE IF NOT EXISTS corrected (
    decision_id TEXT NOT NULL PRIMARY KEY,
    event_id    BLOB NOT NULL,     -- of the correction
    fact_id     BLOB NOT NULL,
    revision    INTEGER NOT NULL,
    content     BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    run         INTEGER NOT NULL,
    line        INTEGER NOT NULL,
    stamped_at  INTEGER
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS run (
    run        INTEGER NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL  -- microseconds since 1970 UTC
);
