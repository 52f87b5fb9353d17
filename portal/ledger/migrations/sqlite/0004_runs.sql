-- A run with everything that a recheck needs, frozen.
CREATE TABLE run (
    id               INTEGER PRIMARY KEY,
    kind             TEXT NOT NULL CHECK (kind IN ('online-verification', 'period-check')),
    instrument_id    INTEGER NOT NULL REFERENCES instrument (id),
    reference_id     INTEGER REFERENCES instrument (id),
    from_us          INTEGER NOT NULL,
    to_us            INTEGER NOT NULL,
    verdict          TEXT NOT NULL CHECK (verdict IN ('conforms', 'does-not-conform', 'inconclusive')),
    conclusion       TEXT NOT NULL,
    engine           TEXT NOT NULL,
    evidence_sha256  TEXT NOT NULL,
    procedure_sha256 TEXT NOT NULL,
    evidence         BLOB NOT NULL,
    bundle           BLOB NOT NULL,
    operator_id      INTEGER NOT NULL REFERENCES account (id),
    created_us       INTEGER NOT NULL,
    state            TEXT NOT NULL DEFAULT 'awaiting-review'
                     CHECK (state IN ('awaiting-review', 'confirmed', 'returned')),
    reviewer_id      INTEGER REFERENCES account (id) CHECK (reviewer_id <> operator_id),
    reviewed_us      INTEGER,
    note             TEXT NOT NULL DEFAULT '',
    version          INTEGER NOT NULL DEFAULT 1,
    CHECK ((state = 'awaiting-review') = (reviewer_id IS NULL))
) STRICT;
CREATE INDEX run_by_instrument ON run (instrument_id);
CREATE INDEX run_by_reference ON run (reference_id);

-- The confirmed run that set the next check date.
ALTER TABLE instrument ADD COLUMN next_check_after INTEGER REFERENCES run (id);

CREATE TRIGGER run_is_never_deleted BEFORE DELETE ON run
BEGIN SELECT RAISE(ABORT, 'a run is never deleted'); END;
CREATE TRIGGER reviewed_run_is_final BEFORE UPDATE ON run WHEN OLD.state <> 'awaiting-review'
BEGIN SELECT RAISE(ABORT, 'a reviewed run is never changed'); END;
CREATE TRIGGER judged_content_is_frozen BEFORE UPDATE OF id, kind, instrument_id, reference_id, from_us, to_us, verdict,
    conclusion, engine, evidence_sha256, procedure_sha256, evidence, bundle, operator_id, created_us ON run
BEGIN SELECT RAISE(ABORT, 'what was judged is frozen'); END;
CREATE TRIGGER run_is_never_replaced BEFORE INSERT ON run WHEN EXISTS (SELECT 1 FROM run WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a run is never replaced'); END;
-- A conclusion begins as 待核验; nobody writes one that is already confirmed.
CREATE TRIGGER run_begins_unreviewed BEFORE INSERT ON run WHEN NEW.state <> 'awaiting-review'
BEGIN SELECT RAISE(ABORT, 'a run begins as awaiting-review'); END;
