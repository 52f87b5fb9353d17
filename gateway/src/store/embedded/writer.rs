//! The one task that writes. Batches that wait at the same time are made durable by one commit.

use std::sync::{Arc, PoisonError};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::block::Block;
use super::checkpoint;
use super::commit;
use super::prepared::PreparedBatch;
use super::sealing::SealedDay;
use super::state::take_points;
use crate::store::{Appended, StoreError};

/// Batches that one commit takes at most.
const MOST_TOGETHER: usize = 64;
/// So many batches or blocks after a checkpoint there is another one; a start reads at most these. A batch of nothing
/// but quarantined sweeps has no block.
const CHECKPOINT_ROWS: i64 = 20_000;
/// A store that could not write tries with at least so many bytes.
const TRIAL_BYTES: usize = 64 * 1024;

pub(super) enum Order {
    Append(Box<PreparedBatch>, oneshot::Sender<Result<Appended, StoreError>>),
    /// Put days away; answers how many were.
    Seal(Vec<SealedDay>, oneshot::Sender<Result<u64, sqlx::Error>>),
    /// Give up readings whose sums are kept; answers of how many days.
    Retire(Vec<Block>, oneshot::Sender<Result<u64, sqlx::Error>>),
    /// Try to write if the last write failed.
    Recheck(oneshot::Sender<()>),
    /// Save the state and end.
    Close(oneshot::Sender<()>),
}

pub(super) struct Writer {
    options: SqliteConnectOptions,
    /// `None` after a failure: a connection that could not finish a transaction is not used again, because neither
    /// it nor the library above it knows any more whether that transaction is still open.
    connection: Option<SqliteConnection>,
    shared: Arc<Shared>,
    /// Size of the write that failed last.
    refused_bytes: usize,
    /// The batch and the block at which the state is saved next.
    checkpoint_at: (i64, i64),
}

fn next_checkpoint((batch, block): (i64, i64)) -> (i64, i64) {
    (batch + CHECKPOINT_ROWS, block + CHECKPOINT_ROWS)
}

impl Writer {
    pub(super) fn new(
        options: SqliteConnectOptions,
        connection: SqliteConnection,
        shared: Arc<Shared>,
    ) -> Self {
        let checkpoint_at = next_checkpoint(shared.state().saved.unwrap_or_default());
        Self {
            options,
            connection: Some(connection),
            shared,
            refused_bytes: 0,
            checkpoint_at,
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
            let (mut batches, mut answers, mut others) = (Vec::new(), Vec::new(), Vec::new());
            for order in waiting {
                match order {
                    Order::Append(batch, answer) => {
                        batches.push(*batch);
                        answers.push(answer);
                    }
                    other => others.push(other),
                }
            }
            for (result, answer) in self.append(batches).await.into_iter().zip(answers) {
                // Who asked may have gone; what was stored is stored.
                let _ = answer.send(result);
            }
            for order in others {
                match order {
                    Order::Seal(days, answer) => {
                        let _ = answer.send(self.seal(&days).await);
                    }
                    Order::Retire(blocks, answer) => {
                        let _ = answer.send(self.retire(&blocks).await);
                    }
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

    async fn append(&mut self, batches: Vec<PreparedBatch>) -> Vec<Result<Appended, StoreError>> {
        if batches.is_empty() {
            return Vec::new();
        }
        let mut results = Vec::new();
        match self.write(&batches).await {
            Ok(written) => results.extend(written),
            // One of them may be the reason: each gets its own chance.
            Err(_) if batches.len() > 1 => {
                for batch in &batches {
                    match self.write(std::slice::from_ref(batch)).await {
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
    async fn write(
        &mut self,
        batches: &[PreparedBatch],
    ) -> Result<Vec<Result<Appended, StoreError>>, sqlx::Error> {
        let shared = self.shared.clone();
        let outcome = match self.connected().await {
            Ok(connection) => commit::commit(connection, &shared, batches).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok((results, added)) => {
                shared.watch.wrote();
                shared.take(batches, added);
                Ok(results)
            }
            Err(error) => {
                self.refused_bytes = batches.iter().map(PreparedBatch::bytes).sum();
                self.failed(&error).await;
                Err(error)
            }
        }
    }

    /// A failure here says nothing about whether a batch can be written: the next one finds out.
    async fn seal(&mut self, days: &[SealedDay]) -> Result<u64, sqlx::Error> {
        let sealed = commit::seal(self.connected().await?, days).await;
        if sealed.is_err() {
            self.disconnect().await;
        }
        sealed
    }

    async fn retire(&mut self, blocks: &[Block]) -> Result<u64, sqlx::Error> {
        let retired = commit::retire(self.connected().await?, blocks).await;
        if retired.is_err() {
            self.disconnect().await;
        }
        retired
    }

    async fn connected(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let mut connection = self.options.connect().await?;
                self.catch_up(&mut connection).await?;
                connection
            }
        };
        Ok(self.connection.insert(connection))
    }

    /// A commit that reported a failure may have become durable all the same. Then memory is behind the log, and the
    /// numbers that it would give out next are taken.
    async fn catch_up(&mut self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let (last_batch, last_block) = checkpoint::ends(connection).await?;
        let behind = {
            let state = self.shared.state();
            last_batch > state.last_batch || last_block > state.last_block
        };
        if behind {
            let state = checkpoint::load(connection, &self.shared.watch).await?;
            self.checkpoint_at = next_checkpoint(state.saved.unwrap_or_default());
            *self.shared.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        }
        Ok(())
    }

    async fn failed(&mut self, error: &sqlx::Error) {
        self.shared.watch.refused(&error.to_string());
        self.disconnect().await;
    }

    async fn disconnect(&mut self) {
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

    async fn checkpoint_if_due(&mut self) {
        let (batch, block) = self.shared.state().ends();
        if batch >= self.checkpoint_at.0 || block >= self.checkpoint_at.1 {
            self.checkpoint().await;
        }
    }

    async fn checkpoint(&mut self) {
        self.checkpoint_at = next_checkpoint(self.shared.state().ends());
        let Some(connection) = &mut self.connection else {
            return;
        };
        if let Err(error) = checkpoint::save(connection, &self.shared.state).await {
            tracing::warn!(%error, "last values not saved; the log has them, the next start takes longer");
            self.disconnect().await;
        }
    }

    async fn close(&mut self) {
        let behind = {
            let state = self.shared.state();
            state.saved != Some(state.ends())
        };
        if behind {
            self.checkpoint().await;
        }
        self.disconnect().await;
    }
}

impl Shared {
    /// What is durable now becomes visible in memory.
    fn take(&self, batches: &[PreparedBatch], added: commit::Added) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.last_batch = added.last_batch;
        state.last_block = added.last_block;
        for ((device, day), blocks) in added.days {
            state.unsealed.insert((day, device.clone()));
            state.devices.entry(device).or_default().counts(day, blocks);
        }
        for batch in added.stored.into_iter().map(|index| &batches[index]) {
            if let Some(entry) = &batch.entry {
                entry.add_to(&mut state.totals);
            }
            for (device, points) in &batch.latest {
                let device = state.devices.entry(device.clone()).or_default();
                device.changed = true;
                take_points(&mut device.points, points);
            }
        }
    }
}
