//! The embedded store: SQLite in write-ahead mode, one compressed log block per batch, device and day, and once a day is
//! over one block of columns in their place.
//!
//! The log is all there is: last values and counts of blocks are kept in memory, follow from it, and are saved behind
//! it now and then. Every row has a checksum that is checked when it is read, and blocks are numbered: what changed on
//! the disk or got lost there is named, never silently another value or absent.

mod aggregate;
mod block;
mod check;
mod checkpoint;
mod columns;
mod commit;
mod condition;
mod journal;
mod late;
mod log;
mod packed;
mod prepared;
mod read;
mod retention;
mod seal;
mod sealing;
mod state;
mod summary;
mod writer;

pub use self::check::Checked;
pub use self::retention::Retired;
pub use self::sealing::{SETTLED, Sealed};

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;
use sqlx::ConnectOptions;
use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::{mpsc, oneshot};
use uplink::BatchKey;

use self::condition::Watch;
use self::prepared::PreparedBatch;
use self::state::State;
use self::writer::{Order, Writer};
use super::{
    AdmittedBatch, Appended, Condition, Engine, Intake, Journal, Journaled, Received, StoreError,
    StoreStatistics,
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

impl EmbeddedStore {
    async fn order(&self, batch: PreparedBatch) -> Result<Appended, StoreError> {
        let (answer, result) = oneshot::channel();
        let order = Order::Append(Box::new(batch), answer);
        self.orders.send(order).await.map_err(|_| self.ended())?;
        result.await.map_err(|_| self.ended())?
    }

    /// Journal and readings in one transaction: all of it is durable when this returns, or nothing.
    pub async fn append(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError> {
        self.order(PreparedBatch::new(batch)).await
    }
}

#[async_trait]
impl Engine for EmbeddedStore {
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

#[async_trait]
impl Intake for EmbeddedStore {
    async fn append(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError> {
        self.append(batch).await
    }
}

#[async_trait]
impl Journal for EmbeddedStore {
    async fn journaled(&self, key: &BatchKey) -> Result<Option<Journaled>, StoreError> {
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

    async fn record(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError> {
        self.order(PreparedBatch::journal(batch)).await
    }

    async fn received(&self, collector: &str, epoch: u64) -> Result<Received, StoreError> {
        let entries = journal::of_epoch(&self.readers, collector, epoch).await;
        let mut received = Received::default();
        for entry in entries.map_err(engine)? {
            let entry = entry.ok_or_else(|| {
                let place = format!("the journal of collector {collector}, epoch {epoch}");
                let reason = "the checksum of a row is wrong".to_owned();
                self.shared.watch.damage(place, reason)
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
