//! From readings of the error to a verdict: mean → one rounding → limit.

use std::cmp::Ordering;

use crate::verdict::{ComparisonMethod, Verdict};
use numbers::number::Exact;
use numbers::rounding::{Interval, Rounded};

use super::procedure::Procedure;
use crate::procedure::Repeats;
use numbers::number::Fraction;

/// What some readings of the error say about a limit.
#[derive(Clone, Debug)]
pub struct Judgement {
    mean: Fraction,
    /// Rounded once from the exact mean (GB/T 8170-2008 §3.3.1).
    pub rounded: Rounded,
    /// |mean| lies at 0.8 to 1.2 of the limit, ends included.
    pub near_limit: bool,
    /// Readings that are missing before a verdict may be given.
    pub missing: usize,
    /// 修约值比较法
    pub rounded_value: Verdict,
    /// 全数值比较法
    pub full_value: Verdict,
}

impl Judgement {
    /// The exact mean as `p/q`.
    pub fn fraction(&self) -> String {
        self.mean.text()
    }
    /// The mean cut after `places` decimals, and whether nothing was cut.
    pub fn mean(&self, places: u32) -> (String, bool) {
        self.mean.cut(places)
    }
    /// The verdict by a method, whatever readings are missing.
    pub fn by(&self, method: ComparisonMethod) -> Verdict {
        match method {
            ComparisonMethod::RoundedValue => self.rounded_value,
            ComparisonMethod::FullValue => self.full_value,
        }
    }
}

/// Judges readings of the error in % as JJG 596 does; `None` of no readings.
///
/// ```
/// use verification::online_verification::{Procedure, judge::judge};
/// use verification::verdict::Verdict;
/// let procedure = Procedure::energy_meter_online().unwrap();
/// let [a, b, limit] = ["0.524", "0.526", "0.5"].map(|t| t.parse().unwrap());
/// let interval = procedure.table().interval("0.5S").unwrap();
/// let judged = judge(&procedure, &[a, b], &limit, interval).unwrap();
/// assert_eq!(judged.rounded.to_string(), "0.50");
/// assert_eq!(judged.rounded_value, Verdict::Conforms);
/// assert_eq!(judged.full_value, Verdict::DoesNotConform);
/// assert_eq!(judged.missing, 2);
/// ```
pub fn judge(
    procedure: &Procedure,
    readings: &[Exact],
    limit: &Exact,
    interval: &Interval,
) -> Option<Judgement> {
    let one = Exact::from(1);
    let readings: Vec<_> = readings.iter().filter_map(|r| Fraction::new(r, &one)).collect();
    judge_fractions(procedure.repeats(), &readings, limit, interval)
}

pub(super) fn judge_fractions(
    repeats: &Repeats,
    readings: &[Fraction],
    limit: &Exact,
    interval: &Interval,
) -> Option<Judgement> {
    if readings.is_empty() {
        return None;
    }
    let mean = Fraction::mean(readings)?;
    let rounded = mean.round(interval);
    let near_limit = mean.cmp_abs(&(limit * &repeats.near_from)) != Ordering::Less
        && mean.cmp_abs(&(limit * &repeats.near_to)) != Ordering::Greater;
    let wanted = if near_limit {
        repeats.least + repeats.more
    } else {
        repeats.least
    };
    Some(Judgement {
        near_limit,
        missing: wanted.saturating_sub(readings.len()),
        rounded_value: Verdict::of(rounded.value().abs() <= *limit),
        full_value: Verdict::of(mean.cmp_abs(limit) != Ordering::Greater),
        mean,
        rounded,
    })
}
