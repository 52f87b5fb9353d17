//! The procedure of a period check with charts, as data.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::FORMAT;
use crate::document::{FileError, Source};
use crate::evidence::canonical;
use crate::number::Exact;
use crate::online_verification::BasisTable;
use crate::stats::run_rules::RunRule;
use crate::verdict::{Basis, Text};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: Spanned<u32>,
    id: String,
    version: u32,
    basis: Spanned<BasisTable>,
    check: Spanned<Check>,
    subgroup: Spanned<Subgroup>,
    chart: Option<Spanned<Chart>>,
    drift: Option<Spanned<DriftRule>>,
    interval: Option<Spanned<IntervalRule>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
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
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// What a chart can say about a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Signal {
    /// One of the eight run rules.
    Rule(RunRule),
    /// One of the two companions of the chart of individuals.
    Companion(Companion),
}

/// Charts beside that of individuals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Companion {
    /// The moving range lies above 3.267 times its mean.
    MovingRange,
    /// The EWMA lies outside its limits.
    Ewma,
}

impl Signal {
    /// In Chinese and English.
    pub fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Rule(rule) => rule.texts(),
            Self::Companion(Companion::MovingRange) => {
                ("移动极差超限", "the moving range is above its limit")
            }
            Self::Companion(Companion::Ewma) => ("EWMA 超限", "the EWMA is outside its limits"),
        }
    }

    /// The name in files.
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

/// A checked procedure together with its text.
#[derive(Clone, Debug)]
pub struct Procedure {
    text: String,
    document: Document,
}

impl Procedure {
    /// The procedure that ships with this engine.
    ///
    /// # Errors
    /// None in a released build; a test reads it.
    pub fn shipped() -> Result<Self, FileError> {
        Self::parse(include_str!("../../../procedures/period-check-chart.toml"))
    }

    /// Reads and checks a procedure file.
    ///
    /// # Errors
    /// Line, column, place and reason of the first thing that does not fit.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let source = Source::new(text);
        let document: Document = source.read()?;
        check(source, &document)?;
        Ok(Self {
            text: text.to_owned(),
            document,
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
        &self.document.id
    }
    pub(super) fn check(&self) -> &Check {
        self.document.check.get_ref()
    }
    pub(super) fn subgroup(&self) -> &Subgroup {
        self.document.subgroup.get_ref()
    }
    pub(super) fn chart(&self) -> Option<&Chart> {
        self.document.chart.as_ref().map(Spanned::get_ref)
    }
    pub(super) fn drift(&self) -> Option<&DriftRule> {
        self.document.drift.as_ref().map(Spanned::get_ref)
    }
    pub(super) fn interval(&self) -> Option<&IntervalRule> {
        self.document.interval.as_ref().map(Spanned::get_ref)
    }
    /// Document, edition, clause, status.
    pub fn basis(&self) -> Basis {
        let basis = self.document.basis.get_ref();
        let document = basis.document();
        basis.record(
            &self.document.id,
            self.document.version,
            Text::new(
                format!("依据 {document} 作期间核查，不具溯源性"),
                format!("Period check by {document}, without traceability"),
            ),
        )
    }
}

fn check(source: Source<'_>, document: &Document) -> Result<(), FileError> {
    let refuse = |start: usize, place: &str, reason: &str| Err(source.error(start, place, reason));
    if *document.format.get_ref() != FORMAT {
        let reason = format!(
            "{} is not known, this engine reads {FORMAT}",
            document.format.get_ref()
        );
        return refuse(document.format.span().start, "format", &reason);
    }
    if let Some(missing) = document.basis.get_ref().missing_for_approval() {
        let reason = format!("an approved procedure needs its {missing}");
        return refuse(document.basis.span().start, "basis", &reason);
    }
    let check = document.check.get_ref();
    if check.places > 12 || check.least_pairs == 0 {
        let reason = "at most 12 places and at least one pair";
        return refuse(document.check.span().start, "check", reason);
    }
    let subgroup = document.subgroup.get_ref();
    if subgroup.seconds == 0 || subgroup.least_readings == 0 || subgroup.utc_offset_seconds.abs() > 15 * 3_600
    {
        let reason = "seconds and least_readings above zero, utc_offset_seconds within ±15 h";
        return refuse(document.subgroup.span().start, "subgroup", reason);
    }
    let one = Exact::from(1);
    if let Some(chart) = &document.chart {
        let start = chart.span().start;
        let chart = chart.get_ref();
        if chart.baseline < 5 || chart.least_points < 1 {
            return refuse(
                start,
                "chart",
                "a baseline of at least 5 points and at least 1 point to judge",
            );
        }
        if !chart.lambda.is_positive() || chart.lambda > one || !chart.width.is_positive() {
            return refuse(start, "chart", "lambda above 0 and up to 1, width above 0");
        }
        if let Some(twice) = chart.action.iter().find(|s| chart.warning.contains(s)) {
            let reason = format!("{} is action and warning, choose one", twice.name());
            return refuse(start, "chart", &reason);
        }
        if chart.action.is_empty() && chart.warning.is_empty() {
            return refuse(start, "chart", "no rule: list action, warning, or both");
        }
    }
    if let Some(drift) = &document.drift {
        let start = drift.span().start;
        let drift = drift.get_ref();
        if drift.least_results < 2 || !drift.k.is_positive() || drift.horizon_days > 40_000 {
            return refuse(
                start,
                "drift",
                "two results or more, k above 0, a horizon of at most 40000 days",
            );
        }
    }
    if let Some(interval) = &document.interval {
        let start = interval.span().start;
        let rule = interval.get_ref();
        let shares = rule.within.is_positive()
            && rule.within <= one
            && rule.reduce.is_positive()
            && rule.reduce <= one;
        if !shares || rule.extend < one || rule.least_days == 0 || rule.most_days < rule.least_days {
            let reason = "0 < within ≤ 1, 0 < reduce ≤ 1 ≤ extend, 0 < least_days ≤ most_days";
            return refuse(start, "interval", reason);
        }
    }
    Ok(())
}
