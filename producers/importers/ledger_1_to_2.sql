-- Ledgers of version 1 knew no time stamps: what they hold counts as told without one. The oldest had no `corrected`.
CREATE TABLE IF NOT EXISTS corrected (
    decision_id TEXT NOT NULL PRIMARY KEY,
    event_id    BLOB NOT NULL,
    fact_id     BLOB NOT NULL,
    revision    INTEGER NOT NULL,
    content     BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    run         INTEGER NOT NULL,
    line        INTEGER NOT NULL
) WITHOUT ROWID;

ALTER TABLE told ADD COLUMN stamped_at INTEGER;
ALTER TABLE corrected ADD COLUMN stamped_at INTEGER;
