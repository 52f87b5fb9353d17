//! From readings to differences, and to the points of the chart.

use std::collections::BTreeMap;

use devices::Quality;
use jiff::Timestamp;

use numbers::number::{Exact, Fraction, Total};
use numbers::rounding::{Interval, Method};

use super::rules::PeriodCheckRules;
use super::sides::{Reference, Sides};
use crate::conclusion::Code;
use crate::evidence::{Grid, Sample};

/// Usable differences in order of time, and what was left out.
pub(super) struct Differences {
    pub(super) values: Vec<(Timestamp, Exact)>,
    /// Of the subject, over the same times.
    pub(super) subject_mean: Option<Fraction>,
    pub(super) excluded: Vec<(Code, u32)>,
    /// Grid times of the window.
    pub(super) expected: u32,
    pub(super) largest_gap_seconds: u64,
}

/// A mean over one span of the declared subgroup.
pub(super) struct Point {
    /// Number of the span since 1970 in the declared offset.
    pub(super) span: i64,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) readings: usize,
    pub(super) value: Exact,
}

pub(super) fn differences(rules: &PeriodCheckRules, sides: &Sides<'_>) -> Differences {
    let (window, period) = (sides.evidence.window, sides.evidence.period_seconds);
    let others: BTreeMap<_, _> = match &sides.reference {
        Reference::Instrument(series) => series.readings.iter().map(|s| (s.nominal, s)).collect(),
        Reference::Standard(_) => BTreeMap::new(),
    };
    let mut subjects = Total::default();
    let (mut values, mut seen, mut alone, mut bad, mut apart) = (Vec::new(), 0, 0, 0, 0);
    let good = |s: &Sample| s.value.clone().filter(|_| s.quality == Quality::Good);
    let inside = |s: &&Sample| window.contains(s.nominal);
    for subject in sides.subject.readings.iter().filter(inside) {
        seen += 1;
        let other = match (&sides.reference, others.get(&subject.nominal)) {
            (Reference::Standard(value), _) => Some((*value).clone()),
            (Reference::Instrument(_), None) => {
                alone += 1;
                continue;
            }
            (Reference::Instrument(_), Some(reference)) => {
                let skew = subject.taken.as_nanosecond() - reference.taken.as_nanosecond();
                if Exact::new(skew, -9).abs() > rules.pairing.largest_skew_seconds {
                    apart += 1;
                    continue;
                }
                good(reference)
            }
        };
        match (good(subject), other) {
            (Some(x), Some(y)) => {
                subjects.add(&x);
                values.push((subject.nominal, &x - &y));
            }
            _ => bad += 1,
        }
    }
    let grid = Grid::new(window, period);
    // The end of the window is no time of it, but the last grid time before it is.
    let last_is_inside = window.contains(grid.time(grid.slots));
    let times = grid.slots + usize::from(last_is_inside);
    let expected = u32::try_from(times).unwrap_or(u32::MAX);
    Differences {
        largest_gap_seconds: largest_gap(&grid, times, &values),
        subject_mean: Fraction::new(&subjects.value(), &Exact::new(values.len(), 0)),
        values,
        excluded: vec![
            (Code::ReadingMissing, expected.saturating_sub(seen) + alone),
            (Code::ReadingNotGood, bad),
            (Code::ClockSkewTooLarge, apart),
        ],
        expected,
    }
}

/// Longest time without a usable difference, the edges of the window included.
fn largest_gap(grid: &Grid, times: usize, values: &[(Timestamp, Exact)]) -> u64 {
    let period = grid.period();
    let start = grid.second(0) - period;
    let seen = values.iter().map(|(time, _)| time.as_second());
    let ends = seen.chain([grid.second(times)]);
    let longest = ends.scan(start, |last, time| {
        let gap = time - *last - period;
        *last = time;
        Some(gap)
    });
    u64::try_from(longest.max().unwrap_or(0)).unwrap_or(0)
}

/// The exact mean of differences; `None` of none.
pub(super) fn mean(values: &[(Timestamp, Exact)]) -> Option<Fraction> {
    let mut total = Total::default();
    values.iter().for_each(|(_, value)| total.add(value));
    Fraction::new(&total.value(), &Exact::new(values.len(), 0))
}

/// Means by span with enough readings, rounded to the declared decimals.
pub(super) fn points(rules: &PeriodCheckRules, differences: &Differences) -> Vec<Point> {
    let Some(subgroup) = &rules.subgroup else {
        return Vec::new();
    };
    let interval = Interval::decimals(rules.pairing.places);
    let spans = subgroup.spans();
    let number = |time: &Timestamp| spans.number(time.as_second());
    let mut points = Vec::new();
    for group in differences.values.chunk_by(|a, b| number(&a.0) == number(&b.0)) {
        if group.len() < subgroup.least_readings {
            continue;
        }
        let (Some(mean), Some(first), Some(last)) = (mean(group), group.first(), group.last()) else {
            continue;
        };
        points.push(Point {
            span: number(&first.0),
            from: first.0,
            to: last.0,
            readings: group.len(),
            value: mean.round_by(&interval, Method::HalfEven).value().clone(),
        });
    }
    points
}
