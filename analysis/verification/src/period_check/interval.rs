//! A suggestion for the interval of calibration (ILAC-G24:2022 / OIML D 10, JJF 1139).

use ::uncertainty::document::Text;
use numbers::number::{Exact, Fraction};

use super::rules::IntervalRule;
use super::sides::Sides;
use super::trend::{Trend, day_number};
use crate::conclusion::{Code, IntervalLine, Reason};

/// Staircase by the last dated result, and the time until the drift may reach the MPE.
///
/// A drift of the window counts only when it is significant: over a few weeks the uncertainty of a
/// rate that is nothing reaches any limit within a year.
pub(super) fn interval(
    rule: &IntervalRule,
    sides: &Sides<'_>,
    by_results: Option<&Trend>,
    by_points: Option<&Trend>,
) -> Result<IntervalLine, Reason> {
    let lacks = |zh: &str, en: &str| {
        Err(Reason::with(
            Code::IntervalNotSuggested,
            &[("zh", zh), ("missing", en)],
        ))
    };
    let Some(present) = sides.check.interval_days else {
        return lacks("现行间隔", "the present interval");
    };
    let Some(mpev) = sides.mpev else {
        return lacks("最大允许误差", "the MPE");
    };
    let Some(last) = sides.check.history.last() else {
        return lacks("历次结果", "a dated result");
    };
    let stair = staircase(rule, present, &last.error, mpev);
    let earliest = by_points
        .filter(|t| t.line.significant)
        .into_iter()
        .chain(by_results)
        .filter_map(|t| t.earliest)
        .min_by(f64::total_cmp);
    let until = earliest.map(|day| {
        let days = libm::floor((day - day_number(last.date)).clamp(0.0, 1e6));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let days = days as u32;
        days
    });
    let shorter = until.map_or(stair, |days| days.min(stair));
    Ok(IntervalLine {
        present_days: present,
        staircase_days: stair,
        drift_days: until,
        suggested_days: shorter.clamp(rule.least_days, rule.most_days),
        rule: Text::new(
            format!(
                "ILAC-G24 阶梯法（|误差|≤{within} MPEV 延长为 {extend} 倍，超出 MPEV 缩短为 {reduce} 倍）与漂移法取短，限于 {least}～{most} 天；仅为建议，不改变任何日期",
                within = rule.within,
                extend = rule.extend,
                reduce = rule.reduce,
                least = rule.least_days,
                most = rule.most_days,
            ),
            format!(
                "the shorter of the staircase of ILAC-G24 (|error| ≤ {within} MPEV: times {extend}, beyond MPEV: times {reduce}) and of the drift, within {least} to {most} days; a suggestion, no date is changed",
                within = rule.within,
                extend = rule.extend,
                reduce = rule.reduce,
                least = rule.least_days,
                most = rule.most_days,
            ),
        ),
    })
}

/// Whole days, cut.
fn staircase(rule: &IntervalRule, present: u32, error: &Exact, mpev: &Exact) -> u32 {
    let size = error.abs();
    let factor = if size <= &rule.within * mpev {
        rule.extend.clone()
    } else if size <= *mpev {
        Exact::from(1)
    } else {
        rule.reduce.clone()
    };
    let days = &Exact::from(i64::from(present)) * &factor;
    Fraction::from(&days).cut(0).0.parse().unwrap_or(present)
}
