//! The embedded store: SQLite in write-ahead mode, one compressed log block per batch, device and day.
//!
//! The log is all there is: last values and counts of blocks are kept in memory, follow from it, and are saved behind
//! it now and then. Every row has a checksum that is checked when it is read, and blocks are numbered: what changed on
//! the disk or got lost there is named, never silently another value or absent.

mod block;
mod checkpoint;
mod commit;
mod condition;
mod journal;
mod log;
mod prepared;
mod seal;
mod state;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;
use devices::{DeviceId, PointName, Provenance, Reading, SeriesId, Window};
use jiff::Timestamp;
use sqlx::ConnectOptions;
use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::{mpsc, oneshot};

use self::condition::Watch;
use self::log::{Day, Enough};
use self::prepared::PreparedBatch;
use self::state::State;
use self::writer::{Order, Writer};
use super::{
    AdmittedBatch, Appended, Condition, Journaled, Received, SeriesStore, StoreError, StoreStatistics,
    readings_of,
};

/// Orders that wait for the writer.
const WAITING: usize = 256;

/// See the module. One task writes; readers have a pool of their own.
pub struct EmbeddedStore {
    orders: mpsc::Sender<Order>,
    readers: SqlitePool,
    shared: Arc<Shared>,
    /// In good order: otherwise a writer that does not answer has failed.
    closed: AtomicBool,
}

/// What the writer and the readers share.
struct Shared {
    state: RwLock<State>,
    watch: Watch,
    blocks_read: AtomicU64,
}

impl Shared {
    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_block(&self) {
        self.blocks_read.fetch_add(1, Ordering::Relaxed);
    }
}

fn engine(error: sqlx::Error) -> StoreError {
    StoreError::Engine(Box::new(error))
}

impl EmbeddedStore {
    /// Opens or creates the store in this file.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |source: sqlx::Error| StoreError::Open {
            path: path.display().to_string(),
            source: Box::new(source),
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged survives a power cut: fsync at every commit.
            .synchronous(SqliteSynchronous::Full)
            // Each batch touches the same pages of the index again: they are folded in once per 32 MB.
            .pragma("wal_autocheckpoint", "8192")
            .pragma("cell_size_check", "ON")
            .busy_timeout(std::time::Duration::from_secs(10));
        let mut connection = options.connect().await.map_err(failed)?;
        migrations()
            .run(&mut connection)
            .await
            .map_err(|error| failed(error.into()))?;
        let watch = Watch::default();
        let state = checkpoint::load(&mut connection, &watch).await.map_err(failed)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.clone().read_only(true))
            .await
            .map_err(failed)?;
        let shared = Arc::new(Shared {
            state: RwLock::new(state),
            watch,
            blocks_read: AtomicU64::new(0),
        });
        let (orders, waiting) = mpsc::channel(WAITING);
        tokio::spawn(Writer::new(options, connection, shared.clone()).run(waiting));
        Ok(Self {
            orders,
            readers,
            shared,
            closed: AtomicBool::new(false),
        })
    }

    /// Saves the state and closes the connections, so that the write-ahead log is folded in.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.readers.close().await;
        let (answer, done) = oneshot::channel();
        if self.orders.send(Order::Close(answer)).await.is_ok() {
            let _ = done.await;
        }
    }

    /// Nobody takes orders any more.
    fn ended(&self) -> StoreError {
        if self.closed.load(Ordering::Relaxed) {
            return StoreError::Engine("the store is closed".into());
        }
        let reason = "the writer has ended; restart the server";
        self.shared.watch.refused(reason);
        StoreError::Engine(reason.into())
    }

    /// Blocks of the log that were decoded since the store was opened: what reading and screening cost.
    pub fn blocks_read(&self) -> u64 {
        self.shared.blocks_read.load(Ordering::Relaxed)
    }
}

fn migrations() -> Migrator {
    let one = |version, name: &'static str, sql| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            SqlStr::from_static(sql),
            false,
        )
    };
    Migrator::with_migrations(vec![one(
        1,
        "series",
        include_str!("../../migrations/0001_series.sql"),
    )])
}

#[async_trait]
impl SeriesStore for EmbeddedStore {
    async fn journaled(&self, key: &uplink::BatchKey) -> Result<Option<Journaled>, StoreError> {
        let found = journal::find(&self.readers, key).await.map_err(engine)?;
        if let Some(None) = found {
            let place = format!("batch {}/{}/{}", key.collector, key.epoch, key.sequence);
            // Its readings are stored; if it comes again, they are stored once more and still count once.
            self.shared
                .watch
                .damaged(&place, "the checksum of its journal row is wrong");
        }
        Ok(found.flatten().map(|entry| entry.journaled))
    }

    async fn append(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError> {
        let (answer, result) = oneshot::channel();
        let order = Order::Append(Box::new(PreparedBatch::new(batch)), answer);
        self.orders.send(order).await.map_err(|_| self.ended())?;
        result.await.map_err(|_| self.ended())?
    }

    async fn latest(&self, series: &[SeriesId]) -> Result<Vec<Option<Reading>>, StoreError> {
        let state = self.shared.state();
        let last = |id: &SeriesId| {
            let point = state.devices.get(&id.device)?.points.get(id.point.as_str())?;
            point.last(&id.device, id.point.as_str())
        };
        Ok(series.iter().map(last).collect())
    }

    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, StoreError> {
        let state = self.shared.state();
        let points = state.devices.get(device).map(|known| &known.points);
        let points = points.into_iter().flatten();
        Ok(points
            .filter_map(|(name, point)| point.last(device, name))
            .collect())
    }

    async fn range(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
    ) -> Result<Vec<Reading>, StoreError> {
        let mut by_time: BTreeMap<Timestamp, Reading> = BTreeMap::new();
        self.days(&series.device, window, |day: Day| {
            let sound = day.sweeps.iter().flat_map(|sweep| {
                let point = series.point.as_str();
                let has = sweep.values.iter().any(|value| value.point == point);
                has.then(|| readings_of(sweep)).into_iter().flatten()
            });
            let damaged = day.damaged.iter().filter_map(|time| log::damaged(series, *time));
            for reading in sound
                .filter(|reading| reading.series.point == series.point)
                .chain(damaged)
                .filter(|reading| window.contains(reading.nominal))
            {
                match by_time.get(&reading.nominal) {
                    Some(kept) if kept.quality <= reading.quality => {}
                    _ => drop(by_time.insert(reading.nominal, reading)),
                }
            }
            // Each day's readings are later than those of the day before.
            if by_time.len() >= limit {
                Enough::Yes
            } else {
                Enough::No
            }
        })
        .await?;
        Ok(by_time.into_values().take(limit).collect())
    }

    async fn provenance(
        &self,
        series: &SeriesId,
        nominal: Timestamp,
    ) -> Result<Option<Provenance>, StoreError> {
        let next = Timestamp::from_microsecond(nominal.as_microsecond() + 1).unwrap_or(nominal);
        let window = Window {
            from: nominal,
            to: next,
        };
        let mut best: Option<(u8, Provenance)> = None;
        let mut damaged = false;
        self.days(&series.device, window, |day: Day| {
            damaged |= day.damaged.contains(&nominal.as_microsecond());
            for sweep in day.sweeps.iter().filter(|sweep| sweep.nominal() == Some(nominal)) {
                let value = sweep
                    .values
                    .iter()
                    .find(|value| value.point == series.point.as_str());
                let better =
                    |value: &&uplink::SweepValue| best.as_ref().is_none_or(|(kept, _)| value.quality < *kept);
                if let Some(value) = value.filter(better) {
                    let provenance = Provenance {
                        raw: block::raw_text(sweep),
                        profile: sweep.profile.clone(),
                    };
                    best = Some((value.quality, provenance));
                }
            }
            Enough::No
        })
        .await?;
        if best.is_none() && damaged {
            return Err(StoreError::Damaged {
                place: format!("{series}, {nominal}"),
                reason: "the checksum of its block is wrong".to_owned(),
            });
        }
        Ok(best.map(|(_, provenance)| provenance))
    }

    async fn comparable(
        &self,
        device: &DeviceId,
        points: &BTreeSet<PointName>,
        span: Window,
    ) -> Result<Vec<Reading>, StoreError> {
        let (mut found, mut late) = (Vec::new(), BTreeSet::new());
        {
            let state = self.shared.state();
            let Some(known) = state.devices.get(device) else {
                return Ok(found);
            };
            for name in points {
                let Some(point) = known.points.get(name.as_str()) else {
                    continue;
                };
                match point.known_us() {
                    Some(time) if time < span.from.as_microsecond() => {
                        found.extend(point.known(device, name.as_str()));
                    }
                    // What is known is younger: the ones wanted lie in the log.
                    Some(_) => drop(late.insert(name.clone())),
                    None => {}
                }
            }
        }
        if !late.is_empty() {
            found.extend(self.late(device, &late, span).await?);
        }
        found.sort_by_key(|reading| reading.nominal);
        Ok(found)
    }

    async fn received(&self, collector: &str, epoch: u64) -> Result<Received, StoreError> {
        let rows = sqlx::query("SELECT * FROM batch WHERE collector = ?1 AND epoch = ?2 ORDER BY sequence")
            .bind(collector)
            .bind(epoch.cast_signed())
            .fetch_all(&self.readers)
            .await
            .map_err(engine)?;
        let mut received = Received::default();
        for row in rows {
            let entry = journal::of_row(&row).ok_or_else(|| {
                let place = format!("the journal of collector {collector}, epoch {epoch}");
                self.shared
                    .watch
                    .damage(place, "the checksum of a row is wrong".to_owned())
            })?;
            let sequence = entry.key.sequence;
            received
                .missing
                .extend((received.highest + 1..sequence).take(100 - received.missing.len()));
            received.highest = sequence;
            received.batches += 1;
        }
        Ok(received)
    }

    async fn statistics(&self) -> Result<StoreStatistics, StoreError> {
        Ok(self.shared.state().totals)
    }

    fn condition(&self) -> Condition {
        self.shared.watch.condition()
    }

    async fn recheck(&self) {
        let (answer, done) = oneshot::channel();
        let sent = self.orders.send(Order::Recheck(answer)).await;
        if sent.is_err() || done.await.is_err() {
            drop(self.ended());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::batch;

    #[tokio::test]
    async fn a_writer_that_has_ended_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        for closed in [false, true] {
            let mut store = EmbeddedStore::open(&folder.path().join("series.db"))
                .await
                .unwrap();
            if closed {
                store.close().await;
            } else {
                // As after a panic of the writer.
                store.orders = mpsc::channel(1).0;
            }
            store.recheck().await;
            let shown = store.condition().cannot_write;
            assert_eq!(shown.is_some_and(|reason| reason.contains("restart")), !closed);
            let refused = store.append(&batch("c-1", 1, Vec::new())).await.unwrap_err();
            assert_eq!(refused.to_string().contains("restart"), !closed, "{refused}");
        }
    }
}
