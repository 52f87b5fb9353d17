CREATE TABLE party (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE site (
    id          INTEGER PRIMARY KEY,
    party_id    INTEGER NOT NULL REFERENCES party (id),
    name        TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL
) STRICT;

CREATE TABLE account (
    id            INTEGER PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    party_id      INTEGER NOT NULL REFERENCES party (id),
    password_hash TEXT NOT NULL,
    closed        INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE account_role (
    account_id INTEGER NOT NULL REFERENCES account (id),
    role       TEXT NOT NULL CHECK (role IN ('enterprise', 'operator', 'reviewer', 'auditor', 'administrator')),
    PRIMARY KEY (account_id, role)
) STRICT;

-- Which sites a laboratory serves.
CREATE TABLE service (
    party_id INTEGER NOT NULL REFERENCES party (id),
    site_id  INTEGER NOT NULL REFERENCES site (id),
    PRIMARY KEY (party_id, site_id)
) STRICT;

-- What an auditor from outside may see: one site, one period.
CREATE TABLE site_grant (
    account_id INTEGER NOT NULL REFERENCES account (id),
    site_id    INTEGER NOT NULL REFERENCES site (id),
    from_us    INTEGER NOT NULL,
    to_us      INTEGER NOT NULL,
    PRIMARY KEY (account_id, site_id)
) STRICT;

CREATE TABLE collector (
    id           TEXT PRIMARY KEY,
    site_id      INTEGER NOT NULL REFERENCES site (id),
    name         TEXT NOT NULL,
    token_sha256 BLOB NOT NULL
) STRICT;

CREATE TABLE instrument (
    id                  INTEGER PRIMARY KEY,
    site_id             INTEGER NOT NULL REFERENCES site (id),
    collector           TEXT NOT NULL REFERENCES collector (id),
    device              TEXT NOT NULL UNIQUE,
    name                TEXT NOT NULL,
    serial              TEXT NOT NULL,
    configuration       TEXT NOT NULL,
    status              TEXT NOT NULL DEFAULT 'normal' CHECK (status IN ('normal', 'to-check', 'to-send', 'stopped')),
    next_check_on       TEXT,
    check_interval_days INTEGER NOT NULL DEFAULT 30,
    created_us          INTEGER NOT NULL,
    version             INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE configuration_history (
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    version       INTEGER NOT NULL,
    at_us         INTEGER NOT NULL,
    who           TEXT NOT NULL,
    configuration TEXT NOT NULL,
    PRIMARY KEY (instrument_id, version)
) STRICT;

CREATE TABLE plan (
    id            INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL,
    instrument_id INTEGER NOT NULL REFERENCES instrument (id),
    reference_id  INTEGER REFERENCES instrument (id),
    from_us       INTEGER NOT NULL,
    to_us         INTEGER NOT NULL,
    created_by    TEXT NOT NULL,
    created_us    INTEGER NOT NULL
) STRICT;

-- A run with everything that a recheck needs, frozen.
CREATE TABLE run (
    id               INTEGER PRIMARY KEY,
    kind             TEXT NOT NULL,
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

CREATE TABLE audit (
    id       INTEGER PRIMARY KEY,
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

-- Rules that hold even against a hand on the database.
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit entry is never deleted'); END;
CREATE TRIGGER run_is_never_deleted BEFORE DELETE ON run
BEGIN SELECT RAISE(ABORT, 'a run is never deleted'); END;
CREATE TRIGGER reviewed_run_is_final BEFORE UPDATE ON run WHEN OLD.state <> 'awaiting-review'
BEGIN SELECT RAISE(ABORT, 'a reviewed run is never changed'); END;
CREATE TRIGGER judged_content_is_frozen BEFORE UPDATE OF kind, instrument_id, reference_id, from_us, to_us, verdict,
    conclusion, engine, evidence_sha256, procedure_sha256, evidence, bundle, operator_id, created_us ON run
BEGIN SELECT RAISE(ABORT, 'what was judged is frozen'); END;
