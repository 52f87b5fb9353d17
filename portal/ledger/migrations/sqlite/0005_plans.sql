-- A plan is a due date and no window: which readings are judged is chosen when it is carried out.
CREATE TABLE plan (
    id            INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL CHECK (kind IN ('online-verification', 'period-check')),
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    reference_id  INTEGER REFERENCES instrument (id) CHECK (reference_id <> instrument_id),
    due_on        TEXT NOT NULL,
    note          TEXT NOT NULL DEFAULT '',
    made_by       TEXT NOT NULL,
    made_us       INTEGER NOT NULL,
    state         TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'cancelled')),
    closed_by     TEXT,
    closed_us     INTEGER,
    run_id        INTEGER REFERENCES run (id),
    closing_note  TEXT NOT NULL DEFAULT '',
    version       INTEGER NOT NULL DEFAULT 1,
    CHECK ((state = 'open') = (closed_by IS NULL)),
    CHECK ((state = 'open') = (closed_us IS NULL)),
    CHECK ((state = 'done') = (run_id IS NOT NULL))
) STRICT;
CREATE INDEX plan_by_instrument ON plan (instrument_id);

CREATE TRIGGER plan_is_never_deleted BEFORE DELETE ON plan
BEGIN SELECT RAISE(ABORT, 'a plan is never deleted'); END;
CREATE TRIGGER plan_is_never_replaced BEFORE INSERT ON plan WHEN EXISTS (SELECT 1 FROM plan WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a plan is never replaced'); END;
CREATE TRIGGER plan_begins_open BEFORE INSERT ON plan WHEN NEW.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'a plan begins open'); END;
CREATE TRIGGER closed_plan_is_final BEFORE UPDATE ON plan WHEN OLD.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'a closed plan is never changed'); END;
CREATE TRIGGER what_was_planned_is_frozen BEFORE UPDATE OF id, kind, instrument_id, reference_id, due_on, note, made_by,
    made_us ON plan
BEGIN SELECT RAISE(ABORT, 'what was planned is frozen'); END;
CREATE TRIGGER plan_is_done_by_a_run_that_fits BEFORE UPDATE OF run_id ON plan
WHEN NEW.run_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM run WHERE id = NEW.run_id AND instrument_id = NEW.instrument_id AND kind = NEW.kind AND state = 'confirmed')
BEGIN SELECT RAISE(ABORT, 'a plan is done by a confirmed run of its kind on its instrument'); END;
