//! Drift from dated results and from the points of the chart.

use ::uncertainty::budget::significant;
use ::uncertainty::document::Text;
use ::uncertainty::statistics::distribution::{normal_probability, t_coverage};
use ::uncertainty::statistics::drift::{Dated, Drift, drift};
use ::uncertainty::statistics::slope::{Slope, slope};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use numbers::number::{Exact, Fraction};
use numbers::rounding::round_significant;

use super::points::Point;
use super::rules::{DriftRule, PeriodCheckRules};
use super::sides::Sides;
use crate::conclusion::{Code, DriftLine, Reason};

const ORIGIN: Date = date(1970, 1, 1);
const YEAR: f64 = 365.25;

/// The fitted line with its record.
pub(super) struct Trend {
    pub(super) line: DriftLine,
    /// Day number of the earliest crossing.
    pub(super) earliest: Option<f64>,
    /// |error| + U has reached the limit already, by the recorded decimals.
    pub(super) reached: Option<Reason>,
}

pub(super) fn day_number(day: Date) -> f64 {
    let days = day.since(ORIGIN).map_or(0, |span| span.get_days());
    f64::from(days)
}

fn date_of(number: f64) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the horizon")]
    let days = libm::floor(number) as i64;
    let date = ORIGIN.checked_add(days.days()).ok()?;
    Some(date.to_string())
}

/// Days since 1970 in the declared offset, with their fraction.
fn days(time: Timestamp, rules: &PeriodCheckRules) -> f64 {
    let offset = rules.subgroup.as_ref().map_or(0, |s| s.utc_offset_seconds);
    let seconds = time.as_second() + i64::from(offset);
    #[expect(clippy::cast_precision_loss, reason = "seconds of this era are exact")]
    let seconds = seconds as f64;
    seconds / 86_400.0
}

fn not_computed(of: &Text, zh: &str, en: &str) -> Reason {
    Reason::with(
        Code::DriftNotComputed,
        &[("zh", &of.zh), ("of", &of.en), ("detail_zh", zh), ("detail", en)],
    )
}

/// By dated results; `present` is the mean of this window and its day is the middle of the window.
pub(super) fn dated(
    rules: &PeriodCheckRules,
    rule: &DriftRule,
    sides: &Sides<'_>,
    present: Option<&Fraction>,
) -> Result<Trend, Reason> {
    let of = Text::new("历次结果", "dated results");
    let mut results: Vec<Dated> = sides
        .check
        .history
        .iter()
        .map(|r| Dated {
            day: day_number(r.date),
            error: r.error.to_f64(),
            // Stated with k = 2.
            u: r.u95.to_f64() / 2.0,
        })
        .collect();
    if let Some(present) = present {
        let (from, to) = (sides.evidence.window.from, sides.evidence.window.to);
        results.push(Dated {
            day: f64::midpoint(days(from, rules), days(to, rules)),
            error: present.to_f64(),
            u: sides.u_reference.to_f64() / 2.0,
        });
    }
    if results.len() < rule.least_results {
        let (have, least) = (results.len(), rule.least_results);
        return Err(not_computed(
            &of,
            &format!("{have} 个结果，少于 {least} 个"),
            &format!("{have} results, fewer than {least}"),
        ));
    }
    let line = drift(&results).map_err(|e| not_computed(&of, &e.to_string(), &e.to_string()))?;
    trend(rules, rule, sides, &of, &line, results.len(), None)
}

/// By the points of this window, with the number of independent points they are worth.
pub(super) fn within(
    rules: &PeriodCheckRules,
    rule: &DriftRule,
    sides: &Sides<'_>,
    points: &[Point],
) -> Result<Trend, Reason> {
    let of = Text::new("本窗口各点", "the points of this window");
    if points.len() < rule.least_points {
        let (have, least) = (points.len(), rule.least_points);
        return Err(not_computed(
            &of,
            &format!("{have} 点，少于 {least} 点"),
            &format!("{have} points, fewer than {least}"),
        ));
    }
    let times: Vec<f64> = points
        .iter()
        .map(|p| f64::midpoint(days(p.from, rules), days(p.to, rules)))
        .collect();
    let values: Vec<f64> = points.iter().map(|p| p.value.to_f64()).collect();
    let found = slope(&times, &values).map_err(|e| not_computed(&of, &e.to_string(), &e.to_string()))?;
    // t of the same probability in place of k: few independent points know their spread badly.
    let k = rule.k.to_f64();
    let wider = t_coverage(2.0 * normal_probability(k) - 1.0, found.dof).max(k) / k;
    let common = sides.u_reference.to_f64() / 2.0;
    let level = wider * found.line.u_level;
    let line = Drift {
        // What the reference is off by shifts all points alike: level, not rate.
        u_level: (level * level + common * common).sqrt(),
        u_rate: wider * found.line.u_rate,
        ..found.line
    };
    let count = points.len();
    trend(rules, rule, sides, &of, &line, count, Some(&found))
}

/// To a few digits, as a decimal that may be compared; `None` of NaN and infinities.
fn declared(value: f64, digits: u32) -> Option<Exact> {
    let (rounded, _) = round_significant(&Exact::from_f64(value)?, digits)?;
    Some(rounded.value().clone())
}

fn trend(
    rules: &PeriodCheckRules,
    rule: &DriftRule,
    sides: &Sides<'_>,
    of: &Text,
    line: &Drift,
    results: usize,
    slope: Option<&Slope>,
) -> Result<Trend, Reason> {
    let k = rule.k.to_f64();
    let now = days(sides.evidence.window.to, rules);
    let limit = sides.mpev.map(Exact::to_f64);
    let crossing = |k: f64| limit.and_then(|limit| line.crossing(now, limit, k, rule.horizon_days));
    let earliest = crossing(k);
    let decimals = [
        declared(line.rate * YEAR, 4),
        declared(k * line.u_rate * YEAR, 2),
        declared(line.at(now), 4),
        declared(k * line.u_at(now), 2),
    ];
    let [Some(rate), Some(u_rate), Some(error), Some(u)] = decimals else {
        return Err(not_computed(of, "数值超出范围", "the numbers are too far apart"));
    };
    let reached = sides.mpev.filter(|mpev| &error.abs() + &u >= **mpev);
    let reached = reached.map(|mpev| {
        Reason::with(
            Code::DriftReachesLimit,
            &[
                ("zh", &of.zh),
                ("of", &of.en),
                ("error", &error.abs().to_string()),
                ("u", &u.to_string()),
                ("limit", &mpev.to_string()),
                ("unit", sides.unit),
            ],
        )
    });
    Ok(Trend {
        earliest,
        reached,
        line: DriftLine {
            results: u32::try_from(results).unwrap_or(u32::MAX),
            autocorrelation: slope.and_then(|s| s.lag1).map(|r| significant(r, 2)),
            effective_results: slope.map(|s| significant(s.effective, 3)),
            significant: rate.abs() > u_rate,
            rate_per_year: rate.to_string(),
            u_rate_per_year: u_rate.to_string(),
            error_now: error.to_string(),
            u_now: u.to_string(),
            mpev: sides.mpev.map(Exact::to_string),
            crossing: crossing(0.0).and_then(date_of),
            earliest_crossing: earliest.and_then(date_of),
            latest_crossing: crossing(-k).and_then(date_of),
        },
    })
}
