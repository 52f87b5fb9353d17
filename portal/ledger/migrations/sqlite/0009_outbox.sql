-- What happened, for whoever tells others of it: written with the change, read in order, delivered at least once.
CREATE TABLE outbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at_us   INTEGER NOT NULL,
    topic   TEXT NOT NULL,
    site_id INTEGER,
    body    TEXT NOT NULL
) STRICT;

-- How far each reader has come.
CREATE TABLE outbox_cursor (
    consumer TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT;

-- Entries that a reader could not deliver and went past.
CREATE TABLE outbox_refused (
    consumer TEXT NOT NULL,
    entry    INTEGER NOT NULL,
    at_us    INTEGER NOT NULL,
    error    TEXT NOT NULL,
    PRIMARY KEY (consumer, entry)
) STRICT;

CREATE TRIGGER outbox_is_never_changed BEFORE UPDATE ON outbox
BEGIN SELECT RAISE(ABORT, 'an outbox entry is never changed'); END;
