-- What runs concluded of tables: one point for each planned instant, the newest run's.
CREATE TABLE points (
    number   INTEGER PRIMARY KEY,
    document TEXT NOT NULL,
    planned  INTEGER NOT NULL,
    at       TEXT NOT NULL,
    run      TEXT NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    rows     INTEGER CHECK (rows >= 0),
    UNIQUE (document, planned)
) STRICT;

-- Figures are written as the effects of windows are.
CREATE TABLE point_checks (
    point    INTEGER NOT NULL REFERENCES points (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    id       TEXT NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('pass', 'skipped', 'warn', 'fail', 'error')),
    figures  TEXT NOT NULL,
    PRIMARY KEY (point, position)
) STRICT, WITHOUT ROWID;
