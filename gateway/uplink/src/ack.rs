//! What the gateway answers to a batch.

use serde::{Deserialize, Serialize};

/// Sent only after every admitted reading of the batch is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    pub epoch: u64,
    pub sequence: u64,
    /// True if this very batch had been stored before: the collector may move on all the same.
    pub duplicate: bool,
    pub stored: u64,
    /// Readings whose quality was lowered.
    pub lowered: u64,
    /// Readings that were not admitted, counted and named (at most the first 20).
    pub refused: u64,
    #[serde(default)]
    pub refusals: Vec<Refusal>,
}

/// Why a device's readings were not admitted. They are kept in the gateway's quarantine table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub device: String,
    pub reason: String,
}
