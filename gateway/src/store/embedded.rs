//! The embedded store: SQLite in write-ahead mode, one compressed log block per batch and device.

mod block;
mod latest;

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use devices::{DeviceId, Provenance, Reading, SeriesId, Window};
use jiff::Timestamp;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row, SqlStr};
use uplink::Sweep;

use super::{
    AdmittedBatch, Appended, Received, SeriesStore, StoreError, StoreStatistics, is_comparable, readings_of,
};

/// See the module. One connection writes; readers have a pool of their own.
pub struct EmbeddedStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

fn engine(error: sqlx::Error) -> StoreError {
    StoreError::Engine(Box::new(error))
}

impl EmbeddedStore {
    /// Opens or creates the store in this file.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Open {
            path: path.display().to_string(),
            source,
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged survives a power cut: fsync at every commit.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(std::time::Duration::from_secs(10));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(|error| failed(Box::new(error)))?;
        migrations()
            .run(&writer)
            .await
            .map_err(|error| failed(Box::new(error)))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true))
            .await
            .map_err(|error| failed(Box::new(error)))?;
        Ok(Self { writer, readers })
    }

    /// Closes the connections, so that the write-ahead log is folded in.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Walks the log from one end until no block can hold anything nearer to it.
    async fn edge(&self, series: &SeriesId, edge: Edge) -> Result<Option<Reading>, StoreError> {
        let (sql, before) = match edge {
            Edge::First => (
                "SELECT id, body, first_us FROM block WHERE device = ?1 AND first_us < ?2 ORDER BY first_us LIMIT ?3 OFFSET ?4",
                i64::MAX,
            ),
            Edge::Last => (LATEST_BLOCKS, i64::MAX),
            Edge::LastBefore(time) => (LATEST_BLOCKS, time.as_microsecond()),
        };
        let wanted = |reading: &Reading| {
            reading.series.point == series.point
                && match edge {
                    Edge::LastBefore(time) => reading.nominal < time && is_comparable(reading),
                    Edge::First | Edge::Last => true,
                }
        };
        let nearer = |a: Timestamp, b: Timestamp| if matches!(edge, Edge::First) { a < b } else { a > b };
        let mut found: Option<Reading> = None;
        for page in 0.. {
            let rows = sqlx::query(sql)
                .bind(series.device.as_str())
                .bind(before)
                .bind(EDGE_PAGE)
                .bind(page * EDGE_PAGE)
                .fetch_all(&self.readers)
                .await
                .map_err(engine)?;
            for row in &rows {
                let nearest = Timestamp::from_microsecond(row.get(2)).ok();
                if let (Some(found), Some(nearest)) = (&found, nearest)
                    && !nearer(nearest, found.nominal)
                {
                    return Ok(Some(found.clone()));
                }
                let sweeps = block::decode(row.get(0), row.get(1))?;
                for reading in sweeps
                    .iter()
                    .flat_map(readings_of)
                    .filter(|reading| wanted(reading))
                {
                    if found
                        .as_ref()
                        .is_none_or(|found| nearer(reading.nominal, found.nominal))
                    {
                        found = Some(reading);
                    }
                }
            }
            if rows.len() < usize::try_from(EDGE_PAGE).unwrap_or(0) {
                break;
            }
        }
        Ok(found)
    }

    async fn blocks(&self, device: &DeviceId, window: Window) -> Result<Vec<Sweep>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, body FROM block WHERE device = ?1 AND last_us >= ?2 AND first_us < ?3 ORDER BY id",
        )
        .bind(device.as_str())
        .bind(window.from.as_microsecond())
        .bind(window.to.as_microsecond())
        .fetch_all(&self.readers)
        .await
        .map_err(engine)?;
        let mut sweeps = Vec::new();
        for row in rows {
            sweeps.extend(block::decode(row.get(0), row.get(1))?);
        }
        sweeps.retain(|sweep| sweep.nominal().is_some_and(|nominal| window.contains(nominal)));
        Ok(sweeps)
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
    Migrator::with_migrations(vec![
        one(1, "series", include_str!("../../migrations/0001_series.sql")),
        one(2, "known", include_str!("../../migrations/0002_known.sql")),
    ])
}

const LATEST_BLOCKS: &str = "SELECT id, body, last_us FROM block WHERE device = ?1 AND first_us < ?2 ORDER BY last_us DESC LIMIT ?3 OFFSET ?4";

/// Which end of a series is asked for.
#[derive(Clone, Copy)]
enum Edge {
    First,
    Last,
    /// The last that can be compared with, before a time.
    LastBefore(Timestamp),
}

/// Blocks read at a time while looking for an edge; mostly the first one holds it.
const EDGE_PAGE: i64 = 16;

#[async_trait]
impl SeriesStore for EmbeddedStore {
    async fn append(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(engine)?;
        let known =
            sqlx::query("SELECT digest FROM batch WHERE collector = ?1 AND epoch = ?2 AND sequence = ?3")
                .bind(&batch.key.collector)
                .bind(batch.key.epoch.cast_signed())
                .bind(batch.key.sequence.cast_signed())
                .fetch_optional(&mut *transaction)
                .await
                .map_err(engine)?;
        if let Some(row) = known {
            let digest: Vec<u8> = row.get(0);
            return if digest == batch.digest {
                Ok(Appended::Duplicate)
            } else {
                Err(StoreError::Conflict {
                    key: batch.key.clone(),
                })
            };
        }
        let readings: usize = batch.sweeps.iter().map(|sweep| sweep.values.len()).sum();
        let id = sqlx::query(
            "INSERT INTO batch (collector, epoch, sequence, digest, received_us, readings) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(&batch.key.collector)
        .bind(batch.key.epoch.cast_signed())
        .bind(batch.key.sequence.cast_signed())
        .bind(batch.digest.as_slice())
        .bind(batch.received.as_microsecond())
        .bind(i64::try_from(readings).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await
        .map_err(engine)?
        .last_insert_rowid();

        let mut by_device: BTreeMap<&DeviceId, Vec<&Sweep>> = BTreeMap::new();
        for sweep in &batch.sweeps {
            by_device.entry(&sweep.device).or_default().push(sweep);
        }
        for (device, sweeps) in by_device {
            let first = sweeps
                .iter()
                .map(|sweep| sweep.nominal_us)
                .min()
                .unwrap_or_default();
            let last = sweeps
                .iter()
                .map(|sweep| sweep.nominal_us)
                .max()
                .unwrap_or_default();
            sqlx::query(
                "INSERT INTO block (batch, device, first_us, last_us, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .bind(id)
            .bind(device.as_str())
            .bind(first)
            .bind(last)
            .bind(block::encode(&sweeps))
            .execute(&mut *transaction)
            .await
            .map_err(engine)?;
            latest::keep(
                &mut transaction,
                sweeps.iter().flat_map(|sweep| readings_of(sweep)),
            )
            .await?;
        }
        for quarantined in &batch.quarantined {
            sqlx::query("INSERT INTO quarantine (batch, device, reason, body) VALUES (?1, ?2, ?3, ?4)")
                .bind(id)
                .bind(quarantined.sweep.device.as_str())
                .bind(&quarantined.reason)
                .bind(block::encode(&[&quarantined.sweep]))
                .execute(&mut *transaction)
                .await
                .map_err(engine)?;
        }
        transaction.commit().await.map_err(engine)?;
        Ok(Appended::Stored)
    }

    async fn latest(&self, series: &[SeriesId]) -> Result<Vec<Option<Reading>>, StoreError> {
        let mut found = Vec::with_capacity(series.len());
        for id in series {
            let row = sqlx::query("SELECT * FROM latest WHERE device = ?1 AND point = ?2")
                .bind(id.device.as_str())
                .bind(id.point.as_str())
                .fetch_optional(&self.readers)
                .await
                .map_err(engine)?;
            found.push(row.as_ref().and_then(latest::reading_of));
        }
        Ok(found)
    }

    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, StoreError> {
        let rows = sqlx::query("SELECT * FROM latest WHERE device = ?1 ORDER BY point")
            .bind(device.as_str())
            .fetch_all(&self.readers)
            .await
            .map_err(engine)?;
        Ok(rows.iter().filter_map(latest::reading_of).collect())
    }

    async fn range(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
    ) -> Result<Vec<Reading>, StoreError> {
        let sweeps = self.blocks(&series.device, window).await?;
        let mut by_time: BTreeMap<Timestamp, Reading> = BTreeMap::new();
        for reading in sweeps
            .iter()
            .flat_map(readings_of)
            .filter(|reading| reading.series.point == series.point)
        {
            match by_time.get(&reading.nominal) {
                Some(kept) if kept.quality <= reading.quality => {}
                _ => drop(by_time.insert(reading.nominal, reading)),
            }
        }
        Ok(by_time.into_values().take(limit).collect())
    }

    async fn provenance(
        &self,
        series: &SeriesId,
        nominal: Timestamp,
    ) -> Result<Option<Provenance>, StoreError> {
        let next = Timestamp::from_microsecond(nominal.as_microsecond() + 1).unwrap_or(nominal);
        let sweeps = self
            .blocks(
                &series.device,
                Window {
                    from: nominal,
                    to: next,
                },
            )
            .await?;
        let mut best: Option<(u8, &Sweep)> = None;
        for sweep in &sweeps {
            let Some(value) = sweep
                .values
                .iter()
                .find(|value| value.point == series.point.as_str())
            else {
                continue;
            };
            if best.is_none_or(|(quality, _)| value.quality < quality) {
                best = Some((value.quality, sweep));
            }
        }
        Ok(best.map(|(_, sweep)| Provenance {
            raw: block::raw_text(sweep),
            profile: sweep.profile.clone(),
        }))
    }

    async fn known_before(&self, device: &DeviceId, before: Timestamp) -> Result<Vec<Reading>, StoreError> {
        let rows = sqlx::query("SELECT * FROM latest WHERE device = ?1 ORDER BY point")
            .bind(device.as_str())
            .fetch_all(&self.readers)
            .await
            .map_err(engine)?;
        let mut found = Vec::new();
        let mut late = Vec::new();
        for row in &rows {
            match latest::known_of(row) {
                Some(known) if known.nominal < before => found.push(known),
                // What is known is younger: the one wanted lies in the log.
                Some(known) => late.push(known.series),
                None => {}
            }
        }
        for series in late {
            found.extend(self.edge(&series, Edge::LastBefore(before)).await?);
        }
        Ok(found)
    }

    async fn bounds(&self, series: &SeriesId) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let first = self.edge(series, Edge::First).await?;
        let last = self.edge(series, Edge::Last).await?;
        Ok(first.zip(last).map(|(first, last)| (first.nominal, last.nominal)))
    }

    async fn received(&self, collector: &str, epoch: u64) -> Result<Received, StoreError> {
        let rows =
            sqlx::query("SELECT sequence FROM batch WHERE collector = ?1 AND epoch = ?2 ORDER BY sequence")
                .bind(collector)
                .bind(epoch.cast_signed())
                .fetch_all(&self.readers)
                .await
                .map_err(engine)?;
        let mut received = Received::default();
        for row in rows {
            let sequence = row.get::<i64, _>(0).cast_unsigned();
            received
                .missing
                .extend((received.highest + 1..sequence).take(100 - received.missing.len()));
            received.highest = sequence;
            received.batches += 1;
        }
        Ok(received)
    }

    async fn statistics(&self) -> Result<StoreStatistics, StoreError> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM batch), (SELECT COALESCE(SUM(readings), 0) FROM batch), (SELECT COUNT(*) FROM quarantine)",
        )
        .fetch_one(&self.readers)
        .await
        .map_err(engine)?;
        Ok(StoreStatistics {
            batches: row.get::<i64, _>(0).cast_unsigned(),
            readings: row.get::<i64, _>(1).cast_unsigned(),
            quarantined: row.get::<i64, _>(2).cast_unsigned(),
        })
    }
}
