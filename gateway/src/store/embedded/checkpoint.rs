//! The checkpoint: last values and counts of blocks as of one block of the log, so that a start need not read all of it.
//! What came after that block is read from the log; if the checkpoint is missing or damaged, everything is.

use devices::DeviceId;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::{Connection, QueryBuilder, Row};

use super::block::{self, Stored};
use super::condition::Watch;
use super::journal;
use super::log::Piece;
use super::seal::Seal;
use super::state::{Points, State, take_sweep};
use crate::store::StoreStatistics;

#[derive(Serialize, Deserialize)]
struct Head {
    totals: StoreStatistics,
    last_batch: i64,
    last_block: i64,
    /// How many rows `latest` has, and the sum of their seals: none can get lost, and none be of another checkpoint.
    devices: u64,
    seals: i64,
}

/// Rows read at a time.
const PAGE: i64 = 256;
const BATCHES: &str = "SELECT * FROM batch WHERE id > ?1 ORDER BY id LIMIT ?2";
const BLOCKS: &str = "SELECT * FROM block WHERE id > ?1 ORDER BY id LIMIT ?2";
/// Rows written by one statement.
pub(super) const ROWS: usize = 64;

fn head_seal(body: &[u8]) -> i64 {
    Seal::of("checkpoint").bytes(body).value()
}

fn latest_seal(device: &str, points: &[u8]) -> i64 {
    Seal::of("latest").text(device).bytes(points).value()
}

pub(super) fn day_seal(device: &str, day: i64, blocks: i64) -> i64 {
    Seal::of("day").text(device).number(day).number(blocks).value()
}

/// The state that follows from what is stored.
pub(super) async fn load(connection: &mut SqliteConnection, watch: &Watch) -> Result<State, sqlx::Error> {
    let mut state = match saved(connection).await? {
        Some(state) => state,
        None => {
            let any = sqlx::query("SELECT 1 FROM checkpoint")
                .fetch_optional(&mut *connection)
                .await?;
            if any.is_some() {
                watch.damaged(
                    "the checkpoint of last values",
                    "its checksum is wrong; made anew from the log",
                );
            }
            State::default()
        }
    };
    replay(connection, &mut state, watch).await?;
    Ok(state)
}

/// The last numbers given out in the journal and in the log.
pub(super) async fn ends(connection: &mut SqliteConnection) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "SELECT (SELECT COALESCE(MAX(id), 0) FROM batch), (SELECT COALESCE(MAX(id), 0) FROM block)",
    )
    .fetch_one(connection)
    .await
}

/// `None` if there is no checkpoint, or none that can be trusted.
async fn saved(connection: &mut SqliteConnection) -> Result<Option<State>, sqlx::Error> {
    let row = sqlx::query("SELECT body, seal FROM checkpoint")
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (Ok(body), Ok(seal)) = (row.try_get::<&[u8], _>(0), row.try_get::<i64, _>(1)) else {
        return Ok(None);
    };
    let head: Option<Head> = postcard::from_bytes(body).ok();
    let Some(head) = head.filter(|_| head_seal(body) == seal) else {
        return Ok(None);
    };
    let mut state = State {
        totals: head.totals,
        last_batch: head.last_batch,
        last_block: head.last_block,
        saved: Some((head.last_batch, head.last_block)),
        ..State::default()
    };
    let mut seals = 0_i64;
    for row in sqlx::query("SELECT device, points, seal FROM latest")
        .fetch_all(&mut *connection)
        .await?
    {
        let (Ok(device), Ok(packed), Ok(seal)) = (
            row.try_get::<&str, _>(0),
            row.try_get::<&[u8], _>(1),
            row.try_get::<i64, _>(2),
        ) else {
            return Ok(None);
        };
        let points: Option<Points> = postcard::from_bytes(packed).ok();
        let (Ok(id), Some(points)) = (DeviceId::new(device), points) else {
            return Ok(None);
        };
        if latest_seal(device, packed) != seal {
            return Ok(None);
        }
        seals = seals.wrapping_add(seal);
        let known = state.devices.entry(id).or_default();
        known.points = points;
        known.seal = seal;
    }
    let whole = head.devices == state.devices.len() as u64 && head.seals == seals;
    Ok(whole.then_some(state))
}

/// Takes in what the log holds after the checkpoint.
async fn replay(
    connection: &mut SqliteConnection,
    state: &mut State,
    watch: &Watch,
) -> Result<(), sqlx::Error> {
    let (mut batch, mut block) = state.saved.unwrap_or_default();
    loop {
        let rows = page(connection, BATCHES, batch).await?;
        for row in &rows {
            batch = row.try_get("id")?;
            match journal::of_row(row) {
                Some(entry) => {
                    entry.add_to(&mut state.totals);
                    // No id is used twice, even if the last blocks cannot be found any more.
                    state.last_block = state
                        .last_block
                        .max(entry.first_block + entry.blocks.cast_signed() - 1);
                }
                None => watch.damaged(&format!("row {batch} of the journal"), "its checksum is wrong"),
            }
        }
        if rows.is_empty() {
            break;
        }
    }
    let mut whole = true;
    loop {
        let rows = page(connection, BLOCKS, block).await?;
        for row in &rows {
            block = row.try_get("id")?;
            // What is damaged here is named by whoever reads its day.
            let Stored::Whole(block) = block::of_row(row) else {
                whole = false;
                continue;
            };
            let (id, day, nth) = (block.content.device.clone(), block.content.day, block.nth);
            let device = state.devices.entry(id.clone()).or_default();
            device.changed = true;
            device.counts(day, nth);
            match Piece::open(block) {
                Some(Piece::Fresh { version, sweeps, .. }) => {
                    for sweep in sweeps {
                        take_sweep(&mut device.points, &sweep, version);
                    }
                }
                Some(Piece::Sealed(columns)) => {
                    for row in columns.rows(&id).into_iter().flatten() {
                        take_sweep(&mut device.points, &row.sweep, row.version);
                    }
                }
                // Named by whoever reads its day.
                None => {}
            }
        }
        if rows.is_empty() {
            break;
        }
    }
    state.last_batch = batch;
    state.last_block = state.last_block.max(block);
    if !whole {
        count_again(connection, state).await?;
    }
    Ok(())
}

/// The next rows after an id; a year of them is never in memory at once.
async fn page(
    connection: &mut SqliteConnection,
    rows: &'static str,
    after: i64,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    sqlx::query(rows)
        .bind(after)
        .bind(PAGE)
        .fetch_all(connection)
        .await
}

/// Counts the blocks of each day by the index: a damaged row takes a number too.
async fn count_again(connection: &mut SqliteConnection, state: &mut State) -> Result<(), sqlx::Error> {
    for (id, device) in &mut state.devices {
        for (day, count) in &mut device.days {
            count.blocks = count.blocks.max(highest(&mut *connection, id, *day).await?);
        }
    }
    Ok(())
}

/// The highest number of a block of this device and day, 0 if there is none.
pub(super) async fn highest(
    connection: &mut SqliteConnection,
    device: &DeviceId,
    day: i64,
) -> Result<i64, sqlx::Error> {
    let row = sqlx::query("SELECT COALESCE(MAX(nth), 0) FROM block WHERE device = ?1 AND day = ?2")
        .bind(device.as_str())
        .bind(day)
        .fetch_one(connection)
        .await?;
    row.try_get(0)
}

/// Writes the state and marks it as written. It may be any number of batches behind the log.
pub(super) async fn save(
    connection: &mut SqliteConnection,
    state: &std::sync::RwLock<State>,
) -> Result<(), sqlx::Error> {
    let (head, latest, days, anew) = {
        let state = state.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (head, latest, days) = changes(&state);
        (head, latest, days, state.saved.is_none())
    };
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    if anew {
        // Rows that nobody trusted. A name damaged in the table alone would stay: the index finds the row by the old one.
        sqlx::query("DELETE FROM latest")
            .execute(&mut *transaction)
            .await?;
    }
    for rows in latest.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO latest (device, points, seal) ");
        query.push_values(rows, |mut row, (device, points, seal)| {
            row.push_bind(device.to_string())
                .push_bind(points.clone())
                .push_bind(*seal);
        });
        query.push(" ON CONFLICT (device) DO UPDATE SET points = excluded.points, seal = excluded.seal");
        query.build().execute(&mut *transaction).await?;
    }
    for rows in days.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO day (device, day, blocks, seal) ");
        query.push_values(rows, |mut row, (device, day, blocks)| {
            let seal = day_seal(device.as_str(), *day, *blocks);
            row.push_bind(device.to_string())
                .push_bind(*day)
                .push_bind(*blocks)
                .push_bind(seal);
        });
        query.push(" ON CONFLICT (device, day) DO UPDATE SET blocks = excluded.blocks, seal = excluded.seal");
        query.build().execute(&mut *transaction).await?;
    }
    let body = postcard::to_stdvec(&head).expect("numbers are encodable");
    sqlx::query("INSERT OR REPLACE INTO checkpoint (id, body, seal) VALUES (1, ?1, ?2)")
        .bind(&body)
        .bind(head_seal(&body))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;

    let mut state = state.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    state.saved = Some((head.last_batch, head.last_block));
    for (device, _, seal) in latest {
        if let Some(device) = state.devices.get_mut(&device) {
            device.seal = seal;
        }
    }
    for device in state.devices.values_mut() {
        device.changed = false;
        // A day that was not written to since the checkpoint before is asked for in the table from now on.
        device.days.retain(|_, day| std::mem::take(&mut day.changed));
    }
    Ok(())
}

type Latest = Vec<(DeviceId, Vec<u8>, i64)>;
type Days = Vec<(DeviceId, i64, i64)>;

fn changes(state: &State) -> (Head, Latest, Days) {
    let (mut latest, mut days, mut seals) = (Latest::new(), Days::new(), 0_i64);
    for (id, device) in &state.devices {
        let mut seal = device.seal;
        if device.changed {
            let points = postcard::to_stdvec(&device.points).expect("points are encodable");
            seal = latest_seal(id.as_str(), &points);
            latest.push((id.clone(), points, seal));
        }
        seals = seals.wrapping_add(seal);
        let changed = device.days.iter().filter(|(_, day)| day.changed);
        days.extend(changed.map(|(day, count)| (id.clone(), *day, count.blocks)));
    }
    let head = Head {
        totals: state.totals,
        last_batch: state.last_batch,
        last_block: state.last_block,
        devices: state.devices.len() as u64,
        seals,
    };
    (head, latest, days)
}
