//! The procedure of a period check as data.

use serde::Deserialize;
use toml::Spanned;

use super::{FORMAT, Signal};
use crate::evidence::{canonical, out_of_all_bounds};
use crate::online_verification::BasisTable;
use crate::verdict::Basis;
use numbers::number::Exact;
use uncertainty::document::Text;
use uncertainty::document::{FileError, Source};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: Spanned<u32>,
    id: String,
    version: u32,
    basis: Spanned<BasisTable>,
    check: Spanned<Check>,
    subgroup: Option<Spanned<Subgroup>>,
    chart: Option<Spanned<ChartTable>>,
    drift: Option<Spanned<DriftRule>>,
    interval: Option<Spanned<IntervalRule>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    /// Point of both instruments; without it each has only one indication.
    pub(super) point: Option<String>,
    pub(super) least_pairs: usize,
    pub(super) largest_skew_seconds: Exact,
    pub(super) places: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subgroup {
    pub(super) seconds: u32,
    pub(super) utc_offset_seconds: i32,
    pub(super) least_readings: usize,
    /// Spans in a row that may be without a point.
    pub(super) most_missing: u32,
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

#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub(super) baseline: usize,
    pub(super) least_points: usize,
    pub(super) action: Vec<Signal>,
    pub(super) warning: Vec<Signal>,
    pub(super) lambda: Exact,
    pub(super) width: Exact,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DriftRule {
    pub(super) k: Exact,
    pub(super) least_results: usize,
    pub(super) least_points: usize,
    pub(super) horizon_days: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntervalRule {
    /// |error| up to this share of MPEV lengthens the interval.
    pub(super) within: Exact,
    pub(super) extend: Exact,
    pub(super) reduce: Exact,
    pub(super) least_days: u32,
    pub(super) most_days: u32,
}

/// A checked procedure together with its text.
#[derive(Clone, Debug)]
pub struct Procedure {
    text: String,
    id: String,
    version: u32,
    basis: BasisTable,
    pub(super) check: Check,
    pub(super) subgroup: Option<Subgroup>,
    pub(super) chart: Option<Chart>,
    pub(super) drift: Option<DriftRule>,
    pub(super) interval: Option<IntervalRule>,
}

impl Procedure {
    /// Reads and checks a procedure file.
    ///
    /// # Errors
    /// Line, column, place and reason of the first thing that does not fit.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let source = Source::new(text);
        let document: Document = source.read()?;
        check(source, &document)?;
        let chart = document.chart.map(|table| chart(source, table)).transpose()?;
        Ok(Self {
            text: text.to_owned(),
            id: document.id,
            version: document.version,
            basis: document.basis.into_inner(),
            check: document.check.into_inner(),
            subgroup: document.subgroup.map(Spanned::into_inner),
            chart,
            drift: document.drift.map(Spanned::into_inner),
            interval: document.interval.map(Spanned::into_inner),
        })
    }

    /// The text, as it is stored beside a conclusion.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// SHA-256 of the text.
    pub fn sha256(&self) -> String {
        canonical::sha256(self.text.as_bytes())
    }
    /// Stable name of the procedure.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// Version of the file.
    pub fn version(&self) -> u32 {
        self.version
    }
    /// Point that both instruments are read at; `None`: the only indication that they have.
    pub fn point(&self) -> Option<&str> {
        self.check.point.as_deref()
    }
    /// Whether drift or interval ask for the MPE of the subject.
    pub fn uses_mpe(&self) -> bool {
        self.drift.is_some() || self.interval.is_some()
    }
    /// Whether earlier checks of the same instrument count.
    pub fn uses_past(&self) -> bool {
        self.chart.is_some() || self.uses_mpe()
    }
    /// A window shorter than this cannot have enough points, in s.
    pub fn least_window_seconds(&self, frozen_baseline: bool) -> u64 {
        let points = self.chart.as_ref().map_or(0, |c| c.needed(frozen_baseline));
        let span = self.subgroup.as_ref().map_or(0, |s| s.seconds);
        u64::from(span).saturating_mul(u64::try_from(points).unwrap_or(u64::MAX))
    }
    /// Document, edition, clause, status.
    pub fn basis(&self) -> Basis {
        let document = self.basis.document();
        self.basis.record(
            &self.id,
            self.version,
            Text::new(
                format!("依据 {document} 作期间核查，不具溯源性"),
                format!("Period check by {document}, without traceability"),
            ),
        )
    }
}

impl Chart {
    /// Points that a judgement needs, those of an own baseline included.
    pub(super) fn needed(&self, frozen_baseline: bool) -> usize {
        self.least_points + if frozen_baseline { 0 } else { self.baseline }
    }
}

// Keeps the exact arithmetic of a hostile file small.
const BOUNDS: &str = "a number beyond ±10^30 or finer than 10^-60";

fn check(source: Source<'_>, document: &Document) -> Result<(), FileError> {
    let refuse = |start: usize, place: &str, reason: &str| Err(source.error(start, place, reason));
    if *document.format.get_ref() != FORMAT {
        let found = document.format.get_ref();
        let reason = format!("{found} is not known, this engine reads {FORMAT}");
        return refuse(document.format.span().start, "format", &reason);
    }
    if let Some(missing) = document.basis.get_ref().missing_for_approval() {
        let reason = format!("an approved procedure needs its {missing}");
        return refuse(document.basis.span().start, "basis", &reason);
    }
    let check = document.check.get_ref();
    if check.places > 12 || check.least_pairs == 0 || check.largest_skew_seconds.is_negative() {
        let reason = "at most 12 places, at least one pair, largest_skew_seconds not below zero";
        return refuse(document.check.span().start, "check", reason);
    }
    if let Some(table) = &document.subgroup {
        let subgroup = table.get_ref();
        let far = subgroup.utc_offset_seconds.abs() > 15 * 3_600;
        if subgroup.seconds == 0 || subgroup.least_readings == 0 || far {
            let reason = "seconds and least_readings above zero, utc_offset_seconds within ±15 h";
            return refuse(table.span().start, "subgroup", reason);
        }
    } else {
        let needs = [
            ("chart", document.chart.as_ref().map(Spanned::span)),
            ("drift", document.drift.as_ref().map(Spanned::span)),
        ];
        if let Some((place, span)) = needs.into_iter().find_map(|(place, span)| Some((place, span?))) {
            return refuse(
                span.start,
                place,
                "needs [subgroup], which says what one point is",
            );
        }
    }
    if out_of_all_bounds(&check.largest_skew_seconds) {
        return refuse(document.check.span().start, "check", BOUNDS);
    }
    if let Some(drift) = &document.drift {
        let rule = drift.get_ref();
        if out_of_all_bounds(&rule.k) {
            return refuse(drift.span().start, "drift", BOUNDS);
        }
        let few = rule.least_results < 2 || rule.least_points < 3;
        if few || !rule.k.is_positive() || rule.k > Exact::from(6) || rule.horizon_days > 40_000 {
            let reason = "two results and three points or more, k above 0 and up to 6, a horizon of at most 40000 days";
            return refuse(drift.span().start, "drift", reason);
        }
    }
    if let Some(interval) = &document.interval {
        let rule = interval.get_ref();
        if [&rule.within, &rule.extend, &rule.reduce]
            .into_iter()
            .any(out_of_all_bounds)
        {
            return refuse(interval.span().start, "interval", BOUNDS);
        }
        let one = Exact::from(1);
        let share = |x: &Exact| x.is_positive() && *x <= one;
        let factors = share(&rule.within) && share(&rule.reduce);
        let extends = rule.extend >= one && rule.extend <= Exact::from(10);
        if !factors || !extends || rule.least_days == 0 || rule.most_days < rule.least_days {
            let reason = "0 < within ≤ 1, 0 < reduce ≤ 1 ≤ extend ≤ 10, 0 < least_days ≤ most_days";
            return refuse(interval.span().start, "interval", reason);
        }
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
