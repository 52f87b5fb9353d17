//! The body of a comparison: bins, readings of the error, their uncertainty.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uncertainty::document::Text;

use super::Verdict;
use super::reason::Reason;
use crate::evidence::Role;

/// A value that a formula used, as it stands on the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueLine {
    pub symbol: String,
    /// Whose nameplate, display or certificate it comes from.
    pub of: Role,
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

/// A contiguous run of intervals inside a reading, with the registers as they were read at both ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunLine {
    pub from: jiff::Timestamp,
    pub to: jiff::Timestamp,
    pub slots: u32,
    pub subject_start: String,
    pub subject_end: String,
    pub reference_start: String,
    pub reference_end: String,
    /// True time of the subject minus that of the reference, in s.
    pub skew_start: String,
    pub skew_end: String,
    /// How often each register passed its modulus within the run.
    pub subject_rollovers: u32,
    pub reference_rollovers: u32,
}

/// One reading of the error: everything of one bin within one window of the procedure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingLine {
    pub from: jiff::Timestamp,
    pub to: jiff::Timestamp,
    /// Slots (indications or intervals) that it was made of.
    pub slots: u32,
    /// Every series: the sum of a register with its digits (primary where transformers are before it), the mean of
    /// indications cut after `unrounded_places`.
    pub values: BTreeMap<String, String>,
    /// Cut after `unrounded_places`; `None` where the formula has no value.
    pub error: Option<String>,
    pub error_is_complete: bool,
    /// MPEV at this reading.
    pub limit: Option<String>,
    /// U, rounded up to the declared decimals.
    pub u95: Option<String>,
    pub terms: Vec<TermLine>,
    /// Whether it takes part in the mean.
    pub used: bool,
    pub reason: Option<Reason>,
    /// Of registers.
    pub runs: Vec<RunLine>,
}

/// One bin or test point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointLine {
    /// Stable, e.g. `20-40` or `i0.05-max/1.0`.
    pub bin: String,
    pub title: Text,
    pub slots: u32,
    pub readings: Vec<ReadingLine>,
    pub readings_used: u32,
    /// Mean error of the used readings, cut, never rounded.
    pub mean: Option<String>,
    pub mean_is_complete: bool,
    /// The mean as an exact fraction `p/q`, so that nothing hides behind the cut.
    pub mean_fraction: Option<String>,
    /// Rounded once from the exact mean; `None` without an interval.
    pub rounded: Option<String>,
    /// `+`: the exact |mean| is larger, `-`: smaller, empty: equal.
    pub residual: String,
    /// The limit as the file writes it.
    pub limit_text: Option<String>,
    /// MPEV at the mean of the used readings; a decimal as it is, anything else cut.
    pub limit: Option<String>,
    pub interval: Option<String>,
    /// Largest U of the used readings.
    pub u95: Option<String>,
    /// The U up to which a reading is used, cut; of the rule that gates readings by their U.
    pub u95_permitted: Option<String>,
    /// Document and clause of the rule that decided; which one may depend on U.
    pub decided_by: Option<String>,
    /// Passes up to this, fails from that, by the rule of decision; cut.
    pub accepted_to: Option<String>,
    pub rejected_from: Option<String>,
    pub near_limit: bool,
    /// What each method says of a bin that could be judged; a bin that is left open has no words of either.
    pub rounded_value_verdict: Option<Verdict>,
    pub full_value_verdict: Option<Verdict>,
    /// The one that counts; `None` where the document gives no verdict.
    pub verdict: Option<Verdict>,
    pub reasons: Vec<Reason>,
}

/// What a comparison measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
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
