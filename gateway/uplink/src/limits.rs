//! How much one batch may hold.
//!
//! A few hundred compressed bytes can name millions of sweeps, so everything is counted in the decompressed bytes
//! before anything is allocated for it. A collector of ours stays far below: it cuts its batches at 500 sweeps and 1 MiB,
//! and the last sweep of a batch may have another MiB.

/// Bytes after decompression.
pub const MOST_DECODED_BYTES: usize = 4 << 20;
/// Bytes on the wire: what does not compress grows by a few bytes in every 128 KiB.
pub const MOST_ENCODED_BYTES: usize = MOST_DECODED_BYTES + (64 << 10);

pub const MOST_SWEEPS: usize = 1_000;
/// Values of one sweep: the points of one instrument.
pub const MOST_VALUES_OF_SWEEP: usize = 4_096;
/// Spans of raw registers of one sweep.
pub const MOST_SPANS_OF_SWEEP: usize = 4_096;
/// Values of all sweeps together. One takes four bytes on the wire at least (a name of one letter, no number, a quality),
/// so that 1 MiB and one more sweep, whatever a collector may cut, never hold more; it takes about 100 bytes of memory.
pub const MOST_VALUES: usize = (1 << 20) / 4 + MOST_VALUES_OF_SWEEP;
/// Spans of all sweeps together. One takes four bytes on the wire at least too (table, address, count, one word), and
/// about 60 bytes of memory.
pub const MOST_SPANS: usize = (1 << 20) / 4 + MOST_SPANS_OF_SWEEP;
/// Registers or bits of one span: a request for bits may ask for 2,000.
pub const MOST_WORDS_OF_SPAN: usize = 2_000;
/// Bytes of one message. A collector keeps 256 KiB of one.
pub const MOST_MESSAGE_BYTES: usize = 512 << 10;
/// Bytes of a name: of a collector, a device, a profile or a point.
pub const MOST_NAME_BYTES: usize = 128;
