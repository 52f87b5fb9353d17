-- What the readings behind a master said about the errors of its sub-meters, frozen. A suspicion: nothing refers to it,
-- and no status or date follows from it.
CREATE TABLE error_estimate (
    id          INTEGER PRIMARY KEY,
    master_id   INTEGER NOT NULL REFERENCES instrument (id),
    from_us     INTEGER NOT NULL,
    to_us       INTEGER NOT NULL CHECK (to_us > from_us),
    meters      INTEGER NOT NULL CHECK (meters > 0),
    suspects    INTEGER NOT NULL CHECK (suspects BETWEEN 0 AND meters),
    engine      TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    body        TEXT NOT NULL,
    made_by     TEXT NOT NULL,
    made_us     INTEGER NOT NULL
) STRICT;
CREATE INDEX error_estimate_by_master ON error_estimate (master_id, made_us);

CREATE TRIGGER error_estimate_is_never_changed BEFORE UPDATE ON error_estimate
BEGIN SELECT RAISE(ABORT, 'an error estimate is never changed'); END;
CREATE TRIGGER error_estimate_is_never_deleted BEFORE DELETE ON error_estimate
BEGIN SELECT RAISE(ABORT, 'an error estimate is never deleted'); END;
CREATE TRIGGER error_estimate_is_never_replaced BEFORE INSERT ON error_estimate
WHEN EXISTS (SELECT 1 FROM error_estimate WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'an error estimate is never replaced'); END;
