//! The one task that writes. Batches that wait at the same time are made durable by one commit.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use devices::DeviceId;
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, QueryBuilder, Row};
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::block::{self, Block, Content};
use super::checkpoint::{self, ROWS, day_seal};
use super::journal::{self, Entry};
use super::seal::Seal;
use super::state::{Points, take_points, take_sweep};
use crate::store::{AdmittedBatch, Appended, Journaled, StoreError};

/// Batches that one commit takes at most.
const MOST_TOGETHER: usize = 64;
/// So many blocks after a checkpoint there is another one; a start reads at most these.
const CHECKPOINT_BLOCKS: i64 = 20_000;
/// A store that could not write tries with at least so many bytes.
const TRIAL_BYTES: usize = 64 * 1024;

pub(super) enum Order {
    Append(Box<Job>, oneshot::Sender<Result<Appended, StoreError>>),
    /// Try to write if the last write failed.
    Recheck(oneshot::Sender<()>),
    /// Save the state and end.
    Close(oneshot::Sender<()>),
}

/// A batch, prepared outside the writer as far as possible.
pub(super) struct Job {
    /// Without its place in the journal and the log.
    entry: Entry,
    contents: Vec<Content>,
    quarantined: Vec<(String, String, Vec<u8>)>,
    latest: BTreeMap<DeviceId, Points>,
}

impl Job {
    pub(super) fn new(batch: &AdmittedBatch) -> Self {
        let count = |readings: usize| readings as u64;
        let mut latest: BTreeMap<DeviceId, Points> = BTreeMap::new();
        for sweep in &batch.sweeps {
            match latest.get_mut(&sweep.device) {
                Some(points) => take_sweep(points, sweep),
                None => take_sweep(latest.entry(sweep.device.clone()).or_default(), sweep),
            }
        }
        let quarantined = batch.quarantined.iter().map(|q| {
            let device = q.sweep.device.to_string();
            (device, q.reason.clone(), block::encode(&[&q.sweep]))
        });
        let contents = block::cut(&batch.sweeps);
        let entry = Entry {
            id: 0,
            key: batch.key.clone(),
            journaled: Journaled {
                digest: batch.digest,
                stored: count(batch.sweeps.iter().map(|sweep| sweep.values.len()).sum()),
                lowered: batch.lowered,
                refused: count(batch.quarantined.iter().map(|q| q.sweep.values.len()).sum()),
            },
            received_us: batch.received.as_microsecond(),
            quarantined: count(batch.quarantined.len()),
            first_block: 0,
            blocks: count(contents.len()),
        };
        Self {
            entry,
            contents,
            quarantined: quarantined.collect(),
            latest,
        }
    }

    fn bytes(&self) -> usize {
        let contents = self.contents.iter().map(|content| content.body.len() + 200);
        let quarantined = self.quarantined.iter().map(|(_, _, body)| body.len() + 200);
        contents.chain(quarantined).sum()
    }
}

pub(super) struct Writer {
    options: SqliteConnectOptions,
    /// `None` after a failure: a connection that could not finish a transaction is not used again, because neither
    /// it nor the library above it knows any more whether that transaction is still open.
    connection: Option<SqliteConnection>,
    shared: Arc<Shared>,
    /// Size of the write that failed last.
    refused_bytes: usize,
}

/// What a commit adds to the state.
#[derive(Default)]
struct Added {
    days: HashMap<(DeviceId, i64), i64>,
    last_batch: i64,
    last_block: i64,
    /// Of these jobs of the group.
    stored: Vec<usize>,
}

impl Writer {
    pub(super) fn new(
        options: SqliteConnectOptions,
        connection: SqliteConnection,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            options,
            connection: Some(connection),
            shared,
            refused_bytes: 0,
        }
    }

    /// Until it is told to close, or nobody can tell it anything any more.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        while let Some(order) = orders.recv().await {
            let mut waiting = vec![order];
            while waiting.len() < MOST_TOGETHER
                && let Ok(order) = orders.try_recv()
            {
                waiting.push(order);
            }
            let (mut jobs, mut answers, mut others) = (Vec::new(), Vec::new(), Vec::new());
            for order in waiting {
                match order {
                    Order::Append(job, answer) => {
                        jobs.push(*job);
                        answers.push(answer);
                    }
                    other => others.push(other),
                }
            }
            for (result, answer) in self.append(jobs).await.into_iter().zip(answers) {
                // Who asked may have gone; what was stored is stored.
                let _ = answer.send(result);
            }
            for order in others {
                match order {
                    Order::Recheck(answer) => {
                        self.recheck().await;
                        let _ = answer.send(());
                    }
                    Order::Close(answer) => {
                        self.close().await;
                        let _ = answer.send(());
                        return;
                    }
                    Order::Append(..) => {}
                }
            }
        }
        self.close().await;
    }

    async fn append(&mut self, jobs: Vec<Job>) -> Vec<Result<Appended, StoreError>> {
        if jobs.is_empty() {
            return Vec::new();
        }
        let mut results = Vec::new();
        match self.write(&jobs).await {
            Ok(written) => results.extend(written),
            // One of them may be the reason: each gets its own chance.
            Err(_) if jobs.len() > 1 => {
                for job in &jobs {
                    match self.write(std::slice::from_ref(job)).await {
                        Ok(written) => results.extend(written),
                        Err(error) => results.push(Err(super::engine(error))),
                    }
                }
            }
            Err(error) => results.push(Err(super::engine(error))),
        }
        self.checkpoint_if_due().await;
        results
    }

    /// One transaction. All of it is durable when this returns, or nothing.
    async fn write(&mut self, jobs: &[Job]) -> Result<Vec<Result<Appended, StoreError>>, sqlx::Error> {
        let shared = self.shared.clone();
        let outcome = match self.connected().await {
            Ok(connection) => transaction(connection, &shared, jobs).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok((results, added)) => {
                shared.watch.wrote();
                shared.take(jobs, added);
                Ok(results)
            }
            Err(error) => {
                self.refused_bytes = jobs.iter().map(Job::bytes).sum();
                self.failed(&error).await;
                Err(error)
            }
        }
    }

    async fn connected(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }

    async fn failed(&mut self, error: &sqlx::Error) {
        self.shared.watch.refused(&error.to_string());
        if let Some(connection) = self.connection.take() {
            // It holds the lock until it is gone. That closing fails too changes nothing.
            let _ = connection.close().await;
        }
    }

    /// Writes what was refused last once more, as far as its size goes, and takes it back.
    async fn recheck(&mut self) {
        if self.shared.watch.can_write() {
            return;
        }
        let bytes = i64::try_from(self.refused_bytes.max(TRIAL_BYTES)).unwrap_or(i64::MAX);
        let tried = async {
            let connection = self.connected().await?;
            sqlx::query("INSERT INTO trial (body) VALUES (randomblob(?1))")
                .bind(bytes)
                .execute(&mut *connection)
                .await?;
            sqlx::query("DELETE FROM trial").execute(connection).await
        };
        match tried.await {
            Ok(_) => self.shared.watch.wrote(),
            Err(error) => self.failed(&error).await,
        }
    }

    /// Blocks since the checkpoint.
    fn behind(&self) -> i64 {
        let state = self.shared.state();
        state.last_block - state.saved_block
    }

    async fn checkpoint_if_due(&mut self) {
        if self.behind() >= CHECKPOINT_BLOCKS {
            self.checkpoint().await;
        }
    }

    async fn checkpoint(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if let Err(error) = checkpoint::save(connection, &self.shared.state).await {
            // The log has it all: only the next start would take longer.
            self.failed(&error).await;
        }
    }

    async fn close(&mut self) {
        if self.behind() > 0 {
            self.checkpoint().await;
        }
        if let Some(connection) = self.connection.take() {
            let _ = connection.close().await;
        }
    }
}

async fn transaction(
    connection: &mut SqliteConnection,
    shared: &Shared,
    jobs: &[Job],
) -> Result<(Vec<Result<Appended, StoreError>>, Added), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut added = {
        let state = shared.state();
        Added {
            last_batch: state.last_batch,
            last_block: state.last_block,
            ..Added::default()
        }
    };
    let mut results = Vec::with_capacity(jobs.len());
    let mut blocks = Vec::new();
    for (index, job) in jobs.iter().enumerate() {
        let key = &job.entry.key;
        match journal::find(&mut *transaction, key).await? {
            Some(Some(known)) => {
                results.push(if known.journaled.digest == job.entry.journaled.digest {
                    Ok(Appended::Duplicate)
                } else {
                    Err(StoreError::Conflict { key: key.clone() })
                });
                continue;
            }
            // Nobody can tell any more what it was: stored once more, each of its readings still counts once.
            Some(None) => journal::forget(&mut transaction, key).await?,
            None => {}
        }
        added.last_batch += 1;
        let entry = Entry {
            id: added.last_batch,
            key: key.clone(),
            first_block: added.last_block + 1,
            ..job.entry
        };
        journal::write(&mut transaction, &entry).await?;
        for content in &job.contents {
            added.last_block += 1;
            let nth = next(&mut transaction, shared, &mut added.days, content).await?;
            blocks.push((added.last_block, nth, content));
        }
        write_quarantined(&mut transaction, entry.id, &job.quarantined).await?;
        added.stored.push(index);
        results.push(Ok(Appended::Stored));
    }
    for rows in blocks.chunks(ROWS) {
        write_blocks(&mut transaction, rows).await?;
    }
    transaction.commit().await?;
    Ok((results, added))
}

/// The number of the next block of this device and day.
async fn next(
    connection: &mut SqliteConnection,
    shared: &Shared,
    days: &mut HashMap<(DeviceId, i64), i64>,
    content: &Content,
) -> Result<i64, sqlx::Error> {
    let (device, day) = (&content.device, content.day);
    let place = (device.clone(), day);
    let known = days.get(&place).copied().or_else(|| {
        let state = shared.state();
        Some(state.devices.get(device)?.days.get(&day)?.blocks)
    });
    let count = match known {
        Some(count) => count,
        None => {
            let saved = saved_count(&mut *connection, device, day).await?;
            // Never lower than what is there, so that a damaged count does no further harm.
            saved.max(checkpoint::highest(connection, device, day).await?)
        }
    };
    days.insert(place, count + 1);
    Ok(count + 1)
}

async fn saved_count(
    connection: &mut SqliteConnection,
    device: &DeviceId,
    day: i64,
) -> Result<i64, sqlx::Error> {
    let row = sqlx::query("SELECT blocks, seal FROM day WHERE device = ?1 AND day = ?2")
        .bind(device.as_str())
        .bind(day)
        .fetch_optional(connection)
        .await?;
    let blocks = row.and_then(|row| {
        let blocks: i64 = row.try_get(0).ok()?;
        (day_seal(device.as_str(), day, blocks) == row.try_get::<i64, _>(1).ok()?).then_some(blocks)
    });
    Ok(blocks.unwrap_or(0))
}

async fn write_blocks(
    connection: &mut SqliteConnection,
    rows: &[(i64, i64, &Content)],
) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO block (id, device, day, nth, first_us, last_us, times, times_seal, body, seal) ",
    );
    query.push_values(rows, |mut row, (id, nth, content)| {
        let block = Block {
            id: *id,
            nth: *nth,
            content: *content,
        };
        let times_seal = block.times_seal();
        row.push_bind(*id)
            .push_bind(content.device.to_string())
            .push_bind(content.day)
            .push_bind(*nth)
            .push_bind(content.first_us)
            .push_bind(content.last_us)
            .push_bind(content.times.clone())
            .push_bind(times_seal)
            .push_bind(content.body.clone())
            .push_bind(block.seal(times_seal));
    });
    query.build().execute(connection).await?;
    Ok(())
}

async fn write_quarantined(
    connection: &mut SqliteConnection,
    batch: i64,
    quarantined: &[(String, String, Vec<u8>)],
) -> Result<(), sqlx::Error> {
    for (device, reason, body) in quarantined {
        let seal = Seal::of("quarantine")
            .number(batch)
            .text(device)
            .text(reason)
            .bytes(body);
        sqlx::query("INSERT INTO quarantine (batch, device, reason, body, seal) VALUES (?1, ?2, ?3, ?4, ?5)")
            .bind(batch)
            .bind(device)
            .bind(reason)
            .bind(body)
            .bind(seal.value())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

impl Shared {
    /// What is durable now becomes visible in memory.
    fn take(&self, jobs: &[Job], added: Added) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.last_batch = added.last_batch;
        state.last_block = added.last_block;
        for ((device, day), blocks) in added.days {
            state.devices.entry(device).or_default().counts(day, blocks);
        }
        for job in added.stored.into_iter().map(|index| &jobs[index]) {
            job.entry.add_to(&mut state.totals);
            for (device, points) in &job.latest {
                let device = state.devices.entry(device.clone()).or_default();
                device.changed = true;
                take_points(&mut device.points, points);
            }
        }
    }
}
