//! What a run concludes, with everything that a record shows.
//!
//! All decimals are strings in the digits that were judged, so that a page, a printed record and a
//! recheck show the same characters. Reasons carry a stable code and parameters; the texts are
//! those of this engine's version and part of the conclusion.

mod control;
mod measured;
mod reason;

use std::collections::BTreeMap;

use devices::Window;
use serde::{Deserialize, Serialize};
use uncertainty::document::Text;

pub use control::{ChartLine, ChartPoint, ControlLine, DriftLine, IntervalLine};
pub use measured::{Measured, PointLine, ReadingLine, TermLine, ValueLine};
pub use reason::{Code, Reason};

/// 符合 / 不符合 / 待定.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// 符合
    Conforms,
    /// 不符合
    DoesNotConform,
    /// 待定
    Inconclusive,
}

impl Verdict {
    /// `Conforms` for true.
    pub fn of(conforms: bool) -> Self {
        if conforms {
            Self::Conforms
        } else {
            Self::DoesNotConform
        }
    }
    /// The word on a Chinese record.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Conforms => "符合",
            Self::DoesNotConform => "不符合",
            Self::Inconclusive => "待定",
        }
    }
}

/// What kind of run it was. Neither is a 检定 and neither carries traceability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 在线比对
    OnlineVerification,
    /// 期间核查
    PeriodCheck,
}

/// How a value meets a limit (GB/T 8170-2008 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComparisonMethod {
    /// 全数值比较法
    FullValue,
    /// 修约值比较法
    RoundedValue,
}

/// Whether an approver has entered edition and clause of the rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleStatus {
    Draft,
    Approved,
}

/// 依据: the document whose limits were used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    pub document: String,
    pub title: Text,
    pub edition: String,
    pub effective: String,
    pub clause: String,
    pub status: RuleStatus,
    /// Where the numbers came from, and how sure that is.
    pub source: String,
    pub confidence: String,
    /// "依据 JJG 596-2012 基本误差限值作在线比对"
    pub statement: Text,
    pub procedure: String,
    pub procedure_version: u32,
}

/// One instrument as it stands on the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentLine {
    pub device: String,
    pub name: String,
    pub manufacturer: String,
    pub model: String,
    pub serial: String,
    pub accuracy_class: Option<String>,
    pub connection: Option<String>,
    pub basic_current: Option<String>,
    pub maximum_current: Option<String>,
    pub current_ratio: String,
    pub voltage_ratio: String,
    pub registers_are_primary: bool,
    /// CT × PT as applied to the register differences.
    pub register_factor: String,
    pub register_resolution: String,
    pub register_unit: String,
}

/// The reference's certificate as it stands on the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateLine {
    pub number: String,
    pub issued_by: String,
    pub valid_to: String,
    /// U95 in % of the reading, as declared.
    pub u95_percent: String,
    pub configuration_unchanged: bool,
}

/// A contiguous run of intervals inside a window, with the raw registers at both ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunLine {
    pub from: jiff::Timestamp,
    pub to: jiff::Timestamp,
    pub intervals: u32,
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

/// One reading of the error: all intervals of one bin within one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowLine {
    pub from: jiff::Timestamp,
    pub to: jiff::Timestamp,
    pub intervals: u32,
    /// W, primary kWh.
    pub subject_energy: String,
    /// W0, primary kWh.
    pub reference_energy: String,
    /// γ = (W − W0)/W0 · 100 %, cut after `unrounded_places`; `None` without energy.
    pub error_percent: Option<String>,
    /// Whether `error_percent` holds every digit.
    pub error_is_complete: bool,
    pub u95_percent: Option<String>,
    /// Whether it takes part in the mean.
    pub used: bool,
    pub reason: Option<Reason>,
    /// The budget of `u95_percent` in %; a procedure of the first format did not record it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<TermLine>,
    pub runs: Vec<RunLine>,
}

/// One control point: a bin of current and cosφ with its own limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BinLine {
    /// Stable, e.g. `i0.05-max/1.0`.
    pub bin: String,
    pub title: Text,
    /// Row of the limit table: `1.0`, `0.5L` or `0.8C`.
    pub table_point: String,
    pub current_from: String,
    /// `None` = up to and including Imax.
    pub current_to: Option<String>,
    pub power_factor_from: String,
    pub power_factor_to: String,
    pub intervals: u32,
    pub windows: Vec<WindowLine>,
    pub windows_used: u32,
    pub reference_energy: String,
    /// Mean of the used windows, cut after `unrounded_places` digits, never rounded.
    pub mean_percent: Option<String>,
    pub mean_is_complete: bool,
    /// The mean as an exact fraction `p/q`, so that nothing hides behind the cut.
    pub mean_fraction: Option<String>,
    /// Rounded once from the exact mean.
    pub rounded_percent: Option<String>,
    /// `+`: the exact |mean| is larger, `-`: smaller, empty: equal.
    pub residual: String,
    pub limit_percent: String,
    pub interval_percent: String,
    /// Largest U95 of the used windows.
    pub u95_percent: Option<String>,
    /// MPEV/3, cut, for the page; the gate compares 3·U95 with the limit.
    pub u95_permitted_percent: String,
    pub near_limit: bool,
    pub rounded_value_verdict: Option<Verdict>,
    pub full_value_verdict: Option<Verdict>,
    /// The one that counts.
    pub verdict: Verdict,
    pub reasons: Vec<Reason>,
}

/// Intervals that no bin took, by reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExcludedLine {
    pub reason: Reason,
    pub intervals: u32,
}

/// Where the expected intervals went: `used + excluded = expected`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalCount {
    pub expected: u32,
    pub used: u32,
    pub excluded: u32,
    /// Intervals with both energies over expected ones, as `p/q`.
    pub coverage: String,
    pub largest_gap_seconds: u64,
}

/// A requirement of the document that this run did not test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotTested {
    pub code: String,
    pub title: Text,
}

/// The figures of a period check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodCheckLine {
    pub quantity: String,
    pub unit: String,
    /// Pairs of readings taken into the means.
    pub pairs: u32,
    pub subject_mean: Option<String>,
    pub reference_mean: Option<String>,
    pub difference: Option<String>,
    /// (x − X)² cut after the declared digits.
    pub difference_squared: Option<String>,
    pub u_subject: String,
    pub u_reference: String,
    /// U² + U_ref².
    pub permitted_squared: String,
    /// |E_n| rounded up, for reading only; the squares decide.
    pub e_n: Option<String>,
    /// √(U² + U_ref²) rounded up, for reading only.
    pub permitted_difference: String,
}

/// The engine's conclusion. It is 待核验 until a second person confirms it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conclusion {
    pub format: u32,
    pub kind: Kind,
    /// What this is and what it is not.
    pub nature: Text,
    /// Always false: only a certificate moves the traceability due date.
    pub moves_traceability: bool,
    pub verdict: Verdict,
    pub reasons: Vec<Reason>,
    pub basis: Basis,
    pub subject: InstrumentLine,
    pub reference: InstrumentLine,
    pub certificate: Option<CertificateLine>,
    pub window: Window,
    pub period_seconds: u32,
    pub deciding_method: ComparisonMethod,
    /// Which document declares the deciding method.
    pub method_declared_by: Text,
    pub overall_rule: Text,
    pub rules: Vec<Text>,
    pub bins: Vec<BinLine>,
    pub intervals: IntervalCount,
    pub excluded: Vec<ExcludedLine>,
    pub not_tested: Vec<NotTested>,
    pub period_check: Option<PeriodCheckLine>,
    /// What a procedure other than the two first ones measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// Charts, drift and interval of a period check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlLine>,
    pub engine: String,
    pub evidence_sha256: String,
    pub procedure_sha256: String,
}

/// Format of [`Conclusion`].
pub const FORMAT: u32 = 1;

/// Name and version of this engine, part of every conclusion.
pub fn engine() -> String {
    format!("analysis {}", env!("CARGO_PKG_VERSION"))
}

impl Conclusion {
    /// The conclusion as indented JSON, fields in the order of the record.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a conclusion is plain data")
    }

    /// Reads a conclusion, refusing unknown fields.
    ///
    /// # Errors
    /// Line and column of the first thing that does not fit.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// Parameters of a reason, by name.
pub type Parameters = BTreeMap<String, String>;
