-- What a daemon keeps: planned runs with their records, leases, incidents and alert events, silences, tokens, the
-- outbox, the journal of live observations. Instants are milliseconds since 1970-01-01T00:00:00Z.

-- What outlives the runs of a document: how far its schedule was dealt with, and the planned instants of its newest
-- run that finished and of the newest one whose verdicts were judged.
CREATE TABLE documents (
    name   TEXT PRIMARY KEY,
    cursor INTEGER,
    newest INTEGER,
    judged INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE executions (
    number       INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    document     TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('contract', 'monitor')),
    triggered_by TEXT NOT NULL CHECK (triggered_by IN ('schedule', 'catch_up', 'manual', 'webhook', 'upstream')),
    planned      INTEGER NOT NULL,
    not_before   INTEGER NOT NULL,
    priority     INTEGER NOT NULL CHECK (priority BETWEEN -2147483648 AND 2147483647),
    source       TEXT,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'interrupted', 'finished', 'skipped', 'missed',
                                                'cancelled')),
    reason_code  TEXT,
    reason_text  TEXT,
    attempt      INTEGER NOT NULL CHECK (attempt BETWEEN 0 AND 4294967295),
    holder       TEXT,
    lease_until  INTEGER,
    queued_at    INTEGER NOT NULL,
    started_at   INTEGER,
    ended_at     INTEGER,
    outcome      TEXT CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    result       TEXT,
    related      TEXT,
    requested_by TEXT,
    UNIQUE (document, planned),
    CHECK ((reason_code IS NULL) = (reason_text IS NULL))
) STRICT;

CREATE INDEX executions_by_time ON executions (planned, number);
CREATE INDEX executions_open ON executions (document, planned) WHERE state IN ('queued', 'running', 'interrupted');
CREATE INDEX executions_waiting ON executions (priority DESC, planned, id) WHERE state IN ('queued', 'interrupted');
CREATE INDEX executions_running ON executions (holder) WHERE state = 'running';
CREATE INDEX executions_ended ON executions (ended_at) WHERE state IN ('finished', 'cancelled');
CREATE INDEX executions_left_out ON executions (ifnull(ended_at, queued_at)) WHERE state IN ('skipped', 'missed');

-- Records and samples are zstd frames; the checksum covers the frame and whose it is.
CREATE TABLE execution_records (
    execution INTEGER PRIMARY KEY REFERENCES executions (number) ON DELETE CASCADE,
    size      INTEGER NOT NULL CHECK (size >= 0),
    checksum  BLOB NOT NULL CHECK (length(checksum) = 32),
    frame     BLOB NOT NULL
) STRICT;

CREATE TABLE execution_samples (
    execution INTEGER PRIMARY KEY REFERENCES executions (number) ON DELETE CASCADE,
    ended_at  INTEGER NOT NULL,
    size      INTEGER NOT NULL CHECK (size >= 0),
    checksum  BLOB NOT NULL CHECK (length(checksum) = 32),
    frame     BLOB NOT NULL
) STRICT;

CREATE INDEX execution_samples_by_time ON execution_samples (ended_at);

-- Runs that came to their end, by the hour for which they were planned: what is left of runs that were pruned.
CREATE TABLE execution_hours (
    hour     INTEGER NOT NULL,
    document TEXT NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    runs     INTEGER NOT NULL CHECK (runs > 0),
    PRIMARY KEY (hour, document, outcome)
) STRICT, WITHOUT ROWID;

-- What was counted since the store began: pruning takes nothing from it.
CREATE TABLE counters (
    name   TEXT NOT NULL,
    label  TEXT NOT NULL,
    detail TEXT NOT NULL,
    value  INTEGER NOT NULL CHECK (value >= 0),
    PRIMARY KEY (name, label, detail)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
    role       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    epoch      INTEGER NOT NULL,
    held_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers of incidents, events and batches are never given twice, whatever was removed.
CREATE TABLE incidents (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    document        TEXT NOT NULL,
    check_id        TEXT NOT NULL,
    column_name     TEXT,
    segment         TEXT,
    kind            TEXT NOT NULL CHECK (kind IN ('verdict', 'error')),
    state           TEXT NOT NULL CHECK (state IN ('pending', 'open', 'acknowledged', 'resolved')),
    severity        TEXT NOT NULL CHECK (severity IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    layer           TEXT,
    owner           TEXT,
    tags            TEXT NOT NULL,
    message         TEXT NOT NULL,
    bad             INTEGER NOT NULL CHECK (bad BETWEEN 0 AND 4294967295),
    good            INTEGER NOT NULL CHECK (good BETWEEN 0 AND 4294967295),
    since           INTEGER NOT NULL,
    opened_at       INTEGER,
    changed_at      INTEGER NOT NULL,
    resolved_at     INTEGER,
    resolved_why    TEXT,
    reopened        INTEGER NOT NULL CHECK (reopened BETWEEN 0 AND 4294967295),
    planned         INTEGER NOT NULL,
    run             TEXT NOT NULL,
    acknowledged_by TEXT,
    note            TEXT,
    CHECK (state <> 'resolved' OR resolved_at IS NOT NULL)
) STRICT;

-- One unresolved incident for each key; a column that is missing is another one than a column without a name.
CREATE UNIQUE INDEX incidents_unresolved ON incidents (
    document, check_id, kind, column_name IS NULL, ifnull(column_name, ''), segment IS NULL, ifnull(segment, '')
) WHERE state <> 'resolved';
CREATE INDEX incidents_by_key ON incidents (document, check_id, column_name, segment, kind, state);
CREATE INDEX incidents_resolved ON incidents (resolved_at) WHERE state = 'resolved';

CREATE TABLE alert_events (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL REFERENCES incidents (number) ON DELETE CASCADE,
    kind     TEXT NOT NULL CHECK (kind IN ('opened', 'reopened', 'worsened', 'eased', 'acknowledged', 'resolved')),
    at       INTEGER NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    message  TEXT NOT NULL,
    run      TEXT
) STRICT;

CREATE INDEX alert_events_by_incident ON alert_events (incident);

CREATE TABLE silences (
    number     INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    matchers   TEXT NOT NULL,
    starts_at  INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    comment    TEXT NOT NULL,
    ended_by   TEXT
) STRICT;

CREATE INDEX silences_by_end ON silences (ends_at);

CREATE TABLE tokens (
    number     INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL,
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;

CREATE TABLE messages (
    number      INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    group_key   TEXT NOT NULL,
    receiver    TEXT NOT NULL,
    integration TEXT NOT NULL,
    reason      TEXT NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts    INTEGER NOT NULL CHECK (attempts BETWEEN 0 AND 4294967295),
    next_at     INTEGER NOT NULL,
    last_error  TEXT,
    ended_at    INTEGER
) STRICT;

CREATE INDEX messages_by_time ON messages (created_at, number);
CREATE INDEX messages_by_state ON messages (state, created_at, number);
CREATE INDEX messages_ended ON messages (state, ended_at) WHERE state <> 'waiting';

-- Keys of batches of live observations outlive their batches.
CREATE TABLE observation_keys (
    monitor   TEXT NOT NULL,
    key       TEXT NOT NULL,
    sha256    BLOB NOT NULL CHECK (length(sha256) = 32),
    answer    TEXT NOT NULL,
    key_until INTEGER NOT NULL,
    PRIMARY KEY (monitor, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX observation_keys_by_end ON observation_keys (key_until);

CREATE TABLE journal (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    monitor  TEXT NOT NULL,
    key      TEXT NOT NULL,
    rows     INTEGER NOT NULL CHECK (rows >= 0),
    taken_at INTEGER NOT NULL,
    size     INTEGER NOT NULL CHECK (size >= 0),
    checksum BLOB NOT NULL CHECK (length(checksum) = 32),
    frame    BLOB NOT NULL,
    UNIQUE (monitor, key),
    FOREIGN KEY (monitor, key) REFERENCES observation_keys (monitor, key)
) STRICT;

CREATE INDEX journal_by_monitor ON journal (monitor, number, size, rows, taken_at);

-- Retention: windows of snapshots and of rows have no instants of their own, so that it goes by when they were written.
ALTER TABLE windows ADD COLUMN written_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE states ADD COLUMN written_at INTEGER NOT NULL DEFAULT 0;
UPDATE windows SET written_at = ifnull((SELECT as_of * 1000 FROM runs WHERE id = run), ends_at / 1000000);
UPDATE states SET written_at = ifnull(
    (SELECT max(written_at) FROM windows WHERE windows.monitor = states.monitor AND windows.name = states.window),
    ends_at / 1000000
);
CREATE INDEX windows_by_writing ON windows (monitor, written_at, number);
CREATE INDEX windows_by_name ON windows (monitor, name);
CREATE INDEX states_by_writing ON states (written_at);
CREATE INDEX states_by_window ON states (monitor, window);
CREATE INDEX points_by_time ON points (planned);
CREATE INDEX runs_by_time ON runs (as_of);
