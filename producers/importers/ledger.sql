-- What one publisher has told from files: one row a decision. Nothing of a person stands here; `content` is a hash under
-- the region's secret key, so that nobody can try out identity numbers on it.
CREATE TABLE told (
    decision_id TEXT NOT NULL PRIMARY KEY,
    fact_id     BLOB NOT NULL,     -- id of the fact's first event
    revision    INTEGER NOT NULL,  -- of the newest event
    content     BLOB NOT NULL,     -- of the newest event
    recorded_at INTEGER NOT NULL,  -- meta.recorded_at of the newest event, microseconds since 1970 UTC
    epoch       INTEGER NOT NULL,  -- of the outbox that has the newest event; 0: it may not have been published
    run         INTEGER NOT NULL,  -- the import that said it last
    line        INTEGER NOT NULL   -- and where
) WITHOUT ROWID;

CREATE TABLE run (
    run        INTEGER NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL  -- microseconds since 1970 UTC
);
