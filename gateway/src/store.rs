//! The time-series store, seen from its writer.
//!
//! One conformance suite ([`conformance`]) runs on every implementation.

pub mod conformance;
pub mod embedded;

use std::collections::BTreeSet;

use async_trait::async_trait;
use devices::{DeviceId, PointName, Provenance, Quality, Reading, SeriesId, Window};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uplink::{BatchKey, Sweep};

/// A batch after admission and screening: what is to be made durable, all of it or nothing.
#[derive(Clone, Debug)]
pub struct AdmittedBatch {
    pub key: BatchKey,
    /// SHA-256 of the batch as received; the same key must always bring the same digest.
    pub digest: [u8; 32],
    pub received: Timestamp,
    pub sweeps: Vec<Sweep>,
    /// How many of the readings got a lower quality than they came with.
    pub lowered: u64,
    /// Kept apart with the reason, so that a wrong registration loses nothing.
    pub quarantined: Vec<Quarantined>,
}

/// A sweep, or part of one, that was not admitted.
#[derive(Clone, Debug)]
pub struct Quarantined {
    pub sweep: Sweep,
    pub reason: String,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    Stored,
    /// The same batch is stored already; nothing was written.
    Duplicate,
}

/// What the journal holds of a stored batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journaled {
    pub digest: [u8; 32],
    /// Readings, as they were counted when the batch came first.
    pub stored: u64,
    pub lowered: u64,
    pub refused: u64,
}

/// How much the store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreStatistics {
    pub batches: u64,
    pub readings: u64,
    pub quarantined: u64,
}

/// What speaks against the store right now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Why the last write failed; `None` while the store can write.
    pub cannot_write: Option<String>,
    /// Damaged places found by reads since the store was opened.
    pub damaged: u64,
}

/// Which batches of a collector's epoch have arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    pub batches: u64,
    pub highest: u64,
    /// Sequences below the highest that are missing, at most the first 100.
    pub missing: Vec<u64>,
}

/// Why the store could not serve. Nothing half-written is ever visible.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the series store cannot be opened at {path}: {source}")]
    Open {
        path: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the series store failed: {0}")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("batch {}/{}/{} was stored before with other content; the collector's spool may have been copied", key.collector, key.epoch, key.sequence)]
    Conflict { key: BatchKey },
    #[error("the series store is damaged: {place}: {reason}; restore the file from a backup")]
    Damaged { place: String, reason: String },
}

/// Append-only series of readings.
#[async_trait]
pub trait SeriesStore: Send + Sync {
    /// Whether a batch with this key is stored. Costs one look-up, whatever the batch weighs.
    async fn journaled(&self, key: &BatchKey) -> Result<Option<Journaled>, StoreError>;

    /// Makes a batch durable before it returns. All of it becomes visible, or nothing.
    async fn append(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError>;

    /// The reading with the latest nominal time of each series, in the order asked.
    async fn latest(&self, series: &[SeriesId]) -> Result<Vec<Option<Reading>>, StoreError>;

    /// The latest readings of every point of a device.
    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, StoreError>;

    /// Readings in the window, by nominal time, at most `limit`. For one nominal time there is one
    /// reading: the one of better quality, or the one that was stored first. What is stored but proves nothing any
    /// more is there as [`Failure::Damaged`](devices::Failure::Damaged).
    async fn range(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
    ) -> Result<Vec<Reading>, StoreError>;

    /// The raw words behind a reading.
    async fn provenance(
        &self,
        series: &SeriesId,
        nominal: Timestamp,
    ) -> Result<Option<Provenance>, StoreError>;

    /// What new values of a device within the span can be held against: of each of these points the values inside
    /// the span, and the last one before it, in order of time. Only values that can be compared with: neither failed
    /// reads nor of a skewed clock. The search is bounded: a value that lies too many blocks back is left out.
    async fn comparable(
        &self,
        device: &DeviceId,
        points: &BTreeSet<PointName>,
        span: Window,
    ) -> Result<Vec<Reading>, StoreError>;

    async fn received(&self, collector: &str, epoch: u64) -> Result<Received, StoreError>;

    async fn statistics(&self) -> Result<StoreStatistics, StoreError>;

    /// What is known without asking the disk.
    fn condition(&self) -> Condition;

    /// If the last write failed, tries another one, so that [`condition`](SeriesStore::condition) is of now.
    async fn recheck(&self);
}

/// Whether later values can be held against this one.
pub fn is_comparable(reading: &Reading) -> bool {
    reading.value.is_some() && !reading.quality.is_bad() && !reading.quality.time_is_doubted()
}

/// The readings of one sweep. A code or a number that this build cannot hold was refused at admission.
pub fn readings_of(sweep: &Sweep) -> Vec<Reading> {
    let (Some(nominal), Some(taken)) = (sweep.nominal(), sweep.taken()) else {
        return Vec::new();
    };
    sweep
        .values
        .iter()
        .filter_map(|value| {
            Some(Reading {
                series: SeriesId::new(sweep.device.clone(), value.point.parse().ok()?),
                nominal,
                taken,
                value: value.decimal(),
                quality: Quality::from_code(value.quality)?,
            })
        })
        .collect()
}
