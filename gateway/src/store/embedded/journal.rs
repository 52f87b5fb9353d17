//! The journal: one sealed row for each batch that was acknowledged.

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row, SqliteExecutor};
use uplink::BatchKey;

use super::seal::Seal;
use crate::store::{Journaled, StoreStatistics};

/// One row.
pub(super) struct Entry {
    pub id: i64,
    pub key: BatchKey,
    pub journaled: Journaled,
    pub received_us: i64,
    pub quarantined: u64,
    pub first_block: i64,
    pub blocks: u64,
}

/// A row as it was read: `None` says that it is damaged.
pub(super) type Read = Option<Entry>;

impl Entry {
    fn seal(&self) -> i64 {
        let Journaled {
            digest,
            stored,
            lowered,
            refused,
        } = &self.journaled;
        Seal::of("batch")
            .number(self.id)
            .text(&self.key.collector)
            .number(self.key.epoch.cast_signed())
            .number(self.key.sequence.cast_signed())
            .bytes(digest)
            .number(self.received_us)
            .number(stored.cast_signed())
            .number(lowered.cast_signed())
            .number(refused.cast_signed())
            .number(self.quarantined.cast_signed())
            .number(self.first_block)
            .number(self.blocks.cast_signed())
            .value()
    }

    pub(super) fn add_to(&self, totals: &mut StoreStatistics) {
        totals.batches += 1;
        totals.readings += self.journaled.stored;
        totals.quarantined += self.quarantined;
    }
}

pub(super) fn of_row(row: &SqliteRow) -> Read {
    let number = |column| row.try_get::<i64, _>(column).ok();
    let entry = Entry {
        id: number("id")?,
        key: BatchKey {
            collector: row.try_get("collector").ok()?,
            epoch: number("epoch")?.cast_unsigned(),
            sequence: number("sequence")?.cast_unsigned(),
        },
        journaled: Journaled {
            digest: row.try_get::<&[u8], _>("digest").ok()?.try_into().ok()?,
            stored: number("stored")?.cast_unsigned(),
            lowered: number("lowered")?.cast_unsigned(),
            refused: number("refused")?.cast_unsigned(),
        },
        received_us: number("received_us")?,
        quarantined: number("quarantined")?.cast_unsigned(),
        first_block: number("first_block")?,
        blocks: number("blocks")?.cast_unsigned(),
    };
    (entry.seal() == number("seal")?).then_some(entry)
}

/// `None`: no row with this key.
pub(super) async fn find(
    database: impl SqliteExecutor<'_>,
    key: &BatchKey,
) -> Result<Option<Read>, sqlx::Error> {
    let row = sqlx::query("SELECT * FROM batch WHERE collector = ?1 AND epoch = ?2 AND sequence = ?3")
        .bind(&key.collector)
        .bind(key.epoch.cast_signed())
        .bind(key.sequence.cast_signed())
        .fetch_optional(database)
        .await?;
    // A row of another key, found through a damaged index, says nothing about this one.
    Ok(row.map(|row| of_row(&row).filter(|entry| entry.key == *key)))
}

/// The batches of a collector's epoch, by sequence.
pub(super) async fn of_epoch(
    database: impl SqliteExecutor<'_>,
    collector: &str,
    epoch: u64,
) -> Result<Vec<Read>, sqlx::Error> {
    let rows = sqlx::query("SELECT * FROM batch WHERE collector = ?1 AND epoch = ?2 ORDER BY sequence")
        .bind(collector)
        .bind(epoch.cast_signed())
        .fetch_all(database)
        .await?;
    Ok(rows.iter().map(of_row).collect())
}

/// The next rows after an id, each with its own.
pub(super) async fn after(
    database: impl SqliteExecutor<'_>,
    id: i64,
) -> Result<Vec<(i64, Read)>, sqlx::Error> {
    let rows = sqlx::query("SELECT * FROM batch WHERE id > ?1 ORDER BY id LIMIT 256")
        .bind(id)
        .fetch_all(database)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("id")?, of_row(row))))
        .collect()
}

/// Makes room for a row whose predecessor with this key is damaged.
pub(super) async fn forget(connection: &mut SqliteConnection, key: &BatchKey) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM batch WHERE collector = ?1 AND epoch = ?2 AND sequence = ?3")
        .bind(&key.collector)
        .bind(key.epoch.cast_signed())
        .bind(key.sequence.cast_signed())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn write(connection: &mut SqliteConnection, entry: &Entry) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO batch VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")
        .bind(entry.id)
        .bind(&entry.key.collector)
        .bind(entry.key.epoch.cast_signed())
        .bind(entry.key.sequence.cast_signed())
        .bind(entry.journaled.digest.as_slice())
        .bind(entry.received_us)
        .bind(entry.journaled.stored.cast_signed())
        .bind(entry.journaled.lowered.cast_signed())
        .bind(entry.journaled.refused.cast_signed())
        .bind(entry.quarantined.cast_signed())
        .bind(entry.first_block)
        .bind(entry.blocks.cast_signed())
        .bind(entry.seal())
        .execute(connection)
        .await?;
    Ok(())
}
