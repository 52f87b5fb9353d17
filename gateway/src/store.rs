//! Where readings are kept: two promises, each a trait.
//!
//! A [`Journal`] knows which batches came; all of a batch is recorded, or nothing. A [`SeriesStore`] keeps readings and
//! promises less: the same reading may be written twice and counts once. So an engine that cannot write a batch at
//! once can hold the readings. A batch is acknowledged when both are durable.
//!
//! One conformance suite ([`conformance`]) runs on every implementation.

pub mod aggregate;
pub mod chunk;
pub mod conformance;
pub mod embedded;
mod pair;
mod steps;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use devices::{DeviceId, PointName, Provenance, Quality, Reading, SeriesId, Window};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uplink::{BatchKey, Sweep};

pub use self::aggregate::{Bucket, Part, Values};
pub use self::chunk::Chunk;
pub use self::pair::Pair;
pub use self::steps::{MOST_STEPS, Step, Steps, StepsError};

/// A batch after admission and screening: what is to be made durable.
#[derive(Clone, Debug)]
pub struct AdmittedBatch {
    pub key: BatchKey,
    /// SHA-256 of the batch as received; the same key must always bring the same digest.
    pub digest: [u8; 32],
    pub received: Timestamp,
    /// 0 for what a collector sends. A correction has a higher one than what it corrects, and takes its place; what it
    /// corrects stays and can be asked for ([`Known::At`]).
    pub version: u32,
    pub sweeps: Vec<Sweep>,
    /// How many of the readings got a lower quality than they came with.
    pub lowered: u64,
    /// Kept apart with the reason, so that a wrong registration loses nothing.
    pub quarantined: Vec<Quarantined>,
}

/// A sweep, or part of one, that was not admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl Journaled {
    /// What a batch with the same key is: the same again, or another one.
    pub(crate) fn compared_with(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError> {
        if self.digest == batch.digest {
            Ok(Appended::Duplicate)
        } else {
            Err(StoreError::Conflict {
                key: batch.key.clone(),
            })
        }
    }
}

/// How much has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreStatistics {
    pub batches: u64,
    pub readings: u64,
    pub quarantined: u64,
}

/// What speaks against an engine right now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Why the last write failed; `None` while it can write.
    pub cannot_write: Option<String>,
    /// Damaged places found by reads since it was opened.
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

/// Which state of knowledge a read is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Known {
    #[default]
    Now,
    /// Only what had been received by then. Kept to the second: what came within the last one may not count yet.
    At(Timestamp),
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
    #[error("the readings of {place} were given up; what their hours add up to is kept")]
    Retired { place: String },
    #[error("the series store is damaged: {place}: {reason}; restore the file from a backup")]
    Damaged { place: String, reason: String },
}

/// What can fail and recover.
#[async_trait]
pub trait Engine: Send + Sync {
    /// What is known without asking the engine.
    fn condition(&self) -> Condition;

    /// If the last write failed, tries another one, so that [`condition`](Engine::condition) is of now.
    async fn recheck(&self);
}

/// Which batches came. All of a batch is recorded, or nothing.
#[async_trait]
pub trait Journal: Engine {
    /// Whether a batch with this key is stored. Costs one look-up, whatever the batch weighs.
    async fn journaled(&self, key: &BatchKey) -> Result<Option<Journaled>, StoreError>;

    /// Makes key, digest, counts and quarantined sweeps durable before it returns; the readings are somebody else's.
    async fn record(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError>;

    async fn received(&self, collector: &str, epoch: u64) -> Result<Received, StoreError>;

    async fn statistics(&self) -> Result<StoreStatistics, StoreError>;
}

/// Readings of series. For one series, nominal time and version there is one reading: the one of better quality, or
/// the one that was written first. Of several versions the highest counts.
#[async_trait]
pub trait SeriesStore: Engine {
    /// Makes readings durable before it returns. After a failure part of them may be there; the same may be written
    /// again.
    async fn write(&self, sweeps: &[Sweep], version: u32, received: Timestamp) -> Result<(), StoreError>;

    /// Readings in the window, by nominal time, as columns. The chunks of one series come in order of time. What is
    /// stored but proves nothing any more is there as [`Failure::Damaged`](devices::Failure::Damaged). Nothing is read
    /// ahead of what is taken from the stream.
    fn scan<'a>(
        &'a self,
        series: &'a [SeriesId],
        window: Window,
        known: Known,
    ) -> BoxStream<'a, Result<Chunk, StoreError>>;

    /// What each series adds up to in each step, in the order asked.
    async fn aggregate(&self, series: &[SeriesId], steps: &Steps) -> Result<Vec<Vec<Bucket>>, StoreError> {
        let mut buckets = vec![steps.buckets(); series.len()];
        let mut chunks = self.scan(series, steps.window(), Known::Now);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            for (_, buckets) in series
                .iter()
                .zip(&mut buckets)
                .filter(|(id, _)| **id == chunk.series)
            {
                steps.add(buckets, &chunk);
            }
        }
        Ok(buckets)
    }

    /// The reading with the latest nominal time of each series, in the order asked.
    async fn latest(&self, series: &[SeriesId]) -> Result<Vec<Option<Reading>>, StoreError>;

    /// The latest readings of every point of a device.
    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, StoreError>;

    /// The last reading of each series at or before a time that has a value at a time nobody doubts, in the order
    /// asked; one that is damaged if it may have been that.
    async fn at_or_before(
        &self,
        series: &[SeriesId],
        time: Timestamp,
    ) -> Result<Vec<Option<Reading>>, StoreError>;

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

    /// Readings of one series in the window, at most `limit`: the first of what [`scan`](SeriesStore::scan) gives.
    async fn range(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
    ) -> Result<Vec<Reading>, StoreError> {
        self.range_known(series, window, limit, Known::Now).await
    }

    /// The same, as it was known at some time.
    async fn range_known(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
        known: Known,
    ) -> Result<Vec<Reading>, StoreError> {
        let mut readings = Vec::new();
        let mut chunks = self.scan(std::slice::from_ref(series), window, known);
        while readings.len() < limit
            && let Some(chunk) = chunks.next().await
        {
            let wanted = limit - readings.len();
            readings.extend(chunk?.readings().take(wanted));
        }
        Ok(readings)
    }

    /// What is stored for each slot of a schedule that begins with the window: its quality, or `None` where nothing is.
    async fn completeness(
        &self,
        series: &SeriesId,
        window: Window,
        period: SignedDuration,
    ) -> Result<Vec<Option<Quality>>, StoreError> {
        let mut slots = Vec::new();
        let mut due = window.from;
        while due < window.to && period.is_positive() {
            slots.push((due, None));
            due = due.checked_add(period).unwrap_or(window.to);
        }
        let mut chunks = self.scan(std::slice::from_ref(series), window, Known::Now);
        while let Some(chunk) = chunks.next().await {
            for reading in chunk?.readings() {
                if let Ok(index) = slots.binary_search_by_key(&reading.nominal, |(due, _)| *due) {
                    slots[index].1 = Some(reading.quality);
                }
            }
        }
        Ok(slots.into_iter().map(|(_, quality)| quality).collect())
    }
}

/// Takes a batch: when it returns, journal and readings are durable.
#[async_trait]
pub trait Intake: Engine {
    async fn append(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError>;
}

/// A journal, a series store, and who takes batches for both.
#[derive(Clone)]
pub struct Store {
    pub journal: Arc<dyn Journal>,
    pub series: Arc<dyn SeriesStore>,
    pub intake: Arc<dyn Intake>,
}

impl Store {
    pub async fn append(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError> {
        self.intake.append(batch).await
    }
}

impl<S: Journal + SeriesStore + Intake + 'static> From<Arc<S>> for Store {
    fn from(store: Arc<S>) -> Self {
        Self {
            journal: store.clone(),
            series: store.clone(),
            intake: store,
        }
    }
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
