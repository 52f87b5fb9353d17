//! Published versions of the batch format.

/// The first bytes of every batch.
pub const MAGIC: [u8; 4] = *b"HLB\0";

/// The version that this build writes.
pub const CURRENT: u8 = 1;

/// Versions that this build reads.
pub const READABLE: &[u8] = &[1];
