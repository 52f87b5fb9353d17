//! Reading the log: blocks of a device day by day, each checked, none missed.

use std::collections::{BTreeMap, VecDeque};

use devices::{DeviceId, Window};
use jiff::{SignedDuration, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uplink::Sweep;

use super::block::{self, Form, Place, Stored, day_of};
use super::checkpoint::day_seal;
use super::columns::Columns;
use super::{EmbeddedStore, engine};
use crate::store::StoreError;

/// Blocks of some days, found by the index and read from the table: what only one of them still has is noticed.
const BLOCKS: &str =
    "SELECT i.day AS found_day, i.nth AS found_nth, i.form AS found_form, i.first_us AS found_first, i.last_us AS found_last, b.*
    FROM block AS i INDEXED BY block_by_day CROSS JOIN block AS b ON b.id = i.id
    WHERE i.device = ?1 AND (i.day, i.nth) > (?2, ?3) AND i.day <= ?4
    ORDER BY i.day, i.nth LIMIT ?5";

/// Blocks read at a time: few at first, then more.
const FIRST_PAGE: i64 = 4;
const PAGE: i64 = 256;

/// What was found of one day of a device.
#[derive(Default)]
pub(super) struct Day {
    /// In the order they were stored.
    pub pieces: Vec<Piece>,
    /// What is damaged, by its nominal time.
    pub damaged: Vec<Damaged>,
    /// How many rows there were, the number of the last one, and the highest id.
    pub rows: i64,
    pub last: i64,
    pub highest_id: i64,
}

/// The sweeps of one block.
pub(super) enum Piece {
    Fresh {
        version: u32,
        received_s: i64,
        sweeps: Vec<Sweep>,
    },
    Sealed(Columns),
}

pub(super) struct Damaged {
    pub nominal_us: i64,
    pub version: u32,
    pub received_s: i64,
}

pub(super) fn days_of(window: Window) -> (i64, i64) {
    let last = window.to.as_microsecond().saturating_sub(1);
    (day_of(window.from.as_microsecond()), day_of(last))
}

pub(super) fn place(device: &DeviceId, day: i64) -> String {
    let date = Timestamp::UNIX_EPOCH
        .checked_add(SignedDuration::from_hours(24 * day))
        .map_or_else(
            |_| format!("day {day}"),
            |start| start.to_string()[..10].to_owned(),
        );
    format!("device {device}, {date} (UTC)")
}

/// A day while its blocks come in.
struct Open {
    day: i64,
    blocks: i64,
    found: Day,
}

/// Days of a device that have blocks, oldest first.
pub(super) struct Days<'a> {
    store: &'a EmbeddedStore,
    device: DeviceId,
    window: Window,
    /// How many blocks the days that are still to come have at least; `None` before it was asked.
    expected: Option<BTreeMap<i64, i64>>,
    /// The last block that was read.
    after: (i64, i64),
    rows: VecDeque<SqliteRow>,
    open: Option<Open>,
    page: i64,
    /// The day that was begun once more because it was sealed meanwhile.
    again: Option<i64>,
}

impl EmbeddedStore {
    pub(super) fn days(&self, device: &DeviceId, window: Window) -> Days<'_> {
        Days {
            store: self,
            device: device.clone(),
            window,
            expected: None,
            after: (days_of(window).0, 0),
            rows: VecDeque::new(),
            open: None,
            page: FIRST_PAGE,
            again: None,
        }
    }
}

impl Days<'_> {
    /// The next day; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Day>, StoreError> {
        if self.expected.is_none() {
            let (first, last) = days_of(self.window);
            // Asked for before the blocks: what is stored meanwhile can only be more.
            self.expected = Some(self.store.expected(&self.device, first, last).await?);
        }
        loop {
            if self.rows.is_empty() {
                self.fetch().await?;
            }
            let Some(row) = self.rows.front() else {
                let last = self.complete()?;
                if last.is_none() {
                    self.absent(i64::MAX)?;
                }
                return Ok(last);
            };
            let (day, nth) = place_of(row)?;
            if self.open.as_ref().is_some_and(|open| open.day != day) {
                return self.complete();
            }
            if self.open.is_none() {
                self.absent(day)?;
                self.open = Some(Open {
                    day,
                    blocks: 0,
                    found: Day::default(),
                });
            }
            if let (Some(open), Some(row)) = (&mut self.open, self.rows.pop_front()) {
                let whole = form_of(&row)? != Some(Form::Fresh);
                if whole && open.blocks > 0 && self.again != Some(day) {
                    // Sealed while its blocks were read: all of them stand in this one.
                    self.again = Some(day);
                    self.open = None;
                    self.rows.clear();
                    self.after = (day, 0);
                    continue;
                }
                open.blocks = if whole && open.blocks == 0 {
                    nth
                } else {
                    open.blocks + 1
                };
                if open.blocks != nth {
                    let reason = format!("its block {} is missing", open.blocks);
                    return Err(self.store.damage(&self.device, day, reason));
                }
                open.found.rows += 1;
                open.found.last = nth;
                self.store
                    .read(&self.device, self.window, (day, nth), &row, &mut open.found)?;
            }
        }
    }

    async fn fetch(&mut self) -> Result<(), StoreError> {
        let rows = sqlx::query(BLOCKS)
            .bind(self.device.as_str())
            .bind(self.after.0)
            .bind(self.after.1)
            .bind(days_of(self.window).1)
            .bind(self.page)
            .fetch_all(&self.store.readers)
            .await
            .map_err(engine)?;
        if let Some(row) = rows.last() {
            self.after = place_of(row)?;
        }
        // Who stops early has not waited for much.
        self.page = (self.page * 4).min(PAGE);
        self.rows = rows.into();
        Ok(())
    }

    /// The day that was open, if all of its blocks were there.
    fn complete(&mut self) -> Result<Option<Day>, StoreError> {
        let Some(open) = self.open.take() else {
            return Ok(None);
        };
        match self.expected.as_mut().and_then(|days| days.remove(&open.day)) {
            Some(blocks) if open.blocks < blocks => {
                let reason = format!("only {} of its {blocks} blocks are there", open.blocks);
                Err(self.store.damage(&self.device, open.day, reason))
            }
            _ => Ok(Some(open.found)),
        }
    }

    /// Days before this one that should have been there.
    fn absent(&self, before: i64) -> Result<(), StoreError> {
        match self.expected.iter().flatten().next() {
            Some((day, blocks)) if *day < before => {
                let reason = format!("none of its {blocks} blocks is there");
                Err(self.store.damage(&self.device, *day, reason))
            }
            _ => Ok(()),
        }
    }
}

/// As the index says it; `None` is damage.
fn form_of(row: &SqliteRow) -> Result<Option<Form>, StoreError> {
    row.try_get("found_form").map(Form::of).map_err(engine)
}

/// Day and number as the index says them.
fn place_of(row: &SqliteRow) -> Result<(i64, i64), StoreError> {
    let number = |column| row.try_get(column).map_err(engine);
    Ok((number(0)?, number(1)?))
}

impl EmbeddedStore {
    pub(super) fn damage(&self, device: &DeviceId, day: i64, reason: impl Into<String>) -> StoreError {
        self.shared.watch.damage(place(device, day), reason.into())
    }

    fn read(
        &self,
        device: &DeviceId,
        window: Window,
        (day, nth): (i64, i64),
        row: &SqliteRow,
        found: &mut Day,
    ) -> Result<(), StoreError> {
        let (from, to) = (window.from.as_microsecond(), window.to.as_microsecond());
        let mut stored = block::of_row(row);
        let form = form_of(row)?;
        if let (Stored::Damaged, Some(form)) = (&stored, form) {
            stored = block::at_place(
                row,
                Place {
                    device: device.clone(),
                    day,
                    nth,
                    form,
                    first_us: row.try_get("found_first").map_err(engine)?,
                    last_us: row.try_get("found_last").map_err(engine)?,
                },
            );
            if matches!(stored, Stored::Whole(_)) {
                // Nothing is lost yet, but the disk loses bits.
                let place = format!("block {nth} of {}", place(device, day));
                let reason = "its place in the table is wrong; read by the one in the index";
                self.shared.watch.damaged(&place, reason);
            }
        }
        match stored {
            Stored::Whole(block)
                if (&block.content.device, block.content.day, block.nth) == (device, day, nth)
                    && Some(block.content.form) == form =>
            {
                found.highest_id = found.highest_id.max(block.id);
                let within = block.content.last_us >= from && block.content.first_us < to;
                if within && block.content.form == Form::Summed {
                    return Err(StoreError::Retired {
                        place: place(device, day),
                    });
                }
                if within {
                    self.shared.count_block();
                    let piece = Piece::open(block);
                    found.pieces.push(piece.ok_or_else(|| {
                        self.damage(device, day, format!("its block {nth} does not decode"))
                    })?);
                }
                Ok(())
            }
            Stored::Times {
                times,
                version,
                received_s,
            } => {
                let (first, last) = (times[0], times[times.len() - 1]);
                let named = |time| Timestamp::from_microsecond(time).unwrap_or(Timestamp::MIN);
                let place = format!("device {device}, {} to {}", named(first), named(last));
                self.shared
                    .watch
                    .damaged(&place, "the checksum of its block is wrong");
                found.damaged.extend(times.into_iter().map(|nominal_us| Damaged {
                    nominal_us,
                    version,
                    received_s,
                }));
                Ok(())
            }
            Stored::Whole(_) | Stored::Damaged => {
                Err(self.damage(device, day, format!("its block {nth} has a wrong checksum")))
            }
        }
    }

    /// How many blocks each day has at least.
    pub(super) async fn expected(
        &self,
        device: &DeviceId,
        first: i64,
        last: i64,
    ) -> Result<BTreeMap<i64, i64>, StoreError> {
        let in_memory: BTreeMap<i64, i64> = {
            let state = self.shared.state();
            let days = state
                .devices
                .get(device)
                .map(|device| device.days.range(first..=last));
            days.into_iter()
                .flatten()
                .map(|(day, count)| (*day, count.blocks))
                .collect()
        };
        let rows =
            sqlx::query("SELECT day, blocks, seal FROM day WHERE device = ?1 AND day BETWEEN ?2 AND ?3")
                .bind(device.as_str())
                .bind(first)
                .bind(last)
                .fetch_all(&self.readers)
                .await
                .map_err(engine)?;
        let mut expected = BTreeMap::new();
        for row in rows {
            let numbers: [i64; 3] = [
                row.try_get(0).map_err(engine)?,
                row.try_get(1).map_err(engine)?,
                row.try_get(2).map_err(engine)?,
            ];
            let [day, blocks, seal] = numbers;
            if day_seal(device.as_str(), day, blocks) == seal {
                expected.insert(day, blocks);
            } else {
                // The blocks themselves are numbered: only a lost last one would go unseen now.
                self.shared.watch.damaged(
                    &format!("count of {}", place(device, day)),
                    "its checksum is wrong",
                );
            }
        }
        expected.extend(in_memory);
        Ok(expected)
    }
}

impl Piece {
    /// `None` only for bytes that nobody wrote.
    pub(super) fn open(block: block::Block) -> Option<Self> {
        if block.content.form != Form::Fresh {
            let times = block.times()?;
            return Columns::open(block.id, block.content, &times).map(Self::Sealed);
        }
        Some(Self::Fresh {
            sweeps: block.content.sweeps()?,
            version: block.content.version,
            received_s: block.content.received_s,
        })
    }
}
