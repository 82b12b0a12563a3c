-- What the notifier knows of who was told what, and messages with their targets and incidents.

-- Where a receiver has one place only, and in messages from before, the target is empty.
ALTER TABLE messages ADD COLUMN target TEXT NOT NULL DEFAULT '';

-- A body is a zstd frame, whose checksum covers the frame and whose it is; `body` is empty then. Messages from before have
-- theirs as text in `body`, and no frame.
ALTER TABLE messages ADD COLUMN size INTEGER CHECK (size >= 0);
ALTER TABLE messages ADD COLUMN checksum BLOB CHECK (length(checksum) = 32);
ALTER TABLE messages ADD COLUMN frame BLOB;

-- All that is asked of messages that wait stands in the index, however many others there are.
CREATE INDEX messages_waiting ON messages (receiver, target, created_at, number, next_at) WHERE state = 'waiting';

-- The incidents that a message tells of, in their order; some may be gone before it is.
CREATE TABLE message_incidents (
    message  INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE,
    place    INTEGER NOT NULL CHECK (place >= 0),
    incident INTEGER NOT NULL CHECK (incident >= 0),
    PRIMARY KEY (message, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_incidents_by_incident ON message_incidents (incident, message);

CREATE TABLE notifier_log (
    number     INTEGER PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    receiver   TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    body       TEXT NOT NULL
) STRICT;

-- The number of the last alert event that the notifier took up.
CREATE TABLE notifier_cursor (
    one_row INTEGER PRIMARY KEY CHECK (one_row = 1),
    event   INTEGER NOT NULL CHECK (event >= 0)
) STRICT;

-- What began and ended before there was a notifier is not told any more; what is not resolved is, from its first event on.
INSERT INTO notifier_cursor (one_row, event) VALUES (1, coalesce(
    (SELECT min(alert_events.number) - 1
     FROM alert_events JOIN incidents ON incidents.number = alert_events.incident WHERE incidents.state <> 'resolved'),
    (SELECT max(number) FROM alert_events),
    0
));
