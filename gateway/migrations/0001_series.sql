-- Every batch that was acknowledged, by its key: the ground of "exactly once".
CREATE TABLE batch (
    id          INTEGER PRIMARY KEY,
    collector   TEXT    NOT NULL,
    epoch       INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    digest      BLOB    NOT NULL,
    received_us INTEGER NOT NULL,
    readings    INTEGER NOT NULL,
    UNIQUE (collector, epoch, sequence)
) STRICT;

-- The log: what one batch brought of one device, compressed.
CREATE TABLE block (
    id       INTEGER PRIMARY KEY,
    batch    INTEGER NOT NULL REFERENCES batch (id),
    device   TEXT    NOT NULL,
    first_us INTEGER NOT NULL,
    last_us  INTEGER NOT NULL,
    body     BLOB    NOT NULL
) STRICT;
CREATE INDEX block_by_device ON block (device, last_us, first_us);

-- The last value of every series, by nominal time.
CREATE TABLE latest (
    device     TEXT    NOT NULL,
    point      TEXT    NOT NULL,
    nominal_us INTEGER NOT NULL,
    taken_us   INTEGER NOT NULL,
    mantissa   TEXT,
    scale      INTEGER,
    quality    INTEGER NOT NULL,
    PRIMARY KEY (device, point)
) STRICT;

-- Sweeps that were not admitted: kept, so that nothing is lost by a wrong registration.
CREATE TABLE quarantine (
    id     INTEGER PRIMARY KEY,
    batch  INTEGER NOT NULL REFERENCES batch (id),
    device TEXT    NOT NULL,
    reason TEXT    NOT NULL,
    body   BLOB    NOT NULL
) STRICT;
