//! The record of a procedure that is data: bins, readings of the error, their uncertainty.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Reason, Text, Verdict};

/// A value that a formula used, as it stands on the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueLine {
    pub symbol: String,
    pub title: Text,
    pub value: String,
    pub unit: String,
}

/// One term of the uncertainty of a reading, in the unit of the error; for reading only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermLine {
    pub title: Text,
    /// `rectangular`, `k=2`, `u²`.
    pub shape: String,
    /// |c|·u.
    pub contribution: String,
}

/// One reading of the error: everything of one bin within one window of the procedure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingLine {
    pub from: jiff::Timestamp,
    pub to: jiff::Timestamp,
    /// Slots (indications or intervals) that it was made of.
    pub slots: u32,
    /// Mean or sum of every series, cut after `unrounded_places`.
    pub values: BTreeMap<String, String>,
    /// Cut after `unrounded_places`; `None` where the formula has no value.
    pub error: Option<String>,
    pub error_is_complete: bool,
    /// MPEV at this reading, cut.
    pub limit: Option<String>,
    /// U, rounded up to the declared decimals.
    pub u95: Option<String>,
    pub terms: Vec<TermLine>,
    pub used: bool,
    pub reason: Option<Reason>,
}

/// One bin or test point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointLine {
    pub bin: String,
    pub title: Text,
    pub slots: u32,
    pub readings: Vec<ReadingLine>,
    pub readings_used: u32,
    /// Mean error of the used readings, cut, never rounded.
    pub mean: Option<String>,
    pub mean_is_complete: bool,
    /// The mean as an exact fraction `p/q`.
    pub mean_fraction: Option<String>,
    /// Rounded once from the exact mean; `None` without an interval.
    pub rounded: Option<String>,
    pub residual: String,
    /// The limit as the file writes it.
    pub limit_text: Option<String>,
    /// MPEV at the mean of the used readings, cut.
    pub limit: Option<String>,
    pub interval: Option<String>,
    /// Largest U of the used readings.
    pub u95: Option<String>,
    /// Document and clause of the rule that decided; which one may depend on U.
    pub decided_by: Option<String>,
    /// Passes up to this, fails from that, by the rule of decision; cut.
    pub accepted_to: Option<String>,
    pub rejected_from: Option<String>,
    pub near_limit: bool,
    pub rounded_value_verdict: Option<Verdict>,
    pub full_value_verdict: Option<Verdict>,
    /// The one that counts; `None` where the document gives no verdict.
    pub verdict: Option<Verdict>,
    pub reasons: Vec<Reason>,
}

/// What a procedure of [`crate::procedure`] measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    pub title: Text,
    pub formula: String,
    /// Unit of error, limits and U.
    pub unit: String,
    /// Name of the rule of decision and its document.
    pub decision: String,
    pub coverage_factor: String,
    /// Nameplate and certificate values that formulas used.
    pub values: Vec<ValueLine>,
    pub points: Vec<PointLine>,
}
