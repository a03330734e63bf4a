-- One publisher's outbox: events that are durable here before the caller gets a receipt, and go to the log in order.
-- All times are microseconds since 1970-01-01T00:00:00Z.

CREATE TABLE outbox (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    publisher     TEXT NOT NULL,
    epoch         INTEGER NOT NULL,        -- a lost outbox is followed by one of a higher epoch
    created_at    INTEGER NOT NULL
) STRICT;

-- Counters of each topic. Everything is sent in order, so one number says what was sent.
CREATE TABLE topic (
    topic_id      INTEGER PRIMARY KEY,
    topic         TEXT NOT NULL UNIQUE,
    last_sequence INTEGER NOT NULL DEFAULT 0 CHECK (last_sequence >= sent_sequence),
    sent_sequence INTEGER NOT NULL DEFAULT 0 CHECK (sent_sequence >= 0),
    log_offset    INTEGER                  -- below this offset of the log nothing of this epoch is unaccounted for
) STRICT;

CREATE TABLE entry (
    topic_id      INTEGER NOT NULL REFERENCES topic,
    sequence      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    key           TEXT NOT NULL,           -- meta.stream_id
    value         BLOB NOT NULL,           -- the bytes that go over the wire
    signature     BLOB NOT NULL,           -- of those bytes
    traceparent   TEXT,
    PRIMARY KEY (topic_id, sequence)
) STRICT;

-- Every event ever published from here, kept for good (about 50 bytes each), so that the same event is published once.
CREATE TABLE published (
    event_id      BLOB PRIMARY KEY,        -- the 16 bytes of the UUID
    content       BLOB NOT NULL,           -- keyed hash of the content, 16 bytes
    topic_id      INTEGER NOT NULL REFERENCES topic,
    epoch         INTEGER NOT NULL,
    sequence      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
