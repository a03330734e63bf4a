-- One region's vault: a data key for every person, wrapped under the region's master key.
-- The person is a token (persons known by a number) or 'u_' and the key's id (persons that nobody can know again).

CREATE TABLE IF NOT EXISTS person_key (
    key_id        BLOB PRIMARY KEY,           -- 12 random bytes; says nothing about the person
    person        TEXT NOT NULL,
    generation    INTEGER NOT NULL,           -- 1, or one more for each time the person was erased before
    wrapped       BLOB,                       -- NULL once destroyed: the row is then the tombstone
    created_at    INTEGER NOT NULL,           -- microseconds since 1970, UTC; so are all times here
    destroyed_at  INTEGER,
    reason        TEXT,
    reference     TEXT,                       -- number of the decision to erase; never personal data
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL)),
    CHECK ((wrapped IS NULL) = (reason IS NOT NULL))
) WITHOUT ROWID;

-- A person has at most one key that lives.
CREATE UNIQUE INDEX IF NOT EXISTS person_key_living ON person_key (person) WHERE wrapped IS NOT NULL;
CREATE INDEX IF NOT EXISTS person_key_destroyed ON person_key (person, destroyed_at) WHERE wrapped IS NULL;

CREATE TABLE IF NOT EXISTS legal_hold (
    hold_id       TEXT PRIMARY KEY,
    person        TEXT NOT NULL,
    reference     TEXT NOT NULL,              -- number of the case or order that demands it; never personal data
    placed_at     INTEGER NOT NULL,
    released_at   INTEGER
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS legal_hold_active ON legal_hold (person) WHERE released_at IS NULL;
