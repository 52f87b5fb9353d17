//! From readings to differences, and to the points of the chart.

use std::collections::BTreeMap;

use devices::Quality;
use jiff::Timestamp;

use super::{Evidence, Procedure};
use crate::evidence::Sample;
use crate::number::{Exact, Fraction, Total};
use crate::rounding::Method;
use crate::verdict::Code;

/// Usable differences in order of time, and what was left out.
pub(super) struct Differences {
    pub(super) values: Vec<(Timestamp, Exact)>,
    pub(super) excluded: Vec<(Code, u32)>,
}

/// A mean over one span.
pub(super) struct Point {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) readings: usize,
    pub(super) value: Exact,
}

pub(super) fn differences(procedure: &Procedure, evidence: &Evidence) -> Differences {
    let others: BTreeMap<_, _> = evidence
        .reference
        .iter()
        .flat_map(|r| r.readings.iter().map(|s| (s.nominal, s)))
        .collect();
    let (mut values, mut missing, mut bad, mut apart) = (Vec::new(), 0, 0, 0);
    let good = |s: &Sample| s.value.clone().filter(|_| s.quality == Quality::Good);
    let inside = |s: &&Sample| evidence.window.contains(s.nominal);
    for subject in evidence.subject.readings.iter().filter(inside) {
        let other = match (&evidence.standard, others.get(&subject.nominal)) {
            (Some(standard), _) => Some(standard.value.clone()),
            (None, None) => {
                missing += 1;
                continue;
            }
            (None, Some(reference)) => {
                let skew = subject.taken.as_nanosecond() - reference.taken.as_nanosecond();
                if Exact::new(skew, -9).abs() > procedure.check().largest_skew_seconds {
                    apart += 1;
                    continue;
                }
                good(reference)
            }
        };
        match (good(subject), other) {
            (Some(x), Some(y)) => values.push((subject.nominal, &x - &y)),
            _ => bad += 1,
        }
    }
    Differences {
        values,
        excluded: vec![
            (Code::ReadingMissing, missing),
            (Code::ReadingNotGood, bad),
            (Code::ClockSkewTooLarge, apart),
        ],
    }
}

/// The exact mean of differences; `None` of none.
pub(super) fn mean(values: &[(Timestamp, Exact)]) -> Option<Fraction> {
    let mut total = Total::default();
    values.iter().for_each(|(_, value)| total.add(value));
    Fraction::new(&total.value(), &Exact::new(values.len(), 0))
}

/// Means by span with enough readings, rounded to the declared decimals.
pub(super) fn points(procedure: &Procedure, differences: &Differences) -> Vec<Point> {
    let subgroup = procedure.subgroup();
    let interval = crate::procedure::places_interval(procedure.check().places);
    let number = |time: &Timestamp| {
        (time.as_second() + i64::from(subgroup.utc_offset_seconds)).div_euclid(i64::from(subgroup.seconds))
    };
    let mut points = Vec::new();
    for group in differences.values.chunk_by(|a, b| number(&a.0) == number(&b.0)) {
        if group.len() < subgroup.least_readings {
            continue;
        }
        let (Some(mean), Some(first), Some(last)) = (mean(group), group.first(), group.last()) else {
            continue;
        };
        points.push(Point {
            from: first.0,
            to: last.0,
            readings: group.len(),
            value: mean.round_by(&interval, Method::HalfEven).value().clone(),
        });
    }
    points
}
