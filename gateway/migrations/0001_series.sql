-- Every `seal` is a checksum over the other columns of its row (see store/embedded/seal.rs), checked at every read.

-- The journal: every batch that was acknowledged, by its key: the ground of "exactly once".
CREATE TABLE batch (
    id          INTEGER PRIMARY KEY,
    collector   TEXT    NOT NULL,
    epoch       INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    digest      BLOB    NOT NULL,
    received_us INTEGER NOT NULL,
    stored      INTEGER NOT NULL,
    lowered     INTEGER NOT NULL,
    refused     INTEGER NOT NULL,
    quarantined INTEGER NOT NULL,
    -- Its blocks have the ids from here on.
    first_block INTEGER NOT NULL,
    blocks      INTEGER NOT NULL,
    seal        INTEGER NOT NULL,
    UNIQUE (collector, epoch, sequence)
) STRICT;

-- The log: what one batch brought of one device on one UTC day, compressed; and once the day is over, all of it in one
-- sealed block (docs/specs/store.md).
CREATE TABLE block (
    id         INTEGER PRIMARY KEY,
    device     TEXT    NOT NULL,
    -- Days since 1970-01-01.
    day        INTEGER NOT NULL,
    -- Counts the blocks of a device and day from 1 without gaps, so that a lost one is noticed.
    nth        INTEGER NOT NULL,
    -- 0: as a batch brought it. 1: stands for all blocks of its day up to this number. 2: the same, of which only the
    -- sums of its hours are kept.
    form       INTEGER NOT NULL,
    first_us   INTEGER NOT NULL,
    last_us    INTEGER NOT NULL,
    -- 0 for what a collector sent; a correction has a higher one.
    version    INTEGER NOT NULL,
    -- When it came, in whole seconds, rounded up.
    received_s INTEGER NOT NULL,
    -- Nominal times between first and last, and a seal of all times: they outlive a damaged body.
    times      BLOB    NOT NULL,
    times_seal INTEGER NOT NULL,
    -- What each hour of a sealed block adds up to, and a seal of its own: sums need no body.
    summary    BLOB    NOT NULL,
    summary_seal INTEGER NOT NULL,
    body       BLOB    NOT NULL,
    seal       INTEGER NOT NULL
) STRICT;
-- The times are there for the search of late values, which then reads no rows that it does not need.
CREATE INDEX block_by_day ON block (device, day, nth, form, first_us, last_us);

-- Raw words and messages of a sealed block, row by row: read only when somebody asks for them.
CREATE TABLE raw (
    block INTEGER PRIMARY KEY,
    body  BLOB    NOT NULL,
    seal  INTEGER NOT NULL
) STRICT;

-- How many blocks a device has on a day: written behind the log with every checkpoint, and derived from the log after
-- the last one.
CREATE TABLE day (
    device TEXT    NOT NULL,
    day    INTEGER NOT NULL,
    blocks INTEGER NOT NULL,
    seal   INTEGER NOT NULL,
    PRIMARY KEY (device, day)
) STRICT, WITHOUT ROWID;

-- The last values of every device as of the last checkpoint. Derived from the log: damaged or missing, they are made
-- anew from it.
CREATE TABLE latest (
    device TEXT    PRIMARY KEY,
    points BLOB    NOT NULL,
    seal   INTEGER NOT NULL
) STRICT;
CREATE TABLE checkpoint (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    body BLOB    NOT NULL,
    seal INTEGER NOT NULL
) STRICT;

-- Sweeps that were not admitted: kept, so that nothing is lost by a wrong registration.
CREATE TABLE quarantine (
    id     INTEGER PRIMARY KEY,
    batch  INTEGER NOT NULL,
    device TEXT    NOT NULL,
    reason TEXT    NOT NULL,
    body   BLOB    NOT NULL,
    seal   INTEGER NOT NULL
) STRICT;

-- What a store that could not write tries whether it can again. Empty.
CREATE TABLE trial (
    body BLOB NOT NULL
) STRICT;
