CREATE TABLE instrument (
    id                  INTEGER PRIMARY KEY,
    site_id             INTEGER NOT NULL REFERENCES site (id),
    collector           TEXT NOT NULL REFERENCES collector (id),
    device              TEXT NOT NULL UNIQUE,
    name                TEXT NOT NULL,
    serial              TEXT NOT NULL,
    -- Device, name and serial number in one case, for the search.
    searched            TEXT NOT NULL,
    configuration       TEXT NOT NULL,
    -- The metering tree: the meter through which the energy of this one flows. Also part of the configuration, which
    -- keeps what it was before.
    master_id           INTEGER REFERENCES instrument (id) CHECK (master_id <> id),
    status              TEXT NOT NULL DEFAULT 'normal' CHECK (status IN ('normal', 'to-check', 'to-send', 'stopped')),
    next_check_on       TEXT,
    check_interval_days INTEGER NOT NULL DEFAULT 30,
    created_us          INTEGER NOT NULL,
    version             INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX instrument_by_master ON instrument (master_id);

CREATE TABLE configuration_history (
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    version       INTEGER NOT NULL,
    at_us         INTEGER NOT NULL,
    who           TEXT NOT NULL,
    configuration TEXT NOT NULL,
    PRIMARY KEY (instrument_id, version)
) STRICT;

CREATE TRIGGER configuration_history_is_never_changed BEFORE UPDATE ON configuration_history
BEGIN SELECT RAISE(ABORT, 'a past configuration is never changed'); END;
CREATE TRIGGER configuration_history_is_never_deleted BEFORE DELETE ON configuration_history
BEGIN SELECT RAISE(ABORT, 'a past configuration is never deleted'); END;
CREATE TRIGGER configuration_history_is_never_replaced BEFORE INSERT ON configuration_history
WHEN EXISTS (SELECT 1 FROM configuration_history WHERE instrument_id = NEW.instrument_id AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'a past configuration is never replaced'); END;
