//! Readings of one series as columns.

use devices::{Quality, Reading, SeriesId};
use jiff::Timestamp;
use rust_decimal::Decimal;

/// Readings of one series in order of their nominal time, one for each. All columns have the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub series: SeriesId,
    /// Microseconds since 1970-01-01 UTC.
    pub nominal_us: Vec<i64>,
    pub taken_us: Vec<i64>,
    /// Value = mantissa / 10^scale.
    pub mantissa: Vec<i128>,
    /// [`Chunk::NO_VALUE`] where there is none.
    pub scale: Vec<u8>,
    /// [`Quality::code`]
    pub quality: Vec<u8>,
}

/// One reading on its way into a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub nominal_us: i64,
    pub taken_us: i64,
    pub number: Option<(i128, u8)>,
    pub quality: u8,
    pub version: u32,
}

impl Chunk {
    pub const NO_VALUE: u8 = u8::MAX;

    pub fn new(series: SeriesId) -> Self {
        Self {
            series,
            nominal_us: Vec::new(),
            taken_us: Vec::new(),
            mantissa: Vec::new(),
            scale: Vec::new(),
            quality: Vec::new(),
        }
    }

    /// From what was written of this series, in the order it was written: for each time the one that counts.
    pub(crate) fn of(series: SeriesId, found: Vec<Found>) -> Self {
        let mut chunk = Self::new(series);
        for one in winners(found) {
            let (mantissa, scale) = one.number.unwrap_or((0, Self::NO_VALUE));
            chunk.nominal_us.push(one.nominal_us);
            chunk.taken_us.push(one.taken_us);
            chunk.mantissa.push(mantissa);
            chunk.scale.push(scale);
            chunk.quality.push(one.quality);
        }
        chunk
    }

    pub fn len(&self) -> usize {
        self.nominal_us.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nominal_us.is_empty()
    }

    /// Mantissa and scale of a reading; `None` if it has no value.
    pub fn number(&self, index: usize) -> Option<(i128, u8)> {
        let scale = self.scale[index];
        (scale != Self::NO_VALUE).then_some((self.mantissa[index], scale))
    }

    /// `None` for times, codes and numbers that nobody admitted.
    fn reading(&self, index: usize) -> Option<Reading> {
        let value = match self.number(index) {
            Some((mantissa, scale)) => {
                Some(Decimal::try_from_i128_with_scale(mantissa, u32::from(scale)).ok()?)
            }
            None => None,
        };
        Some(Reading {
            series: self.series.clone(),
            nominal: Timestamp::from_microsecond(self.nominal_us[index]).ok()?,
            taken: Timestamp::from_microsecond(self.taken_us[index]).ok()?,
            value,
            quality: Quality::from_code(self.quality[index])?,
        })
    }

    pub fn readings(&self) -> impl DoubleEndedIterator<Item = Reading> + '_ {
        (0..self.len()).filter_map(|index| self.reading(index))
    }
}

/// In order of time, for each time the one that counts: the highest version, then the best quality, then the one that
/// was written first.
fn winners(mut found: Vec<Found>) -> Vec<Found> {
    // Stable: what was written first stays first.
    found.sort_by_key(|one| one.nominal_us);
    found.dedup_by(|later, kept| {
        let same = later.nominal_us == kept.nominal_us;
        let better = (std::cmp::Reverse(later.version), later.quality)
            < (std::cmp::Reverse(kept.version), kept.quality);
        if same && better {
            *kept = *later;
        }
        same
    });
    found
}
