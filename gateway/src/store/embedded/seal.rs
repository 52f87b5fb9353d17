//! Checksums of rows. A seal covers every column that decides what a row means, so a bit that changes anywhere in it is
//! noticed by whoever reads it.

use sha2::{Digest, Sha256};

/// The first 64 bits of a SHA-256 over all parts, each with its length or kind in front.
pub(super) struct Seal(Sha256);

impl Seal {
    /// Rows of different tables never have the same seal.
    pub(super) fn of(table: &str) -> Self {
        Self(Sha256::new()).text(table)
    }

    pub(super) fn number(mut self, number: i64) -> Self {
        self.0.update(number.to_le_bytes());
        self
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn value(self) -> i64 {
        let digest = self.0.finalize();
        i64::from_le_bytes(std::array::from_fn(|index| digest[index]))
    }
}
