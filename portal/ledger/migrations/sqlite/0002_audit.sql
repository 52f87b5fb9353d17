-- The hash of each entry is over its canonical bytes (RFC 8785), which hold the hash of the one before.
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY,
    format   INTEGER NOT NULL,
    at_us    INTEGER NOT NULL,
    who      TEXT NOT NULL,
    action   TEXT NOT NULL,
    object   TEXT NOT NULL,
    site_id  INTEGER,
    detail   TEXT NOT NULL,
    before   TEXT,
    after    TEXT,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_object ON audit (object);

-- Rules that hold even against a hand on the database.
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit entry is never deleted'); END;
-- INSERT OR REPLACE deletes the old row without firing its DELETE trigger: refuse it before it gets there.
CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'an audit entry is never replaced'); END;
