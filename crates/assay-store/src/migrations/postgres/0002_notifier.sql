-- What the notifier knows of who was told what, and messages with their targets and incidents.

-- Where a receiver has one place only, and in messages from before, the target is empty.
ALTER TABLE messages ADD COLUMN target TEXT COLLATE "C" NOT NULL DEFAULT '';

-- A body is a zstd frame, whose checksum covers the frame and whose it is; `body` is empty then. Messages from before have
-- theirs as text in `body`, and no frame.
ALTER TABLE messages ADD COLUMN size BIGINT CHECK (size >= 0);
ALTER TABLE messages ADD COLUMN checksum BYTEA CHECK (length(checksum) = 32);
ALTER TABLE messages ADD COLUMN frame BYTEA;

-- Only the first characters, because names may be longer than what an index takes.
CREATE INDEX messages_waiting ON messages (left(receiver, 100), left(target, 100), created_at, number)
    WHERE state = 'waiting';

-- The incidents that a message tells of, in their order; some may be gone before it is.
CREATE TABLE message_incidents (
    message  BIGINT NOT NULL REFERENCES messages (number) ON DELETE CASCADE,
    place    BIGINT NOT NULL CHECK (place >= 0),
    incident BIGINT NOT NULL CHECK (incident >= 0),
    PRIMARY KEY (message, place)
);

CREATE INDEX message_incidents_by_incident ON message_incidents (incident, message);

-- Found by a hash of the key, which may be longer than what an index takes.
CREATE TABLE notifier_log (
    key_hash   BYTEA PRIMARY KEY CHECK (length(key_hash) = 32),
    key        TEXT NOT NULL,
    receiver   TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    body       TEXT NOT NULL
);

-- The number of the last alert event that the notifier took up.
CREATE TABLE notifier_cursor (
    event   BIGINT NOT NULL CHECK (event >= 0),
    one_row BOOLEAN NOT NULL DEFAULT TRUE PRIMARY KEY CHECK (one_row)
);

-- What began and ended before there was a notifier is not told any more; what is not resolved is, from its first event on.
INSERT INTO notifier_cursor (event) VALUES (coalesce(
    (SELECT min(alert_events.number) - 1
     FROM alert_events JOIN incidents ON incidents.number = alert_events.incident WHERE incidents.state <> 'resolved'),
    (SELECT max(number) FROM alert_events),
    0
));
