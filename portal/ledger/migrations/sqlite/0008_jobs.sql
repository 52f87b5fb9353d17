-- Work that outlives a request and a server. Who runs a job holds a claim: the job, its attempt and his name.
CREATE TABLE job (
    id             INTEGER PRIMARY KEY,
    kind           TEXT NOT NULL,
    body           TEXT NOT NULL,
    -- Whose it is to see; without a site, only for who sees everything.
    site_id        INTEGER REFERENCES site (id),
    subject        TEXT NOT NULL,
    asked_by       TEXT NOT NULL,
    asked_us       INTEGER NOT NULL,
    state          TEXT NOT NULL DEFAULT 'waiting'
                   CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    attempt        INTEGER NOT NULL DEFAULT 0,
    -- Attempts are numbered on when a person has it tried again, so that no claim is given twice.
    last_attempt   INTEGER NOT NULL,
    not_before_us  INTEGER NOT NULL,
    owner          TEXT,
    lease_until_us INTEGER,
    cancelling     INTEGER NOT NULL DEFAULT 0,
    stage          TEXT NOT NULL DEFAULT '',
    steps_done     INTEGER NOT NULL DEFAULT 0,
    steps          INTEGER NOT NULL DEFAULT 0,
    result         TEXT,
    error          TEXT,
    ended_us       INTEGER,
    version        INTEGER NOT NULL DEFAULT 1,
    CHECK ((state = 'running') = (owner IS NOT NULL)),
    CHECK ((state = 'running') = (lease_until_us IS NOT NULL)),
    CHECK ((state = 'done') = (result IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended_us IS NOT NULL))
) STRICT;
CREATE INDEX job_by_state ON job (state, not_before_us);

CREATE TRIGGER job_is_never_deleted BEFORE DELETE ON job
BEGIN SELECT RAISE(ABORT, 'a job is never deleted'); END;
CREATE TRIGGER job_is_never_replaced BEFORE INSERT ON job WHEN EXISTS (SELECT 1 FROM job WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a job is never replaced'); END;
CREATE TRIGGER what_was_asked_is_frozen BEFORE UPDATE OF id, kind, body, site_id, subject, asked_by, asked_us ON job
BEGIN SELECT RAISE(ABORT, 'what was asked is frozen'); END;
CREATE TRIGGER done_job_is_final BEFORE UPDATE ON job WHEN OLD.state IN ('done', 'cancelled')
BEGIN SELECT RAISE(ABORT, 'a job that is done is never changed'); END;

-- When something that comes again and again is due next.
CREATE TABLE timer (
    name    TEXT PRIMARY KEY,
    next_us INTEGER NOT NULL
) STRICT;
