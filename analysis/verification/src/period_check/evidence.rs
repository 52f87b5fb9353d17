//! Evidence of a period check.

use devices::Window;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{FORMAT, Side};
use crate::evidence::{EvidenceError, Sample, canonical, check_samples, out_of_all_bounds};
use crate::verdict::Kind;
use numbers::number::Exact;
use numbers::unit::Unit;

/// Frozen evidence, canonical like all evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub format: u32,
    pub kind: Kind,
    pub window: Window,
    pub period_seconds: u32,
    pub quantity: String,
    /// Unit of all readings, and of everything here that has no unit of its own.
    pub unit: String,
    pub subject: Side,
    /// A second instrument at the same place; either this or `standard`.
    pub reference: Option<Side>,
    /// A check standard with its assigned value.
    pub standard: Option<Standard>,
    /// Centre and σ from a time when the instrument was known to be good.
    pub baseline: Option<Baseline>,
    /// Dated results: calibrations, earlier checks.
    pub history: Vec<PastResult>,
    /// After a repair or an adjustment: nothing from before this window counts any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub starts_anew: bool,
    /// Largest permitted error of the subject, absolute value.
    pub mpev: Option<Exact>,
    /// Present interval of calibration.
    pub interval_days: Option<u32>,
}

/// A check standard (核查标准).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    pub name: String,
    pub unit: String,
    pub value: Exact,
    pub u95: Exact,
}

/// Limits that were fixed earlier (phase 1), see [`Baseline::freeze`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    pub unit: String,
    pub centre: Exact,
    pub sigma: Exact,
    pub from: Timestamp,
    pub to: Timestamp,
    pub points: u32,
    /// Where it was fixed: the digest of the evidence of that check.
    pub source: String,
}

/// A dated error of the subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastResult {
    pub date: Date,
    pub unit: String,
    pub error: Exact,
    /// Expanded with k = 2.
    pub u95: Exact,
    /// Certificate or check it comes from.
    pub source: String,
}

fn refuse<T>(place: impl Into<String>, reason: impl Into<String>) -> Result<T, EvidenceError> {
    Err(EvidenceError::Content {
        place: place.into(),
        reason: reason.into(),
    })
}

impl Evidence {
    /// Reads and checks evidence.
    ///
    /// # Errors
    /// As [`crate::evidence::Evidence::parse`].
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        serde_json::from_str::<Self>(text)?.checked()
    }

    /// Sorts readings and results and checks the rest.
    ///
    /// # Errors
    /// Place and reason: another kind or format, both or neither of reference and standard, readings
    /// off the grid of the period or twice at one time, an unknown unit or one that differs from that
    /// of the readings, a baseline or a result that is not of the past, what is not above zero.
    pub fn checked(mut self) -> Result<Self, EvidenceError> {
        if self.format != FORMAT {
            let reason = format!("is {}, this engine reads {FORMAT}", self.format);
            return refuse("format", reason);
        }
        if self.kind != Kind::PeriodCheck {
            return refuse("kind", "not a period check");
        }
        if self.reference.is_some() == self.standard.is_some() {
            return refuse(
                "reference, standard",
                "give one of them, a second instrument or a check standard",
            );
        }
        if self.window.to <= self.window.from {
            return refuse("window", "must end after it starts");
        }
        if self.period_seconds == 0 {
            return refuse("period_seconds", "must be above zero");
        }
        if self.interval_days == Some(0) {
            return refuse("interval_days", "must be above zero");
        }
        if self.starts_anew && (self.baseline.is_some() || !self.history.is_empty()) {
            return refuse(
                "starts_anew",
                "brings neither baseline nor history, which are from before",
            );
        }
        self.check_units()?;
        self.check_numbers()?;
        self.check_past()?;
        self.history
            .sort_by(|a, b| (a.date, &a.source).cmp(&(b.date, &b.source)));
        check_samples("subject", &mut self.subject.readings)?;
        self.on_grid("subject", &self.subject.readings)?;
        if let Some(reference) = &mut self.reference {
            check_samples("reference", &mut reference.readings)?;
        }
        if let Some(reference) = &self.reference {
            self.on_grid("reference", &reference.readings)?;
        }
        Ok(self)
    }

    fn check_units(&self) -> Result<(), EvidenceError> {
        let unit = |place: &str, text: &str| match Unit::new(text) {
            Ok(unit) => Ok(unit),
            Err(error) => refuse(place, format!("{text:?}: {error}")),
        };
        let own = unit("unit", &self.unit)?;
        let standard = self
            .standard
            .iter()
            .map(|s| ("standard, unit".to_owned(), &s.unit));
        let baseline = self
            .baseline
            .iter()
            .map(|b| ("baseline, unit".to_owned(), &b.unit));
        let history = self.history.iter().enumerate();
        let history = history.map(|(n, r)| (format!("history {}, unit", n + 1), &r.unit));
        for (place, text) in standard.chain(baseline).chain(history) {
            if unit(&place, text)? != own {
                let reason = format!(
                    "{text}, but the readings are in {}: convert before freezing",
                    self.unit
                );
                return refuse(place, reason);
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), EvidenceError> {
        let mut positive = vec![("mpev".to_owned(), self.mpev.as_ref())];
        let mut any = Vec::new();
        positive.push((
            "baseline, sigma".to_owned(),
            self.baseline.as_ref().map(|b| &b.sigma),
        ));
        any.push((
            "baseline, centre".to_owned(),
            self.baseline.as_ref().map(|b| &b.centre),
        ));
        any.push((
            "standard, value".to_owned(),
            self.standard.as_ref().map(|s| &s.value),
        ));
        // An uncertainty of an instrument that is not above zero is 待定 and not refused: the ledger
        // may simply not know it yet.
        any.push(("standard, u95".to_owned(), self.standard.as_ref().map(|s| &s.u95)));
        any.push(("subject, u95".to_owned(), Some(&self.subject.u95)));
        any.push((
            "reference, u95".to_owned(),
            self.reference.as_ref().map(|r| &r.u95),
        ));
        for (n, result) in self.history.iter().enumerate() {
            positive.push((format!("history {}, u95", n + 1), Some(&result.u95)));
            any.push((format!("history {}, error", n + 1), Some(&result.error)));
        }
        if let Some((place, _)) = positive.iter().find(|(_, x)| x.is_some_and(|x| !x.is_positive())) {
            return refuse(place, "must be above zero");
        }
        any.extend(positive);
        match any.iter().find(|(_, x)| x.is_some_and(out_of_all_bounds)) {
            Some((place, _)) => refuse(place, "beyond ±10^30 or finer than 10^-60"),
            None => Ok(()),
        }
    }

    fn check_past(&self) -> Result<(), EvidenceError> {
        if let Some(baseline) = &self.baseline {
            if baseline.to < baseline.from {
                return refuse("baseline", "ends before it starts");
            }
            if baseline.to >= self.window.from {
                let reason = "reaches into the window: a point cannot be judged by limits it helped to set";
                return refuse("baseline", reason);
            }
        }
        // A day of grace: dates are local, the window is not.
        let end = jiff::tz::Offset::UTC.to_datetime(self.window.to).date();
        let late = |r: &PastResult| end.tomorrow().is_ok_and(|day| r.date > day);
        match self.history.iter().position(late) {
            Some(n) => refuse(
                format!("history {}, date", n + 1),
                format!("{} lies after the window", self.history[n].date),
            ),
            None => Ok(()),
        }
    }

    fn on_grid(&self, place: &str, readings: &[Sample]) -> Result<(), EvidenceError> {
        let off = |s: &&Sample| {
            s.nominal.subsec_nanosecond() != 0
                || s.nominal.as_second().rem_euclid(i64::from(self.period_seconds)) != 0
        };
        match readings.iter().find(off) {
            Some(sample) => refuse(
                place,
                format!(
                    "nominal time {} is no multiple of {} s",
                    sample.nominal, self.period_seconds
                ),
            ),
            None => Ok(()),
        }
    }

    /// The bytes that are stored, digested and rechecked.
    pub fn canonical(&self) -> String {
        canonical::plain(self)
    }

    /// SHA-256 of [`Evidence::canonical`].
    pub fn sha256(&self) -> String {
        canonical::sha256(self.canonical().as_bytes())
    }

    /// U of what the subject is compared with.
    pub(super) fn u_reference(&self) -> &Exact {
        match (&self.reference, &self.standard) {
            (Some(reference), _) => &reference.u95,
            (None, Some(standard)) => &standard.u95,
            (None, None) => &self.subject.u95,
        }
    }
}
