//! The nominal times that evidence is sorted by, and the spans that they are taken together in.

use devices::Window;
use serde::Deserialize;

use super::Sample;

/// The nominal times of a run: multiples of the period since 1970 inside the window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    first_second: i64,
    period: i64,
    /// Number of intervals; there is one grid time more.
    pub(crate) slots: usize,
}

impl Grid {
    pub(crate) fn new(window: Window, period_seconds: u32) -> Self {
        let period = i64::from(period_seconds.max(1));
        let from = window.from;
        let whole = from.as_second() + i64::from(from.subsec_nanosecond() > 0);
        let first_second =
            whole.div_euclid(period) * period + if whole.rem_euclid(period) == 0 { 0 } else { period };
        let slots = (window.to.as_second() - first_second).div_euclid(period);
        Self {
            first_second,
            period,
            slots: usize::try_from(slots).unwrap_or(0),
        }
    }

    /// Distance of two nominal times in s.
    pub(crate) fn period(&self) -> i64 {
        self.period
    }

    /// Start of a slot in seconds since 1970.
    pub(crate) fn second(&self, slot: usize) -> i64 {
        self.first_second + i64::try_from(slot).unwrap_or(i64::MAX / 2) * self.period
    }

    /// Start of a slot.
    pub(crate) fn time(&self, slot: usize) -> jiff::Timestamp {
        jiff::Timestamp::from_second(self.second(slot)).unwrap_or(jiff::Timestamp::MAX)
    }

    /// The samples at every grid time, from `slots + 1` places.
    pub(crate) fn place<'a>(&self, samples: &'a [Sample]) -> Vec<Option<&'a Sample>> {
        let mut places = vec![None; self.slots + 1];
        for sample in samples {
            let after = sample.nominal.as_second() - self.first_second;
            if sample.nominal.subsec_nanosecond() == 0
                && after.rem_euclid(self.period) == 0
                && let Ok(index) = usize::try_from(after / self.period)
                && let Some(place) = places.get_mut(index)
                && after >= 0
            {
                *place = Some(sample);
            }
        }
        places
    }
}

/// Equal spans of time, such as the days of a calendar: what lies in one of them makes one reading or one point.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spans {
    pub(crate) seconds: u32,
    pub(crate) utc_offset_seconds: i32,
}

impl Spans {
    /// Number of the span of a time, counted from 1970.
    pub(crate) fn number(&self, second: i64) -> i64 {
        (second + i64::from(self.utc_offset_seconds)).div_euclid(i64::from(self.seconds))
    }

    /// Whether every span has a length and a place in some calendar.
    pub(crate) fn usable(&self) -> bool {
        self.seconds > 0 && self.utc_offset_seconds.abs() <= 15 * 3_600
    }
}
