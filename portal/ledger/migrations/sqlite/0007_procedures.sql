-- Procedures that people wrote or approved; what ships with the engine is not here until somebody approves it. The text
-- is the procedure: it is kept as it was read, and a new one never takes the place of an old one.
CREATE TABLE procedure (
    entry        INTEGER PRIMARY KEY,
    id           TEXT NOT NULL,
    version      INTEGER NOT NULL CHECK (version > 0),
    state        TEXT NOT NULL CHECK (state IN ('draft', 'approved')),
    sha256       TEXT NOT NULL UNIQUE,
    -- Digest of the draft that was approved.
    draft_sha256 TEXT CHECK ((draft_sha256 IS NULL) = (state = 'draft')),
    text         TEXT NOT NULL,
    note         TEXT NOT NULL,
    entered_by   TEXT NOT NULL,
    entered_us   INTEGER NOT NULL
) STRICT;
CREATE INDEX procedure_by_id ON procedure (id, state, version);
-- A draft of one version stands once: who writes another, raises the version.
CREATE UNIQUE INDEX procedure_draft_once ON procedure (id, version) WHERE state = 'draft';

CREATE TRIGGER procedure_is_never_changed BEFORE UPDATE ON procedure
BEGIN SELECT RAISE(ABORT, 'a procedure is never changed'); END;
CREATE TRIGGER procedure_is_never_deleted BEFORE DELETE ON procedure
BEGIN SELECT RAISE(ABORT, 'a procedure is never deleted'); END;
CREATE TRIGGER procedure_is_never_replaced BEFORE INSERT ON procedure
WHEN EXISTS (SELECT 1 FROM procedure WHERE entry = NEW.entry OR sha256 = NEW.sha256)
BEGIN SELECT RAISE(ABORT, 'a procedure is never replaced'); END;
