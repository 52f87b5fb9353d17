//! From the file to checked rules.

use ::uncertainty::document::{FileError, Source, Text};
use numbers::number::Exact;
use serde::Deserialize;
use toml::Spanned;

use super::rules::{Chart, DriftRule, IntervalRule, Pairing, PeriodCheckRules, Subgroup};
use super::signal::Signal;
use crate::evidence::out_of_all_bounds;
use crate::head::{BasisTable, Head, HeadTable};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: Spanned<u32>,
    id: Spanned<String>,
    version: u32,
    basis: Spanned<BasisTable>,
    check: Spanned<Pairing>,
    subgroup: Option<Spanned<Subgroup>>,
    chart: Option<Spanned<ChartTable>>,
    drift: Option<Spanned<DriftRule>>,
    interval: Option<Spanned<IntervalRule>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChartTable {
    baseline: usize,
    least_points: usize,
    action: Vec<Spanned<String>>,
    warning: Vec<Spanned<String>>,
    lambda: Exact,
    width: Exact,
}

pub(crate) fn load(text: &str) -> Result<(Head, PeriodCheckRules), FileError> {
    let source = Source::new(text);
    let file: Document = source.read()?;
    let head = HeadTable {
        format: &file.format,
        id: &file.id,
        version: file.version,
        basis: &file.basis,
    };
    head.check(source)?;
    check_pairing(source, &file.check)?;
    check_subgroup(source, &file)?;
    file.drift
        .as_ref()
        .map_or(Ok(()), |rule| check_drift(source, rule))?;
    file.interval
        .as_ref()
        .map_or(Ok(()), |rule| check_interval(source, rule))?;
    let document = &file.basis.get_ref().document;
    let statement = Text::new(
        format!("依据 {document} 作期间核查，不具溯源性"),
        format!("Period check by {document}, without traceability"),
    );
    let head = head.head(text, statement);
    let rules = PeriodCheckRules {
        pairing: file.check.into_inner(),
        subgroup: file.subgroup.map(Spanned::into_inner),
        chart: file.chart.map(|table| chart(source, table)).transpose()?,
        drift: file.drift.map(Spanned::into_inner),
        interval: file.interval.map(Spanned::into_inner),
    };
    Ok((head, rules))
}

// Keeps the exact arithmetic of a hostile file small.
const BOUNDS: &str = "a number beyond ±10^30 or finer than 10^-60";

fn check_pairing(source: Source<'_>, table: &Spanned<Pairing>) -> Result<(), FileError> {
    let refuse = |reason: &str| Err(source.error(table.span().start, "check", reason));
    let rule = table.get_ref();
    if rule.places > 12 || rule.least_pairs == 0 || rule.largest_skew_seconds.is_negative() {
        return refuse("at most 12 places, at least one pair, largest_skew_seconds not below zero");
    }
    if out_of_all_bounds(&rule.largest_skew_seconds) {
        return refuse(BOUNDS);
    }
    Ok(())
}

fn check_subgroup(source: Source<'_>, file: &Document) -> Result<(), FileError> {
    if let Some(table) = &file.subgroup {
        let subgroup = table.get_ref();
        if !subgroup.spans().usable() || subgroup.least_readings == 0 {
            let reason = "seconds and least_readings above zero, utc_offset_seconds within ±15 h";
            return Err(source.error(table.span().start, "subgroup", reason));
        }
        return Ok(());
    }
    let needs = [
        ("chart", file.chart.as_ref().map(Spanned::span)),
        ("drift", file.drift.as_ref().map(Spanned::span)),
    ];
    match needs.into_iter().find_map(|(place, span)| Some((place, span?))) {
        Some((place, span)) => {
            let reason = "needs [subgroup], which says what one point is";
            Err(source.error(span.start, place, reason))
        }
        None => Ok(()),
    }
}

fn check_drift(source: Source<'_>, table: &Spanned<DriftRule>) -> Result<(), FileError> {
    let refuse = |reason: &str| Err(source.error(table.span().start, "drift", reason));
    let rule = table.get_ref();
    if out_of_all_bounds(&rule.k) {
        return refuse(BOUNDS);
    }
    let few = rule.least_results < 2 || rule.least_points < 3;
    if few || !rule.k.is_positive() || rule.k > Exact::from(6) || rule.horizon_days > 40_000 {
        return refuse(
            "two results and three points or more, k above 0 and up to 6, a horizon of at most 40000 days",
        );
    }
    Ok(())
}

fn check_interval(source: Source<'_>, table: &Spanned<IntervalRule>) -> Result<(), FileError> {
    let refuse = |reason: &str| Err(source.error(table.span().start, "interval", reason));
    let rule = table.get_ref();
    let numbers = [&rule.within, &rule.extend, &rule.reduce];
    if numbers.into_iter().any(out_of_all_bounds) {
        return refuse(BOUNDS);
    }
    let one = Exact::from(1);
    let share = |x: &Exact| x.is_positive() && *x <= one;
    let factors = share(&rule.within) && share(&rule.reduce);
    let extends = rule.extend >= one && rule.extend <= Exact::from(10);
    if !factors || !extends || rule.least_days == 0 || rule.most_days < rule.least_days {
        return refuse("0 < within ≤ 1, 0 < reduce ≤ 1 ≤ extend ≤ 10, 0 < least_days ≤ most_days");
    }
    Ok(())
}

fn chart(source: Source<'_>, table: Spanned<ChartTable>) -> Result<Chart, FileError> {
    let start = table.span().start;
    let table = table.into_inner();
    if [&table.lambda, &table.width].into_iter().any(out_of_all_bounds) {
        return Err(source.error(start, "chart", BOUNDS));
    }
    let refuse = |reason: &str| Err(source.error(start, "chart", reason));
    if table.baseline < 5 || table.least_points < 1 {
        return refuse("a baseline of at least 5 points and at least 1 point to judge");
    }
    if !table.lambda.is_positive() || table.lambda > Exact::from(1) || !table.width.is_positive() {
        return refuse("lambda above 0 and up to 1, width above 0");
    }
    let action = signals(source, &table.action, &[])?;
    let warning = signals(source, &table.warning, &action)?;
    if action.is_empty() && warning.is_empty() {
        return refuse("no rule: list action, warning, or both");
    }
    Ok(Chart {
        baseline: table.baseline,
        least_points: table.least_points,
        action,
        warning,
        lambda: table.lambda,
        width: table.width,
    })
}

fn signals(
    source: Source<'_>,
    names: &[Spanned<String>],
    taken: &[Signal],
) -> Result<Vec<Signal>, FileError> {
    let mut list = Vec::new();
    for name in names {
        let start = name.span().start;
        let Some(found) = Signal::named(name.get_ref()) else {
            let known: Vec<String> = Signal::all().map(Signal::name).collect();
            let reason = format!(
                "{:?} is no rule; use western-electric, nelson, {}",
                name.get_ref(),
                known.join(", ")
            );
            return Err(source.error(start, "chart", reason));
        };
        for signal in found {
            if taken.contains(&signal) {
                let reason = format!("{} is action and warning, choose one", signal.name());
                return Err(source.error(start, "chart", reason));
            }
            if !list.contains(&signal) {
                list.push(signal);
            }
        }
    }
    Ok(list)
}
