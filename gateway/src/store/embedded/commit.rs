//! One transaction for all batches that wait.

use std::borrow::Borrow;
use std::collections::HashMap;

use devices::DeviceId;
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{Connection, QueryBuilder, Row};

use super::Shared;
use super::block::{Block, Content, Form};
use super::checkpoint::{self, ROWS, day_seal};
use super::journal::{self, Entry};
use super::prepared::PreparedBatch;
use super::seal::Seal;
use super::sealing::SealedDay;
use crate::store::{Appended, StoreError};

/// What a commit adds to the state.
#[derive(Default)]
pub(super) struct Added {
    pub days: HashMap<(DeviceId, i64), i64>,
    pub last_batch: i64,
    pub last_block: i64,
    /// Of these batches of the group.
    pub stored: Vec<usize>,
}

/// All of it is durable when this returns, or nothing.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    shared: &Shared,
    batches: &[PreparedBatch],
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
    let mut results = Vec::with_capacity(batches.len());
    let mut blocks = Vec::new();
    for (index, batch) in batches.iter().enumerate() {
        if let Some(entry) = &batch.entry {
            let known = match journal::find(&mut *transaction, &entry.key).await? {
                // Nobody can tell any more what it was: stored once more, each of its readings still counts once.
                Some(None) => {
                    journal::forget(&mut transaction, &entry.key).await?;
                    None
                }
                known => known.flatten(),
            };
            if let Some(known) = known {
                results.push(if known.journaled.digest == entry.journaled.digest {
                    Ok(Appended::Duplicate)
                } else {
                    let key = entry.key.clone();
                    Err(StoreError::Conflict { key })
                });
                continue;
            }
            added.last_batch += 1;
            let entry = Entry {
                id: added.last_batch,
                key: entry.key.clone(),
                first_block: added.last_block + 1,
                ..*entry
            };
            journal::write(&mut transaction, &entry).await?;
        }
        for content in &batch.contents {
            added.last_block += 1;
            let nth = next(&mut transaction, shared, &mut added.days, content).await?;
            blocks.push(Block {
                id: added.last_block,
                nth,
                content,
            });
        }
        write_quarantined(&mut transaction, added.last_batch, &batch.quarantined).await?;
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

async fn write_blocks<C: Borrow<Content>>(
    connection: &mut SqliteConnection,
    rows: &[Block<C>],
) -> Result<(), sqlx::Error> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO block (id, device, day, nth, form, first_us, last_us, version, received_s,
            times, times_seal, summary, summary_seal, body, seal) ",
    );
    query.push_values(rows, |mut row, block| {
        let content: &Content = block.content.borrow();
        let times_seal = block.times_seal();
        row.push_bind(block.id)
            .push_bind(content.device.to_string())
            .push_bind(content.day)
            .push_bind(block.nth)
            .push_bind(content.form.code())
            .push_bind(content.first_us)
            .push_bind(content.last_us)
            .push_bind(i64::from(content.version))
            .push_bind(content.received_s)
            .push_bind(content.times.clone())
            .push_bind(times_seal)
            .push_bind(content.summary.clone())
            .push_bind(match content.form {
                Form::Fresh => 0,
                Form::Sealed | Form::Summed => block.summary_seal(times_seal),
            })
            .push_bind(content.body.clone())
            .push_bind(block.seal(times_seal));
    });
    query.build().execute(connection).await?;
    Ok(())
}

/// Puts sealed days in the place of the blocks they were made from, all of them or none. A day whose blocks are no
/// longer those is left alone.
pub(super) async fn seal(connection: &mut SqliteConnection, days: &[SealedDay]) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut sealed = 0;
    for day in days {
        let Content {
            device, day: date, ..
        } = &day.block.content;
        let (rows, highest): (i64, Option<i64>) = sqlx::query_as(
            "SELECT COUNT(*), MAX(id) FROM block WHERE device = ?1 AND day = ?2 AND nth <= ?3",
        )
        .bind(device.as_str())
        .bind(date)
        .bind(day.block.nth)
        .fetch_one(&mut *transaction)
        .await?;
        if (rows, highest) != (day.made_from, Some(day.block.id)) {
            continue;
        }
        for delete in [
            "DELETE FROM raw WHERE block IN (SELECT id FROM block WHERE device = ?1 AND day = ?2 AND nth <= ?3)",
            "DELETE FROM block WHERE device = ?1 AND day = ?2 AND nth <= ?3",
        ] {
            sqlx::query(delete)
                .bind(device.as_str())
                .bind(date)
                .bind(day.block.nth)
                .execute(&mut *transaction)
                .await?;
        }
        write_blocks(&mut transaction, std::slice::from_ref(&day.block)).await?;
        sqlx::query("INSERT INTO raw (block, body, seal) VALUES (?1, ?2, ?3)")
            .bind(day.block.id)
            .bind(&day.raw)
            .bind(raw_seal(day.block.id, &day.raw))
            .execute(&mut *transaction)
            .await?;
        sealed += 1;
    }
    transaction.commit().await?;
    Ok(sealed)
}

/// Keeps of these blocks only what their hours add up to, of all of them or none.
pub(super) async fn retire(connection: &mut SqliteConnection, blocks: &[Block]) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut retired = 0;
    for block in blocks {
        let times_seal = block.times_seal();
        let changed = sqlx::query(
            "UPDATE block SET form = ?2, times_seal = ?3, summary_seal = ?4, body = ?5, seal = ?6
            WHERE id = ?1 AND form = 1",
        )
        .bind(block.id)
        .bind(block.content.form.code())
        .bind(times_seal)
        .bind(block.summary_seal(times_seal))
        .bind(&block.content.body)
        .bind(block.seal(times_seal))
        .execute(&mut *transaction)
        .await?;
        // Sealed once more meanwhile: it is looked at again in the next round.
        if changed.rows_affected() == 1 {
            sqlx::query("DELETE FROM raw WHERE block = ?1")
                .bind(block.id)
                .execute(&mut *transaction)
                .await?;
            retired += 1;
        }
    }
    transaction.commit().await?;
    Ok(retired)
}

pub(super) fn raw_seal(block: i64, body: &[u8]) -> i64 {
    Seal::of("raw").number(block).bytes(body).value()
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
