//! A block of the log: the sweeps that one batch brought of one device on one UTC day, compressed and sealed.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use devices::DeviceId;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uplink::Sweep;
use uplink::limits::MOST_DECODED_BYTES;

use super::seal::Seal;

const DAY_US: i64 = 86_400_000_000;

/// Days since 1970-01-01.
pub(super) fn day_of(nominal_us: i64) -> i64 {
    nominal_us.div_euclid(DAY_US)
}

/// The first and the last microsecond of a day.
pub(super) fn span_of(day: i64) -> (i64, Timestamp) {
    let from = day.saturating_mul(DAY_US);
    let last = Timestamp::from_microsecond(from.saturating_add(DAY_US - 1));
    (from, last.unwrap_or(Timestamp::MAX))
}

/// How a block came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One batch brought it.
    Fresh,
    /// It stands for all blocks of its day up to its own number, as [`columns`](super::columns).
    Sealed,
    /// The same, of which only what its hours add up to is kept.
    Summed,
}

impl Form {
    pub(super) const fn code(self) -> i64 {
        match self {
            Self::Fresh => 0,
            Self::Sealed => 1,
            Self::Summed => 2,
        }
    }

    /// Any other code is damage.
    pub(super) fn of(code: i64) -> Option<Self> {
        [Self::Fresh, Self::Sealed, Self::Summed]
            .into_iter()
            .find(|form| form.code() == code)
    }
}

/// What a block holds, before it has its place in the log.
pub(super) struct Content {
    pub device: DeviceId,
    pub day: i64,
    pub form: Form,
    pub first_us: i64,
    pub last_us: i64,
    /// The highest of all sweeps, as is the next.
    pub version: u32,
    /// When it came, rounded up to the second.
    pub received_s: i64,
    /// Nominal times between first and last.
    pub times: Vec<u8>,
    /// Of a sealed block: what its hours add up to.
    pub summary: Vec<u8>,
    pub body: Vec<u8>,
}

/// A block where it is or shall be in the log.
pub(super) struct Block<C = Content> {
    pub id: i64,
    /// Counts the blocks of a device and day from 1.
    pub nth: i64,
    pub content: C,
}

/// A block as it was read.
pub(super) enum Stored {
    Whole(Block),
    /// The body is damaged; when something was read is still known.
    Times {
        times: Vec<i64>,
        version: u32,
        received_s: i64,
    },
    /// Nothing that it says can be trusted.
    Damaged,
}

/// Whole seconds, rounded up: what is received counts as known only after it came.
pub(super) fn seconds_of(received: Timestamp) -> i64 {
    -(-received.as_microsecond()).div_euclid(1_000_000)
}

/// Parts the sweeps by device and day, each part in the order they came in.
pub(super) fn cut(sweeps: &[Sweep], version: u32, received: Timestamp) -> Vec<Content> {
    let mut parts: BTreeMap<(&DeviceId, i64), Vec<&Sweep>> = BTreeMap::new();
    for sweep in sweeps {
        parts
            .entry((&sweep.device, day_of(sweep.nominal_us)))
            .or_default()
            .push(sweep);
    }
    parts
        .into_iter()
        .map(|((device, day), sweeps)| {
            let mut times: Vec<i64> = sweeps.iter().map(|sweep| sweep.nominal_us).collect();
            times.sort_unstable();
            times.dedup();
            let (first_us, last_us) = (times[0], times[times.len() - 1]);
            Content {
                device: device.clone(),
                day,
                form: Form::Fresh,
                first_us,
                last_us,
                version,
                received_s: seconds_of(received),
                times: between(&times),
                summary: Vec::new(),
                body: encode(&sweeps),
            }
        })
        .collect()
}

/// Steps from each time to the next, without the last one; nothing for up to two times.
pub(super) fn between(times: &[i64]) -> Vec<u8> {
    if times.len() < 3 {
        return Vec::new();
    }
    let steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    compress(&postcard::to_stdvec(&steps[..steps.len() - 1]).expect("numbers are encodable"))
}

pub(super) fn encode(sweeps: &[&Sweep]) -> Vec<u8> {
    compress(&postcard::to_stdvec(sweeps).expect("a sweep holds only encodable types"))
}

pub(super) fn compress(plain: &[u8]) -> Vec<u8> {
    thread_local! {
        // Setting one up costs more than a small block.
        static COMPRESSOR: RefCell<zstd::bulk::Compressor<'static>> =
            RefCell::new(zstd::bulk::Compressor::new(3).expect("a known level"));
    }
    COMPRESSOR
        .with_borrow_mut(|compressor| compressor.compress(plain))
        .expect("compressing into memory cannot fail")
}

pub(super) fn decompress(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    let length = zstd::zstd_safe::get_frame_content_size(packed).ok()??;
    let length = usize::try_from(length).ok()?;
    let fits = length <= most;
    fits.then(|| zstd::bulk::decompress(packed, length).ok())?
}

impl Content {
    /// Of a block that is not sealed. `None` only for bytes that nobody wrote.
    pub(super) fn sweeps(&self) -> Option<Vec<Sweep>> {
        postcard::from_bytes(&decompress(&self.body, MOST_DECODED_BYTES)?).ok()
    }
}

impl<C: Borrow<Content>> Block<C> {
    pub(super) fn times_seal(&self) -> i64 {
        let content = self.content.borrow();
        Seal::of("block times")
            .number(self.id)
            .text(content.device.as_str())
            .number(content.day)
            .number(self.nth)
            .number(content.form.code())
            .number(content.first_us)
            .number(content.last_us)
            .number(i64::from(content.version))
            .number(content.received_s)
            .bytes(&content.times)
            .value()
    }

    pub(super) fn summary_seal(&self, times_seal: i64) -> i64 {
        Seal::of("block summary")
            .number(times_seal)
            .bytes(&self.content.borrow().summary)
            .value()
    }

    /// Of the row but for its summary; `times_seal` stands for what it covers.
    pub(super) fn seal(&self, times_seal: i64) -> i64 {
        Seal::of("block")
            .number(times_seal)
            .bytes(&self.content.borrow().body)
            .value()
    }
}

impl Block {
    pub(super) fn times(&self) -> Option<Vec<i64>> {
        let Content {
            first_us, last_us, ..
        } = self.content;
        let mut times = vec![first_us];
        if !self.content.times.is_empty() {
            let steps: Vec<i64> =
                postcard::from_bytes(&decompress(&self.content.times, MOST_DECODED_BYTES)?).ok()?;
            for step in steps {
                times.push(times.last()?.checked_add(step)?);
            }
        }
        if last_us != first_us {
            times.push(last_us);
        }
        Some(times)
    }
}

/// What the index has as well as the table.
pub(super) struct Place {
    pub device: DeviceId,
    pub day: i64,
    pub nth: i64,
    pub form: Form,
    pub first_us: i64,
    pub last_us: i64,
}

/// Reads a row of the table and checks its seals.
pub(super) fn of_row(row: &SqliteRow) -> Stored {
    let place = || {
        Some(Place {
            device: row.try_get::<&str, _>("device").ok()?.parse().ok()?,
            day: row.try_get("day").ok()?,
            nth: row.try_get("nth").ok()?,
            form: Form::of(row.try_get("form").ok()?)?,
            first_us: row.try_get("first_us").ok()?,
            last_us: row.try_get("last_us").ok()?,
        })
    };
    place().map_or(Stored::Damaged, |place| at_place(row, place))
}

/// The same with the place as the index says it: a bit that changed in the table alone is read over.
pub(super) fn at_place(row: &SqliteRow, place: Place) -> Stored {
    let Some((block, times_seal, seal)) = columns(row, place) else {
        return Stored::Damaged;
    };
    // Both seals are computed, not believed: the seal of the row covers neither column but through them.
    let times_whole = block.times_seal();
    if block.seal(times_whole) == seal {
        return Stored::Whole(block);
    }
    match block.times() {
        Some(times) if times_whole == times_seal => Stored::Times {
            times,
            version: block.content.version,
            // Nobody knows any more which of its readings came when.
            received_s: if block.content.form == Form::Fresh {
                block.content.received_s
            } else {
                i64::MIN
            },
        },
        _ => Stored::Damaged,
    }
}

fn columns(row: &SqliteRow, place: Place) -> Option<(Block, i64, i64)> {
    let content = Content {
        device: place.device,
        day: place.day,
        form: place.form,
        first_us: place.first_us,
        last_us: place.last_us,
        version: row.try_get("version").ok()?,
        received_s: row.try_get("received_s").ok()?,
        times: row.try_get("times").ok()?,
        // Whoever wants it reads it by itself.
        summary: Vec::new(),
        body: row.try_get("body").ok()?,
    };
    let block = Block {
        id: row.try_get("id").ok()?,
        nth: place.nth,
        content,
    };
    Some((block, row.try_get("times_seal").ok()?, row.try_get("seal").ok()?))
}

/// Registers as `holding 0x0000: 4A5B 0001`, or the message as it came.
pub(super) fn raw_text(sweep: &Sweep) -> String {
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

#[cfg(test)]
mod tests {
    use devices::Quality;

    use super::*;
    use crate::store::conformance::sweep;

    #[test]
    fn times_outlive_the_body() {
        let sweeps: Vec<Sweep> = [600, 60, 60, 180, 86_400, 86_399]
            .map(|second| sweep("m-01", second, Some((1, 0)), Quality::Good))
            .to_vec();
        let contents = cut(&sweeps, 0, Timestamp::UNIX_EPOCH);
        let times: Vec<Vec<i64>> = contents
            .into_iter()
            .map(|content| {
                let block = Block {
                    id: 1,
                    nth: 1,
                    content,
                };
                block.times().unwrap().iter().map(|us| us / 1_000_000).collect()
            })
            .collect();
        assert_eq!(times, [vec![60, 180, 600, 86_399], vec![86_400]]);
    }
}
