//! Drift from dated results, and a suggestion for the interval.

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};

use super::procedure::{DriftRule, IntervalRule};
use super::{Evidence, Procedure};
use crate::number::{Exact, Fraction};
use crate::stats::drift::{Dated, Drift, drift};
use crate::uncertainty::significant;
use crate::verdict::{DriftLine, IntervalLine, Text};

const ORIGIN: Date = date(1970, 1, 1);

/// The fitted line with its record.
pub(super) struct Trend {
    pub(super) line: DriftLine,
    /// Day number of the earliest crossing.
    earliest: Option<f64>,
    /// The line with its U has reached the limit already.
    pub(super) crossed: bool,
}

fn day_number(day: Date) -> f64 {
    let days = day.since(ORIGIN).map_or(0, |span| span.get_days());
    f64::from(days)
}

fn day_of(time: Timestamp, offset: i32) -> Option<Date> {
    let offset = jiff::tz::Offset::from_seconds(offset).ok()?;
    Some(offset.to_datetime(time).date())
}

fn date_of(number: f64) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the horizon")]
    let days = libm::floor(number) as i64;
    let date = ORIGIN.checked_add(days.days()).ok()?;
    Some(date.to_string())
}

/// `None` with fewer results than the rule wants.
pub(super) fn trend(
    procedure: &Procedure,
    rule: &DriftRule,
    evidence: &Evidence,
    present: Option<&Fraction>,
) -> Option<Trend> {
    let k = rule.k.to_f64();
    let today = day_of(evidence.window.to, procedure.subgroup().utc_offset_seconds)?;
    let now = day_number(today);
    // Stated with k = 2.
    let mut results: Vec<Dated> = evidence
        .history
        .iter()
        .map(|r| Dated {
            day: day_number(r.date),
            error: r.error.to_f64(),
            u: r.u95.to_f64() / 2.0,
        })
        .collect();
    if let Some(present) = present {
        results.push(Dated {
            day: now,
            error: present.to_f64(),
            u: evidence.u_reference().to_f64() / 2.0,
        });
    }
    if results.len() < rule.least_results {
        return None;
    }
    let fit: Drift = drift(&results).ok()?;
    let limit = evidence.mpev.as_ref().map(Exact::to_f64);
    let crossing = |k: f64| limit.and_then(|limit| fit.crossing(now, limit, k, rule.horizon_days));
    let (expected, earliest) = (crossing(0.0), crossing(k));
    let year = 365.25;
    Some(Trend {
        crossed: earliest.is_some_and(|day| day <= now),
        earliest,
        line: DriftLine {
            results: u32::try_from(results.len()).unwrap_or(u32::MAX),
            rate_per_year: significant(fit.rate * year, 4),
            u_rate_per_year: significant(k * fit.u_rate * year, 2),
            significant: fit.rate.abs() > k * fit.u_rate,
            error_now: significant(fit.at(now), 4),
            u_now: significant(k * fit.u_at(now), 2),
            mpev: evidence.mpev.as_ref().map(Exact::to_string),
            crossing: expected.and_then(date_of),
            earliest_crossing: earliest.and_then(date_of),
        },
    })
}

/// ILAC-G24:2022 / OIML D 10, staircase and drift; `None` without the present interval.
pub(super) fn interval(
    procedure: &Procedure,
    rule: &IntervalRule,
    evidence: &Evidence,
    trend: Option<&Trend>,
) -> Option<IntervalLine> {
    let present = evidence.interval_days?;
    let last = evidence.history.last();
    let stair = last.zip(evidence.mpev.as_ref()).map(|(last, mpev)| {
        let size = last.error.abs();
        let factor = if size <= &rule.within * mpev {
            rule.extend.clone()
        } else if size <= *mpev {
            Exact::from(1)
        } else {
            rule.reduce.clone()
        };
        let days = Fraction::from(&(&Exact::from(i64::from(present)) * &factor))
            .cut(0)
            .0;
        days.parse::<u32>().unwrap_or(present)
    });
    let until = last.zip(trend.and_then(|t| t.earliest)).map(|(last, day)| {
        let days = (day - day_number(last.date)).clamp(0.0, 1e6);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let days = libm::floor(days) as u32;
        days
    });
    let shorter = stair.into_iter().chain(until).min();
    let suggested = shorter.map(|days| days.clamp(rule.least_days, rule.most_days));
    let reason = match (stair, until) {
        (None, None) => Text::new(
            "缺少最近一次结果或最大允许误差，不能建议",
            "no suggestion without a last result and the MPE",
        ),
        _ => Text::new(
            format!(
                "ILAC-G24 阶梯法（|误差|≤{}MPEV 延长 {} 倍，超出 MPEV 缩短为 {} 倍）与漂移法取短；仅为建议，不改变任何日期",
                rule.within, rule.extend, rule.reduce
            ),
            format!(
                "the shorter of the staircase of ILAC-G24 (|error| ≤ {} MPEV lengthens by {}, beyond MPEV shortens to {}) and of the drift; a suggestion, no date is changed",
                rule.within, rule.extend, rule.reduce
            ),
        ),
    };
    debug_assert!(procedure.interval().is_some());
    Some(IntervalLine {
        present_days: present,
        staircase_days: stair,
        drift_days: until,
        suggested_days: suggested,
        reason,
    })
}
