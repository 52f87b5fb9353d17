CREATE TABLE party (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE site (
    id          INTEGER PRIMARY KEY,
    party_id    INTEGER NOT NULL REFERENCES party (id),
    name        TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    -- Which day it is there: due dates and the days of certificates are days of the site. An IANA name.
    time_zone   TEXT NOT NULL
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
