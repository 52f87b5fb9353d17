//! Evidence of a period check with charts.

use devices::Window;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::FORMAT;
use crate::evidence::{EvidenceError, canonical, check_samples};
use crate::number::Exact;
use crate::period_check::Side;
use crate::verdict::Kind;

/// Frozen evidence, canonical like all evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub format: u32,
    pub kind: Kind,
    pub window: Window,
    pub period_seconds: u32,
    pub quantity: String,
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
    pub value: Exact,
    pub u95: Exact,
}

/// Limits that were fixed earlier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    pub centre: Exact,
    pub sigma: Exact,
    pub from: Date,
    pub to: Date,
}

/// A dated error of the subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastResult {
    pub date: Date,
    pub error: Exact,
    pub u95: Exact,
    /// Certificate or check it comes from.
    pub source: String,
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
    /// Another kind or format, both or neither of reference and standard, two readings of one
    /// nominal time, limits that are not above zero.
    pub fn checked(mut self) -> Result<Self, EvidenceError> {
        let refuse = |place: &str, reason: &str| {
            Err(EvidenceError::Content {
                place: place.to_owned(),
                reason: reason.to_owned(),
            })
        };
        if self.format != FORMAT || self.kind != Kind::PeriodCheck {
            return refuse("format, kind", "not a period check of a known format");
        }
        if self.reference.is_some() == self.standard.is_some() {
            return refuse("reference, standard", "give one of them");
        }
        if self.window.to <= self.window.from {
            return refuse("window", "must end after it starts");
        }
        if self.mpev.as_ref().is_some_and(|m| !m.is_positive()) {
            return refuse("mpev", "must be above zero");
        }
        if self.baseline.as_ref().is_some_and(|b| !b.sigma.is_positive()) {
            return refuse("baseline", "sigma must be above zero");
        }
        if self.history.iter().any(|r| !r.u95.is_positive()) {
            return refuse("history", "u95 must be above zero");
        }
        self.history
            .sort_by(|a, b| (a.date, &a.source).cmp(&(b.date, &b.source)));
        check_samples("subject", &mut self.subject.readings)?;
        if let Some(reference) = &mut self.reference {
            check_samples("reference", &mut reference.readings)?;
        }
        Ok(self)
    }

    /// The bytes that are stored, digested and rechecked.
    pub fn canonical(&self) -> String {
        canonical::text(self)
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
