//! The body of a sealed block: all sweeps of a device and day, as columns. Every sweep is a row, whatever became of it
//! later; the rows stand in order of their nominal time, and for one time in the order they were stored.
//!
//! The bytes are described in docs/specs/store.md.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uplink::{RawSpan, Sweep, SweepValue};

use super::block;
use super::packed::Packed;
use crate::store::Chunk;
use crate::store::chunk::Found;

/// The format that is written. Another one is not read.
const FORMAT: u8 = 1;
const NO_VALUE: i64 = Chunk::NO_VALUE as i64;

/// A sweep with what the store knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub sweep: Sweep,
    pub version: u32,
    pub received_s: i64,
}

#[derive(Serialize, Deserialize)]
struct Body<'a> {
    format: u8,
    rows: u32,
    /// How many distinct times each row lies behind the row before it.
    #[serde(borrow)]
    step: Packed<'a>,
    /// True time less nominal time, microseconds.
    #[serde(borrow)]
    taken: Packed<'a>,
    /// Seconds of receipt less seconds of the nominal time.
    #[serde(borrow)]
    received: Packed<'a>,
    #[serde(borrow)]
    version: Packed<'a>,
    #[serde(borrow)]
    profiles: Vec<&'a str>,
    #[serde(borrow)]
    profile: Packed<'a>,
    #[serde(borrow)]
    points: Vec<Column<'a>>,
}

/// One point.
#[derive(Serialize, Deserialize)]
struct Column<'a> {
    name: &'a str,
    count: u32,
    /// In which rows it is; only read if it is not in all of them.
    #[serde(borrow)]
    row: Packed<'a>,
    #[serde(borrow)]
    quality: Packed<'a>,
    /// 255 where there is no value.
    #[serde(borrow)]
    scale: Packed<'a>,
    /// Only of those that have a value.
    #[serde(borrow)]
    mantissa: Mantissas<'a>,
}

#[derive(Serialize, Deserialize)]
enum Mantissas<'a> {
    Narrow(#[serde(borrow)] Packed<'a>),
    /// Some need more than 64 bits.
    Wide(Vec<i128>),
}

/// What a sealed block holds.
pub(super) struct Encoded {
    /// Distinct nominal times.
    pub times: Vec<i64>,
    pub body: Vec<u8>,
    /// Raw words and messages, row by row.
    pub raw: Vec<u8>,
}

#[derive(Default)]
struct Gathered {
    rows: Vec<i64>,
    quality: Vec<i64>,
    scale: Vec<i64>,
    mantissa: Vec<i128>,
}

/// In the order in which rows are sealed: by time, each point at most once in a row and in order of its name.
pub(super) fn ordered(rows: Vec<Row>) -> Vec<Row> {
    let mut ordered: Vec<Row> = Vec::with_capacity(rows.len());
    for mut row in rows {
        row.sweep.values.sort_by(|one, other| one.point.cmp(&other.point));
        // A point that a sweep names twice gets a row more.
        loop {
            let mut again = Vec::new();
            let mut values: Vec<SweepValue> = Vec::with_capacity(row.sweep.values.len());
            for value in std::mem::take(&mut row.sweep.values) {
                let known = values.last().is_some_and(|last| last.point == value.point);
                if known { &mut again } else { &mut values }.push(value);
            }
            row.sweep.values = values;
            ordered.push(row.clone());
            if again.is_empty() {
                break;
            }
            row.sweep.values = again;
        }
    }
    ordered.sort_by_key(|row| row.sweep.nominal_us);
    ordered
}

/// Of rows that are [`ordered`].
pub(super) fn encode(rows: &[Row]) -> Encoded {
    let mut times: Vec<i64> = rows.iter().map(|row| row.sweep.nominal_us).collect();
    let step: Vec<i64> = times
        .windows(2)
        .map(|pair| i64::from(pair[0] != pair[1]))
        .collect();
    times.dedup();
    let mut profiles: Vec<&str> = Vec::new();
    let mut profile = Vec::with_capacity(rows.len());
    let mut points: BTreeMap<&str, Gathered> = BTreeMap::new();
    for (index, row) in (0_i64..).zip(rows) {
        let name = row.sweep.profile.as_str();
        let known = profiles.iter().position(|one| *one == name).unwrap_or_else(|| {
            profiles.push(name);
            profiles.len() - 1
        });
        profile.push(known as i64);
        for value in &row.sweep.values {
            let column = points.entry(&value.point).or_default();
            column.rows.push(index);
            column.quality.push(i64::from(value.quality));
            column
                .scale
                .push(value.number.map_or(NO_VALUE, |(_, scale)| i64::from(scale)));
            column.mantissa.extend(value.number.map(|(mantissa, _)| mantissa));
        }
    }
    let each = |of: fn(&Row) -> i64| Packed::of(&rows.iter().map(of).collect::<Vec<i64>>());
    let body = Body {
        format: FORMAT,
        rows: count(rows.len()),
        step: Packed::of(&step),
        taken: each(|row| row.sweep.taken_us.wrapping_sub(row.sweep.nominal_us)),
        received: each(|row| {
            row.received_s
                .wrapping_sub(row.sweep.nominal_us.div_euclid(1_000_000))
        }),
        version: each(|row| i64::from(row.version)),
        profile: Packed::of(&profile),
        profiles,
        points: points
            .into_iter()
            .map(|(name, gathered)| gathered.column(name, rows.len()))
            .collect(),
    };
    let raw: Vec<(&[RawSpan], &[u8])> = rows
        .iter()
        .map(|row| (row.sweep.raw.as_slice(), row.sweep.message.as_slice()))
        .collect();
    Encoded {
        times,
        body: postcard::to_stdvec(&body).expect("columns are encodable"),
        raw: block::compress(&postcard::to_stdvec(&raw).expect("words are encodable")),
    }
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).expect("a day of a device has fewer than 4 billion sweeps")
}

impl Gathered {
    fn column(self, name: &str, rows: usize) -> Column<'_> {
        let narrow: Result<Vec<i64>, _> = self.mantissa.iter().map(|one| i64::try_from(*one)).collect();
        Column {
            name,
            count: count(self.rows.len()),
            row: if self.rows.len() == rows {
                Packed::Same(0)
            } else {
                Packed::of(&self.rows)
            },
            quality: Packed::of(&self.quality),
            scale: Packed::of(&self.scale),
            mantissa: match narrow {
                Ok(narrow) => Mantissas::Narrow(Packed::of(&narrow)),
                Err(_) => Mantissas::Wide(self.mantissa),
            },
        }
    }
}

/// A sealed block whose seal was right.
pub(super) struct Columns {
    pub id: i64,
    /// The highest of all rows.
    pub received_s: i64,
    body: Vec<u8>,
    nominal: Vec<i64>,
    taken: Vec<i64>,
    /// Each row has a time of its own.
    distinct: bool,
}

/// The values of one point, one for each of its rows.
struct Values {
    /// `None`: in all of them.
    rows: Option<Vec<i64>>,
    quality: Vec<u8>,
    scale: Vec<u8>,
    mantissa: Vec<i128>,
}

impl Columns {
    /// `None` only for bytes that nobody sealed.
    pub(super) fn open(id: i64, content: block::Content, times: &[i64]) -> Option<Self> {
        let body: Body<'_> = postcard::from_bytes(&content.body).ok()?;
        let rows = usize::try_from(body.rows)
            .ok()
            .filter(|_| body.format == FORMAT)?;
        let distinct = body.step.same() == Some(1) || rows == 1;
        let nominal = if distinct {
            times.to_vec()
        } else {
            let mut index = 0;
            let mut nominal = vec![*times.first()?];
            for step in body.step.numbers(rows.checked_sub(1)?)? {
                index += usize::try_from(step).ok()?;
                nominal.push(*times.get(index)?);
            }
            nominal
        };
        let mut taken = body.taken.numbers(rows)?;
        if nominal.len() != rows {
            return None;
        }
        for (taken, nominal) in taken.iter_mut().zip(&nominal) {
            *taken = taken.wrapping_add(*nominal);
        }
        Some(Self {
            id,
            received_s: content.received_s,
            nominal,
            taken,
            distinct,
            body: content.body,
        })
    }

    fn body(&self) -> Option<Body<'_>> {
        postcard::from_bytes(&self.body).ok()
    }

    /// As readings in the order they were stored. `None` only for bytes that nobody sealed; nothing if the point is
    /// not there.
    pub(super) fn find(&self, point: &str, known_s: Option<i64>, found: &mut Vec<Found>) -> Option<()> {
        let body = self.body()?;
        let Some(column) = body.points.iter().find(|column| column.name == point) else {
            return Some(());
        };
        let rows = self.nominal.len();
        let (version, received) = (body.version.numbers(rows)?, self.received(&body)?);
        let values = column.values(rows)?;
        for index in 0..values.quality.len() {
            let row = match &values.rows {
                Some(rows) => usize::try_from(rows[index])
                    .ok()
                    .filter(|row| *row < self.nominal.len())?,
                None => index,
            };
            if known_s.is_none_or(|limit| received[row] <= limit) {
                found.push(Found {
                    nominal_us: self.nominal[row],
                    taken_us: self.taken[row],
                    number: values.number(index),
                    quality: values.quality[index],
                    version: u32::try_from(version[row]).ok()?,
                });
            }
        }
        Some(())
    }

    /// Fills a chunk at once, where every time is there once; `false` where one must be chosen.
    pub(super) fn fill(&self, chunk: &mut Chunk, from: i64, to: i64) -> Option<bool> {
        if !self.distinct {
            return Some(false);
        }
        let body = self.body()?;
        let Some(column) = body
            .points
            .iter()
            .find(|column| column.name == chunk.series.point.as_str())
        else {
            return Some(true);
        };
        let values = column.values(self.nominal.len())?;
        if values.rows.is_some() {
            return Some(false);
        }
        let first = self.nominal.partition_point(|time| *time < from);
        let end = self.nominal.partition_point(|time| *time < to).max(first);
        let whole = first == 0 && end == self.nominal.len();
        chunk.nominal_us.extend_from_slice(&self.nominal[first..end]);
        chunk.taken_us.extend_from_slice(&self.taken[first..end]);
        if whole {
            (chunk.mantissa, chunk.scale, chunk.quality) = (values.mantissa, values.scale, values.quality);
        } else {
            chunk.mantissa.extend_from_slice(&values.mantissa[first..end]);
            chunk.scale.extend_from_slice(&values.scale[first..end]);
            chunk.quality.extend_from_slice(&values.quality[first..end]);
        }
        Some(true)
    }

    fn received(&self, body: &Body<'_>) -> Option<Vec<i64>> {
        let mut received = body.received.numbers(self.nominal.len())?;
        for (received, nominal) in received.iter_mut().zip(&self.nominal) {
            *received = received.wrapping_add(nominal.div_euclid(1_000_000));
        }
        Some(received)
    }

    pub(super) fn points(&self) -> Option<Vec<String>> {
        let body = self.body()?;
        Some(body.points.iter().map(|column| column.name.to_owned()).collect())
    }

    /// Every row, without its raw words.
    pub(super) fn rows(&self, device: &devices::DeviceId) -> Option<Vec<Row>> {
        let body = self.body()?;
        let count = self.nominal.len();
        let (version, received) = (body.version.numbers(count)?, self.received(&body)?);
        let profile = body.profile.numbers(count)?;
        let mut rows: Vec<Row> = Vec::with_capacity(count);
        for index in 0..count {
            let profile = body.profiles.get(usize::try_from(profile[index]).ok()?)?;
            rows.push(Row {
                sweep: Sweep {
                    device: device.clone(),
                    profile: (*profile).to_owned(),
                    nominal_us: self.nominal[index],
                    taken_us: self.taken[index],
                    values: Vec::new(),
                    raw: Vec::new(),
                    message: Vec::new(),
                },
                version: u32::try_from(version[index]).ok()?,
                received_s: received[index],
            });
        }
        for column in &body.points {
            let values = column.values(count)?;
            for index in 0..values.quality.len() {
                let row = match &values.rows {
                    Some(rows) => usize::try_from(rows[index]).ok()?,
                    None => index,
                };
                rows.get_mut(row)?.sweep.values.push(SweepValue {
                    point: column.name.to_owned(),
                    number: values.number(index),
                    quality: values.quality[index],
                });
            }
        }
        Some(rows)
    }
}

impl Column<'_> {
    fn values(&self, rows: usize) -> Option<Values> {
        let count = usize::try_from(self.count).ok()?;
        let byte = |number: i64| u8::try_from(number).ok();
        let bytes = |packed: &Packed<'_>| match packed.same() {
            Some(number) => Some(vec![byte(number)?; count]),
            None => packed.numbers(count)?.into_iter().map(byte).collect(),
        };
        let (scale, quality) = (bytes(&self.scale)?, bytes(&self.quality)?);
        let with_value = scale.iter().filter(|scale| **scale != Chunk::NO_VALUE).count();
        let mut mantissa: Vec<i128> = match &self.mantissa {
            Mantissas::Narrow(packed) => packed.numbers(with_value)?.into_iter().map(i128::from).collect(),
            Mantissas::Wide(numbers) => numbers.clone(),
        };
        if mantissa.len() != with_value {
            return None;
        }
        if with_value != count {
            let mut there = mantissa.into_iter();
            mantissa = scale
                .iter()
                .map(|scale| {
                    if *scale == Chunk::NO_VALUE {
                        Some(0)
                    } else {
                        there.next()
                    }
                })
                .collect::<Option<_>>()?;
        }
        Some(Values {
            rows: if count == rows {
                None
            } else {
                Some(self.row.numbers(count)?)
            },
            quality,
            scale,
            mantissa,
        })
    }
}

impl Values {
    fn number(&self, index: usize) -> Option<(i128, u8)> {
        let scale = self.scale[index];
        (scale != Chunk::NO_VALUE).then_some((self.mantissa[index], scale))
    }
}

/// The raw words of each row.
pub(super) fn raw_of(packed: &[u8]) -> Option<Vec<(Vec<RawSpan>, Vec<u8>)>> {
    postcard::from_bytes(&block::decompress(packed, usize::MAX)?).ok()
}
