-- The hash of each entry is over its canonical bytes (RFC 8785), which hold the hash of the one before.
CREATE TABLE audit (
    id       BIGINT PRIMARY KEY,
    format   BIGINT NOT NULL,
    at_us    BIGINT NOT NULL,
    who      TEXT COLLATE "C" NOT NULL,
    action   TEXT COLLATE "C" NOT NULL,
    object   TEXT COLLATE "C" NOT NULL,
    site_id  BIGINT,
    detail   TEXT COLLATE "C" NOT NULL,
    before   TEXT COLLATE "C",
    after    TEXT COLLATE "C",
    previous TEXT COLLATE "C" NOT NULL,
    hash     TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_by_object ON audit (object);

-- Rules that hold even against a hand on the database. TRUNCATE is refused as DELETE is.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse('an audit entry is never changed');
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse('an audit entry is never deleted');
CREATE TRIGGER audit_is_never_truncated BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an audit entry is never deleted');
