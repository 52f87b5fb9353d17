-- SQLite's INSERT OR REPLACE deletes the old row without firing its DELETE trigger: refuse it before it gets there.
CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'an audit entry is never replaced'); END;
CREATE TRIGGER run_is_never_replaced BEFORE INSERT ON run WHEN EXISTS (SELECT 1 FROM run WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a run is never replaced'); END;
CREATE TRIGGER run_keeps_its_number BEFORE UPDATE OF id ON run
BEGIN SELECT RAISE(ABORT, 'what was judged is frozen'); END;
-- A conclusion begins as 待核验; nobody writes one that is already confirmed.
CREATE TRIGGER run_begins_unreviewed BEFORE INSERT ON run WHEN NEW.state <> 'awaiting-review'
BEGIN SELECT RAISE(ABORT, 'a run begins as awaiting-review'); END;

CREATE TRIGGER configuration_history_is_never_changed BEFORE UPDATE ON configuration_history
BEGIN SELECT RAISE(ABORT, 'a past configuration is never changed'); END;
CREATE TRIGGER configuration_history_is_never_deleted BEFORE DELETE ON configuration_history
BEGIN SELECT RAISE(ABORT, 'a past configuration is never deleted'); END;
CREATE TRIGGER configuration_history_is_never_replaced BEFORE INSERT ON configuration_history
WHEN EXISTS (SELECT 1 FROM configuration_history WHERE instrument_id = NEW.instrument_id AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'a past configuration is never replaced'); END;
