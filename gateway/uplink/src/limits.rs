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
/// Values of all sweeps together: each takes about 100 bytes of memory, four on the wire.
pub const MOST_VALUES: usize = 1 << 18;
/// Values of one sweep: the points of one instrument.
pub const MOST_VALUES_OF_SWEEP: usize = 4_096;
/// Spans of raw registers of all sweeps together, and of one.
pub const MOST_SPANS: usize = 1 << 16;
pub const MOST_SPANS_OF_SWEEP: usize = 4_096;
/// Registers or bits of one span: a request for bits may ask for 2,000.
pub const MOST_WORDS_OF_SPAN: usize = 2_000;
/// Bytes of one message. A collector keeps 256 KiB of one.
pub const MOST_MESSAGE_BYTES: usize = 512 << 10;
/// Bytes of a name: of a collector, a device, a profile or a point.
pub const MOST_NAME_BYTES: usize = 128;
