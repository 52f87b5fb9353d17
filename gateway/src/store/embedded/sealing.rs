//! Days that are over are put away: the log blocks of a device and day become one block of columns, in the background.
//!
//! What is put away is read back and compared before the blocks it was made from go, and both happen in one
//! transaction: an end at any moment leaves the one or the other. A day that is damaged stays as it is.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use devices::{DeviceId, SeriesId, Window};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

use super::block::{self, Block, Content, Form};
use super::columns::{self, Columns, Row};
use super::log::{Day, Piece};
use super::summary;
use super::writer::Order;
use super::{EmbeddedStore, engine};
use crate::store::StoreError;

/// A day is put away when it has been over for so long: what comes later is put away with it once more.
pub const SETTLED: SignedDuration = SignedDuration::from_hours(2);
/// Days that one transaction puts away.
const TOGETHER: usize = 16;

/// A day as it shall be.
pub(super) struct SealedDay {
    pub block: Block,
    pub raw: Vec<u8>,
    /// How many rows it was made from; the last of them has the id of the block.
    pub made_from: i64,
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    pub days: u64,
    /// Days that are damaged, or did not read back as they were: left as they are.
    pub left: u64,
}

impl EmbeddedStore {
    /// Puts away every day that is over by now. Ingest goes on meanwhile.
    pub async fn seal(&self, now: Timestamp) -> Result<Sealed, StoreError> {
        self.survey().await?;
        let settled = now.checked_sub(SETTLED).unwrap_or(Timestamp::MIN);
        let today = block::day_of(settled.as_microsecond());
        let due: Vec<(i64, DeviceId)> = {
            let state = self.shared.state();
            state
                .unsealed
                .iter()
                .take_while(|(day, _)| *day < today)
                .cloned()
                .collect()
        };
        let mut done = Sealed::default();
        for part in due.chunks(TOGETHER) {
            // Before they are read: a block that comes meanwhile notes its day again.
            self.note(part, false);
            let (days, left) = match self.seal_part(part).await {
                Ok(sealed) => sealed,
                Err(error) => {
                    self.note(part, true);
                    return Err(error);
                }
            };
            self.note(&left, true);
            done.days += days;
            done.left += left.len() as u64;
        }
        Ok(done)
    }

    /// How many days were put away, and which were left because they are damaged.
    async fn seal_part(&self, part: &[(i64, DeviceId)]) -> Result<(u64, Vec<(i64, DeviceId)>), StoreError> {
        let (mut days, mut left) = (Vec::new(), Vec::new());
        for (day, device) in part {
            match self.prepare(device, *day).await? {
                Prepared::Sealed(sealed) => days.push(*sealed),
                Prepared::AsItIs => {}
                Prepared::Damaged => left.push((*day, device.clone())),
            }
        }
        Ok((self.put_away(days).await?, left))
    }

    fn note(&self, days: &[(i64, DeviceId)], unsealed: bool) {
        let mut state = self.shared.state.write().unwrap_or_else(PoisonError::into_inner);
        for day in days {
            if unsealed {
                state.unsealed.insert(day.clone());
            } else {
                state.unsealed.remove(day);
            }
        }
    }

    /// Asks the log once which days are not put away; what comes after that is noted as it comes.
    async fn survey(&self) -> Result<(), StoreError> {
        if self.shared.state().surveyed {
            return Ok(());
        }
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT day, device FROM block INDEXED BY block_by_day
            GROUP BY device, day HAVING COUNT(*) > 1 OR MAX(form) = 0",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(engine)?;
        let mut state = self.shared.state.write().unwrap_or_else(PoisonError::into_inner);
        for (day, device) in rows {
            // A name that nobody wrote is damage, named by whoever reads the day.
            if let Ok(device) = DeviceId::new(device) {
                state.unsealed.insert((day, device));
            }
        }
        state.surveyed = true;
        Ok(())
    }

    async fn put_away(&self, days: Vec<SealedDay>) -> Result<u64, StoreError> {
        if days.is_empty() {
            return Ok(0);
        }
        let (answer, done) = oneshot::channel();
        let order = Order::Seal(days, answer);
        self.orders.send(order).await.map_err(|_| self.ended())?;
        done.await.map_err(|_| self.ended())?.map_err(engine)
    }

    async fn prepare(&self, device: &DeviceId, day: i64) -> Result<Prepared, StoreError> {
        let (from, last) = block::span_of(day);
        let window = Window {
            from: Timestamp::from_microsecond(from).unwrap_or(Timestamp::MIN),
            to: Timestamp::from_microsecond(last.as_microsecond() + 1).unwrap_or(Timestamp::MAX),
        };
        let found = match self.days(device, window).next().await {
            Ok(Some(found)) if found.damaged.is_empty() => found,
            Ok(None) => return Ok(Prepared::AsItIs),
            Ok(Some(_)) | Err(StoreError::Damaged { .. }) => return Ok(Prepared::Damaged),
            // What came after its readings were given up stays beside their sums.
            Err(StoreError::Retired { .. }) => return Ok(Prepared::AsItIs),
            Err(other) => return Err(other),
        };
        if let [Piece::Sealed(_)] = found.pieces.as_slice() {
            return Ok(Prepared::AsItIs);
        }
        let Some(rows) = self.rows_of(device, &found).await? else {
            return Ok(Prepared::Damaged);
        };
        let owned = device.clone();
        let sealed = tokio::task::spawn_blocking(move || seal_day(&owned, day, &found, rows)).await;
        match sealed.map_err(|error| StoreError::Engine(Box::new(error)))? {
            Some(sealed) => Ok(Prepared::Sealed(Box::new(sealed))),
            None => {
                let place = super::log::place(device, day);
                tracing::error!(
                    place,
                    "a day does not read back as it was put away; it stays in the log"
                );
                Ok(Prepared::Damaged)
            }
        }
    }

    /// All sweeps of the day in the order they were stored, with their raw words; `None` if some are damaged.
    async fn rows_of(&self, device: &DeviceId, day: &Day) -> Result<Option<Vec<Row>>, StoreError> {
        let mut rows = Vec::new();
        for piece in &day.pieces {
            match piece {
                Piece::Fresh {
                    version,
                    received_s,
                    sweeps,
                } => rows.extend(sweeps.iter().map(|sweep| Row {
                    sweep: sweep.clone(),
                    version: *version,
                    received_s: *received_s,
                })),
                Piece::Sealed(columns) => {
                    let Some(mut sealed) = columns.rows(device) else {
                        return Ok(None);
                    };
                    let raw = match self.raw(columns.id).await {
                        Ok(raw) if raw.len() == sealed.len() => raw,
                        Ok(_) | Err(StoreError::Damaged { .. }) => return Ok(None),
                        Err(other) => return Err(other),
                    };
                    for (row, (raw, message)) in sealed.iter_mut().zip(raw) {
                        (row.sweep.raw, row.sweep.message) = (raw, message);
                    }
                    rows.append(&mut sealed);
                }
            }
        }
        Ok(Some(rows))
    }
}

enum Prepared {
    Sealed(Box<SealedDay>),
    /// Nothing to do.
    AsItIs,
    Damaged,
}

/// `None` if it does not read back as it was.
fn seal_day(device: &DeviceId, day: i64, found: &Day, rows: Vec<Row>) -> Option<SealedDay> {
    let rows = columns::ordered(rows);
    let encoded = columns::encode(&rows);
    let content = Content {
        device: device.clone(),
        day,
        form: Form::Sealed,
        first_us: *encoded.times.first()?,
        last_us: *encoded.times.last()?,
        version: rows.iter().map(|row| row.version).max()?,
        received_s: rows.iter().map(|row| row.received_s).max()?,
        times: block::between(&encoded.times),
        summary: Vec::new(),
        body: encoded.body,
    };
    let mut block = Block {
        id: found.highest_id,
        nth: found.last,
        content,
    };
    if block.times()? != encoded.times {
        return None;
    }
    let body = std::mem::take(&mut block.content.body);
    let copy = Content {
        device: device.clone(),
        times: Vec::new(),
        summary: Vec::new(),
        body: body.clone(),
        ..block.content
    };
    let columns = Columns::open(block.id, copy, &encoded.times)?;
    block.content.body = body;
    let raw = columns::raw_of(&encoded.raw)?;
    let mut back = columns.rows(device)?;
    for (row, (raw, message)) in back.iter_mut().zip(raw) {
        (row.sweep.raw, row.sweep.message) = (raw, message);
    }
    if back != rows {
        return None;
    }
    block.content.summary = summary_of(device, day, columns)?;
    Some(SealedDay {
        block,
        raw: encoded.raw,
        made_from: found.rows,
    })
}

fn summary_of(device: &DeviceId, day: i64, columns: Columns) -> Option<Vec<u8>> {
    let names: BTreeSet<String> = columns.points()?.into_iter().collect();
    let whole = Day {
        pieces: vec![Piece::Sealed(columns)],
        ..Day::default()
    };
    let mut points = Vec::new();
    for name in names {
        // A name that is none is in no series that anybody can ask for.
        let Ok(point) = name.parse() else { continue };
        let series = SeriesId::new(device.clone(), point);
        points.push((name, summary::hours_of(&whole.chunk(&series, EVER, None)?)));
    }
    Some(summary::encode(block::span_of(day).0, &points))
}

const EVER: Window = Window {
    from: Timestamp::MIN,
    to: Timestamp::MAX,
};
