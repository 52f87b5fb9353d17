//! What a series adds up to over stretches of time, exactly.
//!
//! A [`Part`] is what is known of one stretch; two parts that follow each other give the part of both. So hours that were
//! summed up when a day was put away give days and months without reading a value again.

use devices::Quality;
use jiff::Timestamp;
use rust_decimal::Decimal;

/// One step of one series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub from: Timestamp,
    pub to: Timestamp,
    pub part: Part,
}

/// A stretch of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Readings by their quality.
    pub good: u64,
    pub doubted: u64,
    pub failed: u64,
    /// Of the readings that have a value at a time nobody doubts.
    pub values: Option<Values>,
}

/// Values as mantissas of one scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Values {
    pub count: u64,
    pub scale: u8,
    pub min: i128,
    pub max: i128,
    pub first: Point,
    pub last: Point,
    /// `None`: no number of 128 bits holds it. So are the next two.
    pub sum: Option<i128>,
    /// Each value times the microseconds until the next one, from the first to the last.
    pub area: Option<i128>,
    /// What a counter went on by: all steps upwards, and after a reset (a value below the one before) what it shows
    /// since, counted from zero.
    pub increase: Option<i128>,
    pub resets: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub nominal_us: i64,
    pub mantissa: i128,
}

impl Part {
    pub(crate) fn of(nominal_us: i64, number: Option<(i128, u8)>, code: u8) -> Self {
        let quality = Quality::from_code(code);
        let is = |test: fn(Quality) -> bool| u64::from(quality.is_some_and(test));
        let usable = quality.is_some_and(|one| !one.is_bad() && !one.time_is_doubted());
        Self {
            good: is(Quality::is_good),
            failed: is(Quality::is_bad),
            doubted: is(|one| !one.is_good() && !one.is_bad()),
            values: number
                .filter(|_| usable)
                .map(|(mantissa, scale)| Values::of(nominal_us, mantissa, scale)),
        }
    }

    /// Adds the part that follows in time.
    pub fn add(&mut self, later: &Part) {
        self.good += later.good;
        self.doubted += later.doubted;
        self.failed += later.failed;
        self.values = match (self.values, later.values) {
            (Some(one), Some(other)) => Some(one.followed_by(other)),
            (one, other) => one.or(other),
        };
    }
}

impl Values {
    fn of(nominal_us: i64, mantissa: i128, scale: u8) -> Self {
        let point = Point { nominal_us, mantissa };
        Self {
            count: 1,
            scale,
            min: mantissa,
            max: mantissa,
            first: point,
            last: point,
            sum: Some(mantissa),
            area: Some(0),
            increase: Some(0),
            resets: 0,
        }
    }

    fn followed_by(self, later: Self) -> Self {
        let scale = self.scale.max(later.scale);
        let (one, other) = (self.at_scale(scale), later.at_scale(scale));
        let (before, after) = (one.last, other.first);
        let gap = i128::from(after.nominal_us - before.nominal_us);
        let reset = after.mantissa < before.mantissa;
        let step = if reset {
            Some(after.mantissa)
        } else {
            after.mantissa.checked_sub(before.mantissa)
        };
        Self {
            count: one.count + other.count,
            scale,
            min: one.min.min(other.min),
            max: one.max.max(other.max),
            first: one.first,
            last: other.last,
            sum: total([one.sum, other.sum, Some(0)]),
            area: total([one.area, before.mantissa.checked_mul(gap), other.area]),
            increase: total([one.increase, step, other.increase]),
            resets: one.resets + u64::from(reset) + other.resets,
        }
    }

    /// A mantissa that does not fit is left at the end of what 128 bits hold, which no decimal has; then nothing that
    /// is computed from it is known either.
    fn at_scale(mut self, scale: u8) -> Self {
        if scale == self.scale {
            return self;
        }
        let factor = 10_i128.saturating_pow(u32::from(scale - self.scale));
        let mut fits = true;
        for number in [
            &mut self.min,
            &mut self.max,
            &mut self.first.mantissa,
            &mut self.last.mantissa,
        ] {
            fits &= number.checked_mul(factor).is_some();
            *number = number.saturating_mul(factor);
        }
        for number in [&mut self.sum, &mut self.area, &mut self.increase] {
            *number = number
                .and_then(|number| number.checked_mul(factor))
                .filter(|_| fits);
        }
        self.scale = scale;
        self
    }

    /// As the instrument gave it, if all values of the part had one scale. `None` if no decimal holds it.
    pub fn decimal(&self, mantissa: i128) -> Option<Decimal> {
        Decimal::try_from_i128_with_scale(mantissa, u32::from(self.scale)).ok()
    }

    /// The mean of the values, rounded half to even to three digits more than they have. `sum` and `count` are exact.
    pub fn mean(&self) -> Option<Decimal> {
        self.quotient(self.sum?, i128::from(self.count))
    }

    /// The same weighted by time: each value holds until the next one, from the first to the last.
    pub fn time_weighted_mean(&self) -> Option<Decimal> {
        match self.last.nominal_us - self.first.nominal_us {
            0 => self.quotient(self.last.mantissa, 1),
            time => self.quotient(self.area?, i128::from(time)),
        }
    }

    fn quotient(&self, number: i128, by: i128) -> Option<Decimal> {
        const MORE: u8 = 3;
        let number = number.checked_mul(1_000)?;
        let (floor, rest) = (number.div_euclid(by), number.rem_euclid(by));
        let up = match (rest * 2).cmp(&by) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => floor & 1,
            std::cmp::Ordering::Greater => 1,
        };
        Decimal::try_from_i128_with_scale(floor + up, u32::from(self.scale + MORE)).ok()
    }
}

fn total(numbers: [Option<i128>; 3]) -> Option<i128> {
    numbers
        .into_iter()
        .try_fold(0_i128, |sum, number| sum.checked_add(number?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(numbers: &[(i64, i128, u8)]) -> Values {
        let mut part = Part::default();
        for (second, mantissa, scale) in numbers {
            part.add(&Part::of(second * 1_000_000, Some((*mantissa, *scale)), 0));
        }
        part.values.unwrap()
    }

    #[test]
    fn means_are_exact_and_rounded_once() {
        let one = part(&[(0, 100, 1), (10, 200, 1), (40, 200, 1)]);
        assert_eq!(one.mean().unwrap().to_string(), "16.6667");
        // 10 s of 10.0 and 30 s of 20.0.
        assert_eq!(one.time_weighted_mean().unwrap().to_string(), "17.5000");
        assert_eq!(
            part(&[(0, 7, 2)]).time_weighted_mean().unwrap().to_string(),
            "0.07000"
        );
        // 0.0005 and 0.0015 stand exactly between two results.
        for (sum, expected) in [(1, "0.000"), (3, "0.002")] {
            let half = Values {
                count: 2000,
                sum: Some(sum),
                ..part(&[(0, 0, 0)])
            };
            assert_eq!(half.mean().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn a_counter_goes_on_after_a_reset() {
        let one = part(&[(0, 990, 0), (1, 1000, 0), (2, 5, 0), (3, 7, 0)]);
        assert_eq!((one.increase, one.resets), (Some(17), 1));
    }

    #[test]
    fn digits_of_other_scales_are_kept() {
        let one = part(&[(0, 2201, 1), (1, 22010, 2), (2, 219, 0)]);
        assert_eq!(one.decimal(one.min).unwrap().to_string(), "219.00");
        assert_eq!(one.decimal(one.max).unwrap().to_string(), "220.10");
        assert_eq!(one.sum, Some(65_920));
        let wide = part(&[(0, 79_228_162_514_264_337_593_543_950_335, 0), (86_400, 1, 28)]);
        assert_eq!((wide.sum, wide.area), (None, None), "said, not rounded");
    }

    #[test]
    fn failures_and_doubted_times_have_no_part_in_values() {
        let mut part = Part::of(0, Some((1, 0)), 0);
        for (number, code) in [(None, 128), (Some((1_000, 0)), 5), (Some((3, 0)), 3)] {
            part.add(&Part::of(1, number, code));
        }
        assert_eq!((part.good, part.doubted, part.failed), (1, 2, 1));
        let values = part.values.unwrap();
        assert_eq!((values.count, values.max), (2, 3));
    }
}
