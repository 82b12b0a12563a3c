-- All tables of a store in PostgreSQL. Instants of windows and points are nanoseconds since 1970-01-01T00:00:00Z, those
-- of `runs` and `proposals` seconds, all others milliseconds. Texts are compared byte by byte, whatever the database's
-- language is.

-- The database's clock, which leases go by: unlike now() it moves on within a transaction.
CREATE FUNCTION clock_millis() RETURNS BIGINT LANGUAGE SQL VOLATILE
    AS 'SELECT floor(extract(epoch FROM pg_catalog.clock_timestamp()) * 1000)::BIGINT';

CREATE TABLE runs (
    id        TEXT COLLATE "C" PRIMARY KEY,
    as_of     BIGINT NOT NULL,
    outcome   TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    documents BIGINT NOT NULL CHECK (documents >= 0)
);

CREATE INDEX runs_by_time ON runs (as_of);

-- The number of a window is the order in which windows were first evaluated: snapshots have no other.
CREATE TABLE windows (
    number        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    monitor       TEXT COLLATE "C" NOT NULL,
    baseline      TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    starts_at     BIGINT NOT NULL,
    ends_at       BIGINT NOT NULL,
    revision      BIGINT NOT NULL CHECK (revision BETWEEN 0 AND 4294967295),
    rows          BIGINT NOT NULL CHECK (rows >= 0),
    late_rows     BIGINT NOT NULL CHECK (late_rows >= 0),
    run           TEXT NOT NULL,
    outcome       TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    labels_closed BOOLEAN NOT NULL,
    accepted      BOOLEAN NOT NULL,
    written_at    BIGINT NOT NULL,
    UNIQUE (monitor, baseline, name)
);

CREATE INDEX windows_by_time ON windows (monitor, starts_at, number);
CREATE INDEX windows_by_name ON windows (monitor, name);
CREATE INDEX windows_by_writing ON windows (written_at);

-- Effects are a JSON list of pairs of texts, [["psi", "0.41"]]: a number as text comes back to the last bit, and may
-- be infinite.
CREATE TABLE window_checks (
    in_window BIGINT NOT NULL REFERENCES windows (number) ON DELETE CASCADE,
    position  BIGINT NOT NULL,
    id        TEXT NOT NULL,
    outcome   TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    effects   TEXT NOT NULL,
    PRIMARY KEY (in_window, position)
);

-- A state is a zstd frame; its checksum covers the frame and everything that says what it is.
CREATE TABLE states (
    number      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    monitor     TEXT COLLATE "C" NOT NULL,
    measures    TEXT COLLATE "C" NOT NULL,
    window_name TEXT COLLATE "C" NOT NULL,
    starts_at   BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    size        BIGINT NOT NULL CHECK (size >= 0),
    checksum    BYTEA NOT NULL CHECK (length(checksum) = 32),
    frame       BYTEA NOT NULL,
    written_at  BIGINT NOT NULL,
    UNIQUE (monitor, measures, window_name)
);

CREATE INDEX states_by_time ON states (monitor, measures, starts_at, number);
CREATE INDEX states_by_writing ON states (written_at);

-- What runs concluded of tables: one point for each planned instant, the newest run's.
CREATE TABLE points (
    number   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document TEXT COLLATE "C" NOT NULL,
    planned  BIGINT NOT NULL,
    at       TEXT NOT NULL,
    run      TEXT NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    rows     BIGINT CHECK (rows >= 0),
    UNIQUE (document, planned)
);

CREATE INDEX points_by_time ON points (planned);

-- Figures are written as the effects of windows are.
CREATE TABLE point_checks (
    point    BIGINT NOT NULL REFERENCES points (number) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    id       TEXT NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    figures  TEXT NOT NULL,
    PRIMARY KEY (point, position)
);

CREATE TABLE proposals (
    number          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              TEXT COLLATE "C" NOT NULL UNIQUE,
    monitor         TEXT COLLATE "C" NOT NULL,
    window_name     TEXT NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL UNIQUE,
    state           TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'sent', 'done', 'expired', 'rejected')),
    proposed_at     BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    note            TEXT,
    payload         TEXT NOT NULL
);

CREATE INDEX proposals_by_time ON proposals (proposed_at, number);

CREATE TABLE baselines (
    number     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    sha256     TEXT COLLATE "C" NOT NULL,
    path       TEXT NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    rows       BIGINT NOT NULL CHECK (rows >= 0),
    UNIQUE (name, sha256)
);

CREATE TABLE baseline_aliases (
    name   TEXT COLLATE "C" NOT NULL,
    alias  TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (name, alias),
    FOREIGN KEY (name, sha256) REFERENCES baselines (name, sha256) ON DELETE CASCADE
);

-- What outlives the runs of a document: how far its schedule was dealt with, and the planned instant of the newest run
-- whose verdicts were judged. Whoever plans, triggers or ends a run of it locks its row.
CREATE TABLE documents (
    name   TEXT COLLATE "C" PRIMARY KEY,
    cursor BIGINT,
    judged BIGINT
);

CREATE TABLE executions (
    id           TEXT COLLATE "C" PRIMARY KEY,
    document     TEXT COLLATE "C" NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('contract', 'monitor')),
    triggered_by TEXT NOT NULL CHECK (triggered_by IN ('schedule', 'catch_up', 'manual', 'webhook', 'upstream')),
    planned      BIGINT NOT NULL,
    not_before   BIGINT NOT NULL,
    priority     INTEGER NOT NULL,
    source       TEXT COLLATE "C",
    state        TEXT COLLATE "C" NOT NULL
        CHECK (state IN ('queued', 'running', 'interrupted', 'finished', 'skipped', 'missed', 'cancelled')),
    reason_code  TEXT,
    reason_text  TEXT,
    attempt      BIGINT NOT NULL CHECK (attempt BETWEEN 0 AND 4294967295),
    holder       TEXT COLLATE "C",
    lease_until  BIGINT,
    queued_at    BIGINT NOT NULL,
    started_at   BIGINT,
    ended_at     BIGINT,
    outcome      TEXT COLLATE "C" CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    result       TEXT,
    related      TEXT,
    requested_by TEXT,
    UNIQUE (document, planned),
    CHECK ((reason_code IS NULL) = (reason_text IS NULL))
);

-- Most important first, which only an expression can say so that a search can go on behind a row.
CREATE INDEX executions_waiting ON executions ((-(priority::BIGINT)), planned, id)
    WHERE state IN ('queued', 'interrupted');
CREATE INDEX executions_running ON executions (source) WHERE state = 'running';
CREATE INDEX executions_open ON executions (document, planned) WHERE state IN ('queued', 'running', 'interrupted');
CREATE INDEX executions_by_time ON executions (planned, id);
CREATE INDEX executions_ended ON executions (ended_at) WHERE state IN ('finished', 'cancelled');
CREATE INDEX executions_left_out ON executions (coalesce(ended_at, queued_at)) WHERE state IN ('skipped', 'missed');

-- Records and samples are zstd frames; the checksum covers the frame and whose it is.
CREATE TABLE execution_records (
    execution TEXT COLLATE "C" PRIMARY KEY REFERENCES executions (id) ON DELETE CASCADE,
    size      BIGINT NOT NULL CHECK (size >= 0),
    checksum  BYTEA NOT NULL CHECK (length(checksum) = 32),
    frame     BYTEA NOT NULL
);

CREATE TABLE execution_samples (
    execution TEXT COLLATE "C" PRIMARY KEY REFERENCES executions (id) ON DELETE CASCADE,
    ended_at  BIGINT NOT NULL,
    size      BIGINT NOT NULL CHECK (size >= 0),
    checksum  BYTEA NOT NULL CHECK (length(checksum) = 32),
    frame     BYTEA NOT NULL
);

CREATE INDEX execution_samples_by_time ON execution_samples (ended_at);

-- Runs that came to their end, by the hour for which they were planned: what is left of runs that were pruned.
CREATE TABLE execution_hours (
    hour     BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    outcome  TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    runs     BIGINT NOT NULL CHECK (runs > 0),
    PRIMARY KEY (hour, document, outcome)
);

-- What was counted since the store began: pruning takes nothing from it.
CREATE TABLE counters (
    name   TEXT COLLATE "C" NOT NULL,
    label  TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    value  BIGINT NOT NULL CHECK (value >= 0),
    PRIMARY KEY (name, label, detail)
);

-- The last number that was given. Whoever takes one holds the row until it commits, so that numbers become visible in
-- their order; sequences do not promise that.
CREATE TABLE numbers (
    name TEXT COLLATE "C" PRIMARY KEY,
    last BIGINT NOT NULL
);

INSERT INTO numbers (name, last) VALUES ('incident', 0), ('event', 0), ('batch', 0);

CREATE TABLE leases (
    role       TEXT COLLATE "C" PRIMARY KEY,
    holder     TEXT COLLATE "C" NOT NULL,
    epoch      BIGINT NOT NULL,
    held_until BIGINT NOT NULL
);

CREATE TABLE incidents (
    number          BIGINT PRIMARY KEY,
    document        TEXT COLLATE "C" NOT NULL,
    check_id        TEXT COLLATE "C" NOT NULL,
    column_name     TEXT COLLATE "C",
    segment         TEXT COLLATE "C",
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('verdict', 'error')),
    key_hash        BYTEA NOT NULL CHECK (length(key_hash) = 32),
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'open', 'acknowledged', 'resolved')),
    severity        TEXT NOT NULL CHECK (severity IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    layer           TEXT,
    owner           TEXT,
    tags            TEXT NOT NULL,
    message         TEXT NOT NULL,
    bad             BIGINT NOT NULL CHECK (bad BETWEEN 0 AND 4294967295),
    good            BIGINT NOT NULL CHECK (good BETWEEN 0 AND 4294967295),
    since           BIGINT NOT NULL,
    opened_at       BIGINT,
    changed_at      BIGINT NOT NULL,
    resolved_at     BIGINT,
    resolved_why    TEXT,
    reopened        BIGINT NOT NULL CHECK (reopened BETWEEN 0 AND 4294967295),
    planned         BIGINT NOT NULL,
    run             TEXT NOT NULL,
    acknowledged_by TEXT,
    note            TEXT,
    CHECK (state <> 'resolved' OR resolved_at IS NOT NULL)
);

-- One unresolved incident for each key. A hash of it, because names of columns and segments may be longer than what an
-- index takes.
CREATE UNIQUE INDEX incidents_unresolved ON incidents (key_hash) WHERE state <> 'resolved';
CREATE INDEX incidents_by_key ON incidents (document, key_hash, number);
CREATE INDEX incidents_resolved ON incidents (resolved_at) WHERE state = 'resolved';

CREATE TABLE alert_events (
    number   BIGINT PRIMARY KEY,
    incident BIGINT NOT NULL REFERENCES incidents (number) ON DELETE CASCADE,
    kind     TEXT NOT NULL CHECK (kind IN ('opened', 'reopened', 'worsened', 'eased', 'acknowledged', 'resolved')),
    at       BIGINT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    message  TEXT NOT NULL,
    run      TEXT
);

CREATE INDEX alert_events_by_incident ON alert_events (incident);

CREATE TABLE silences (
    number     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         TEXT COLLATE "C" NOT NULL UNIQUE,
    matchers   TEXT NOT NULL,
    starts_at  BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    comment    TEXT NOT NULL,
    ended_by   TEXT
);

CREATE INDEX silences_by_end ON silences (ends_at);

CREATE TABLE tokens (
    number     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         TEXT COLLATE "C" NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    sha256     BYTEA NOT NULL CHECK (length(sha256) = 32),
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE messages (
    number      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          TEXT COLLATE "C" NOT NULL UNIQUE,
    group_key   TEXT NOT NULL,
    receiver    TEXT COLLATE "C" NOT NULL,
    integration TEXT COLLATE "C" NOT NULL,
    reason      TEXT NOT NULL,
    body        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts    BIGINT NOT NULL CHECK (attempts BETWEEN 0 AND 4294967295),
    next_at     BIGINT NOT NULL,
    last_error  TEXT,
    ended_at    BIGINT
);

CREATE INDEX messages_by_time ON messages (created_at, number);
CREATE INDEX messages_by_state ON messages (state, created_at, number);
CREATE INDEX messages_ended ON messages (state, ended_at) WHERE state <> 'waiting';

-- Keys of batches of live observations outlive their batches.
CREATE TABLE observation_keys (
    monitor   TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    sha256    BYTEA NOT NULL CHECK (length(sha256) = 32),
    answer    TEXT NOT NULL,
    key_until BIGINT NOT NULL,
    PRIMARY KEY (monitor, key)
);

CREATE INDEX observation_keys_by_end ON observation_keys (key_until);

-- The size is that of the accepted rows before the frame was made of them: what the journal's limit counts.
CREATE TABLE journal (
    number   BIGINT PRIMARY KEY,
    monitor  TEXT COLLATE "C" NOT NULL,
    key      TEXT COLLATE "C" NOT NULL,
    rows     BIGINT NOT NULL CHECK (rows >= 0),
    taken_at BIGINT NOT NULL,
    size     BIGINT NOT NULL CHECK (size >= 0),
    checksum BYTEA NOT NULL CHECK (length(checksum) = 32),
    frame    BYTEA NOT NULL,
    UNIQUE (monitor, key),
    FOREIGN KEY (monitor, key) REFERENCES observation_keys (monitor, key)
);

CREATE INDEX journal_by_monitor ON journal (monitor, number);
