-- Runs, the windows of monitors with their checks and counted states, proposals to retrain, the registry of baselines.
-- Instants of windows are nanoseconds since 1970-01-01T00:00:00Z, all others seconds.

CREATE TABLE runs (
    id        TEXT PRIMARY KEY,
    as_of     INTEGER NOT NULL,
    outcome   TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    documents INTEGER NOT NULL CHECK (documents >= 0)
) STRICT, WITHOUT ROWID;

-- The number of a window is the order in which windows were first evaluated: snapshots have no other.
CREATE TABLE windows (
    number        INTEGER PRIMARY KEY,
    monitor       TEXT NOT NULL,
    baseline      TEXT NOT NULL,
    name          TEXT NOT NULL,
    starts_at     INTEGER NOT NULL,
    ends_at       INTEGER NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision BETWEEN 0 AND 4294967295),
    rows          INTEGER NOT NULL CHECK (rows >= 0),
    late_rows     INTEGER NOT NULL CHECK (late_rows >= 0),
    run           TEXT NOT NULL,
    outcome       TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    labels_closed INTEGER NOT NULL CHECK (labels_closed IN (0, 1)),
    accepted      INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    UNIQUE (monitor, baseline, name)
) STRICT;

CREATE INDEX windows_by_time ON windows (monitor, starts_at, number);

-- Effects are a JSON list of pairs of texts, [["psi", "0.41"]]: a number as text comes back to the last bit, and may
-- be infinite.
CREATE TABLE window_checks (
    window   INTEGER NOT NULL REFERENCES windows (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    id       TEXT NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    effects  TEXT NOT NULL,
    PRIMARY KEY (window, position)
) STRICT, WITHOUT ROWID;

-- A state is a zstd frame; its checksum covers the frame and everything that says what it is.
CREATE TABLE states (
    number    INTEGER PRIMARY KEY,
    monitor   TEXT NOT NULL,
    measures  TEXT NOT NULL,
    window    TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at   INTEGER NOT NULL,
    size      INTEGER NOT NULL CHECK (size >= 0),
    checksum  BLOB NOT NULL CHECK (length(checksum) = 32),
    frame     BLOB NOT NULL,
    UNIQUE (monitor, measures, window)
) STRICT;

CREATE INDEX states_by_time ON states (monitor, measures, starts_at, number);

CREATE TABLE proposals (
    number          INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    monitor         TEXT NOT NULL,
    window          TEXT NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE,
    state           TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'sent', 'done', 'expired', 'rejected')),
    proposed_at     INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    note            TEXT,
    payload         TEXT NOT NULL
) STRICT;

CREATE INDEX proposals_by_time ON proposals (proposed_at, number);

CREATE TABLE baselines (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    path       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    rows       INTEGER NOT NULL CHECK (rows >= 0),
    UNIQUE (name, sha256)
) STRICT;

CREATE TABLE baseline_aliases (
    name   TEXT NOT NULL,
    alias  TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (name, alias),
    FOREIGN KEY (name, sha256) REFERENCES baselines (name, sha256) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
