//! The embedded store: SQLite in write-ahead mode, one compressed log block per batch and device.

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use devices::{DeviceId, Doubt, Provenance, Quality, Reading, SeriesId, Window};
use jiff::Timestamp;
use rust_decimal::Decimal;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row, SqlStr, SqliteConnection};
use uplink::Sweep;

use super::{AdmittedBatch, Appended, Received, SeriesStore, StoreError, StoreStatistics, readings_of};

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
            sweeps.extend(decode_block(row.get(0), row.get(1))?);
        }
        sweeps.retain(|sweep| sweep.nominal().is_some_and(|nominal| window.contains(nominal)));
        Ok(sweeps)
    }
}

fn migrations() -> Migrator {
    let sql = include_str!("../../migrations/0001_series.sql");
    Migrator::with_migrations(vec![Migration::new(
        1,
        "series".into(),
        MigrationType::Simple,
        SqlStr::from_static(sql),
        false,
    )])
}

fn encode_block(sweeps: &[&Sweep]) -> Vec<u8> {
    let plain = postcard::to_stdvec(sweeps).expect("a sweep holds only encodable types");
    zstd::bulk::compress(&plain, 3).expect("compressing into memory cannot fail")
}

fn decode_block(block: i64, body: &[u8]) -> Result<Vec<Sweep>, StoreError> {
    let damaged = |reason: String| StoreError::Damaged { block, reason };
    let plain = zstd::bulk::decompress(body, uplink::batch::MOST_DECODED_BYTES)
        .map_err(|error| damaged(error.to_string()))?;
    postcard::from_bytes(&plain).map_err(|error| damaged(error.to_string()))
}

async fn keep_latest(connection: &mut SqliteConnection, readings: &[Reading]) -> Result<(), StoreError> {
    for reading in readings {
        sqlx::query(
            "INSERT INTO latest (device, point, nominal_us, taken_us, mantissa, scale, quality)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (device, point) DO UPDATE SET nominal_us = excluded.nominal_us, taken_us = excluded.taken_us,
                 mantissa = excluded.mantissa, scale = excluded.scale, quality = excluded.quality
             WHERE excluded.quality <> ?8 AND (excluded.nominal_us > latest.nominal_us OR latest.quality = ?8)",
        )
        .bind(reading.series.device.as_str())
        .bind(reading.series.point.as_str())
        .bind(reading.nominal.as_microsecond())
        .bind(reading.taken.as_microsecond())
        .bind(reading.value.map(|value| value.mantissa().to_string()))
        .bind(reading.value.map(|value| i64::from(value.scale())))
        .bind(i64::from(reading.quality.code()))
        // A time from the future must not hide what comes after it.
        .bind(i64::from(Quality::Uncertain(Doubt::ClockSkew).code()))
        .execute(&mut *connection)
        .await
        .map_err(engine)?;
    }
    Ok(())
}

fn reading_of(row: &sqlx::sqlite::SqliteRow) -> Option<Reading> {
    let mantissa: Option<String> = row.get("mantissa");
    let scale: Option<i64> = row.get("scale");
    let value = match (mantissa, scale) {
        (Some(mantissa), Some(scale)) => {
            Some(Decimal::try_from_i128_with_scale(mantissa.parse().ok()?, u32::try_from(scale).ok()?).ok()?)
        }
        _ => None,
    };
    Some(Reading {
        series: SeriesId::new(
            row.get::<String, _>("device").parse().ok()?,
            row.get::<String, _>("point").parse().ok()?,
        ),
        nominal: Timestamp::from_microsecond(row.get("nominal_us")).ok()?,
        taken: Timestamp::from_microsecond(row.get("taken_us")).ok()?,
        value,
        quality: Quality::from_code(u8::try_from(row.get::<i64, _>("quality")).ok()?)?,
    })
}

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
            .bind(encode_block(&sweeps))
            .execute(&mut *transaction)
            .await
            .map_err(engine)?;
            // Only the newest sweep of the batch can move the last values, point by point.
            let mut newest: BTreeMap<String, Reading> = BTreeMap::new();
            for reading in sweeps.iter().flat_map(|sweep| readings_of(sweep)) {
                let entry = newest
                    .entry(reading.series.point.to_string())
                    .or_insert_with(|| reading.clone());
                if reading.nominal > entry.nominal {
                    *entry = reading;
                }
            }
            keep_latest(&mut transaction, &newest.into_values().collect::<Vec<_>>()).await?;
        }
        for quarantined in &batch.quarantined {
            sqlx::query("INSERT INTO quarantine (batch, device, reason, body) VALUES (?1, ?2, ?3, ?4)")
                .bind(id)
                .bind(quarantined.sweep.device.as_str())
                .bind(&quarantined.reason)
                .bind(encode_block(&[&quarantined.sweep]))
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
            found.push(row.as_ref().and_then(reading_of));
        }
        Ok(found)
    }

    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, StoreError> {
        let rows = sqlx::query("SELECT * FROM latest WHERE device = ?1 ORDER BY point")
            .bind(device.as_str())
            .fetch_all(&self.readers)
            .await
            .map_err(engine)?;
        Ok(rows.iter().filter_map(reading_of).collect())
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
            raw: raw_text(sweep),
            profile: sweep.profile.clone(),
        }))
    }

    async fn bounds(&self, series: &SeriesId) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let row = sqlx::query("SELECT MIN(first_us), MAX(last_us) FROM block WHERE device = ?1")
            .bind(series.device.as_str())
            .fetch_one(&self.readers)
            .await
            .map_err(engine)?;
        let (first, last): (Option<i64>, Option<i64>) = (row.get(0), row.get(1));
        Ok(first.zip(last).and_then(|(first, last)| {
            Some((
                Timestamp::from_microsecond(first).ok()?,
                Timestamp::from_microsecond(last).ok()?,
            ))
        }))
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

/// Registers as `holding 0x0000: 4A5B 0001`, or the message as it came.
fn raw_text(sweep: &Sweep) -> String {
    let mut parts: Vec<String> = sweep
        .raw
        .iter()
        .map(|span| {
            let words: Vec<String> = span.words.iter().map(|word| format!("{word:04X}")).collect();
            let table = format!("{:?}", span.table).to_lowercase();
            format!("{table} 0x{:04X}: {}", span.address, words.join(" "))
        })
        .collect();
    if !sweep.message.is_empty() {
        parts.push(String::from_utf8_lossy(&sweep.message).into_owned());
    }
    parts.join("\n")
}
