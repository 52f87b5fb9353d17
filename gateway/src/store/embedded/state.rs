//! What the store keeps in memory: last values, and how many blocks each device has on the days just written.
//! All of it follows from the log.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use devices::{DeviceId, Quality, Reading, SeriesId};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uplink::{Sweep, SweepValue};

use crate::store::StoreStatistics;

type Number = (i128, u8);

/// The last values of one point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Point {
    nominal_us: i64,
    taken_us: i64,
    number: Option<Number>,
    quality: u8,
    version: u32,
    /// The last one that can be compared with: what a register is held against when it goes backwards.
    known: Option<Usable>,
}

/// A value at a time that nobody doubts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Usable {
    nominal_us: i64,
    taken_us: i64,
    version: u32,
    number: Number,
    quality: u8,
}

/// Points of one device, by name.
pub(super) type Points = BTreeMap<String, Point>;

#[derive(Default)]
pub(super) struct Device {
    pub points: Points,
    /// Days whose count of blocks is newer than the table's, or was lately.
    pub days: BTreeMap<i64, Day>,
    /// Changed since the last checkpoint.
    pub changed: bool,
    /// Of its row in the last checkpoint.
    pub seal: i64,
}

#[derive(Clone, Copy)]
pub(super) struct Day {
    pub blocks: i64,
    /// Since the last checkpoint.
    pub changed: bool,
}

#[derive(Default)]
pub(super) struct State {
    pub devices: HashMap<DeviceId, Device>,
    pub totals: StoreStatistics,
    pub last_batch: i64,
    pub last_block: i64,
    /// The last batch and the last block that the checkpoint covers; `None` if there is none to be trusted.
    pub saved: Option<(i64, i64)>,
    /// Days with blocks that are not put away, the oldest first; all of them once the log was asked.
    pub unsealed: BTreeSet<(i64, DeviceId)>,
    pub surveyed: bool,
}

impl State {
    /// The last batch and the last block.
    pub(super) fn ends(&self) -> (i64, i64) {
        (self.last_batch, self.last_block)
    }
}

/// Whether a reading of this quality came at a time that nobody can be sure of.
fn time_is_doubted(quality: u8) -> bool {
    Quality::from_code(quality).is_some_and(Quality::time_is_doubted)
}

fn is_comparable(quality: u8) -> bool {
    Quality::from_code(quality).is_some_and(|quality| !quality.is_bad() && !quality.time_is_doubted())
}

impl Point {
    fn of(sweep: &Sweep, value: &SweepValue, version: u32) -> Self {
        let comparable = is_comparable(value.quality);
        let (nominal_us, taken_us, quality) = (sweep.nominal_us, sweep.taken_us, value.quality);
        Self {
            nominal_us,
            taken_us,
            number: value.number,
            quality,
            version,
            known: value.number.filter(|_| comparable).map(|number| Usable {
                nominal_us,
                taken_us,
                version,
                number,
                quality,
            }),
        }
    }

    fn take(&mut self, other: Point) {
        let place = |known: Usable| (known.nominal_us, known.version, Reverse(known.quality));
        let taken_back = |one: Usable| one.nominal_us == other.nominal_us && one.version < other.version;
        match (self.known, other.known) {
            (Some(one), Some(new)) if place(one) >= place(new) => {}
            (_, Some(new)) => self.known = Some(new),
            // By a correction without a value: what came before it lies in the log.
            (Some(one), None) if taken_back(one) => self.known = None,
            _ => {}
        }
        // A time from the future must not hide what comes after it: a doubted one is the latest only among doubted ones.
        let rank = |one: &Point| {
            let sure = !time_is_doubted(one.quality);
            (sure, one.nominal_us, one.version, Reverse(one.quality))
        };
        if rank(self) < rank(&other) {
            *self = Point {
                known: self.known,
                ..other
            };
        }
    }

    pub(super) fn last(&self, series: &SeriesId) -> Option<Reading> {
        reading(series, self.nominal_us, self.taken_us, self.number, self.quality)
    }

    pub(super) fn known_us(&self) -> Option<i64> {
        self.known.map(|known| known.nominal_us)
    }

    pub(super) fn known(&self, series: &SeriesId) -> Option<Reading> {
        let known = self.known?;
        let number = Some(known.number);
        reading(series, known.nominal_us, known.taken_us, number, known.quality)
    }
}

fn reading(
    series: &SeriesId,
    nominal_us: i64,
    taken_us: i64,
    number: Option<Number>,
    quality: u8,
) -> Option<Reading> {
    Some(Reading {
        series: series.clone(),
        nominal: Timestamp::from_microsecond(nominal_us).ok()?,
        taken: Timestamp::from_microsecond(taken_us).ok()?,
        value: match number {
            Some(number) => Some(decimal(number)?),
            None => None,
        },
        quality: Quality::from_code(quality)?,
    })
}

fn decimal((mantissa, scale): Number) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(mantissa, u32::from(scale)).ok()
}

/// Takes in what a sweep says.
pub(super) fn take_sweep(points: &mut Points, sweep: &Sweep, version: u32) {
    for value in &sweep.values {
        take_point(points, &value.point, Point::of(sweep, value, version));
    }
}

pub(super) fn take_points(points: &mut Points, others: &Points) {
    for (name, new) in others {
        take_point(points, name, new.clone());
    }
}

fn take_point(points: &mut Points, name: &str, new: Point) {
    match points.get_mut(name) {
        Some(point) => point.take(new),
        None => drop(points.insert(name.to_owned(), new)),
    }
}

impl Device {
    pub(super) fn counts(&mut self, day: i64, blocks: i64) {
        let kept = self.days.entry(day).or_insert(Day {
            blocks,
            changed: true,
        });
        *kept = Day {
            blocks: kept.blocks.max(blocks),
            changed: true,
        };
    }
}
