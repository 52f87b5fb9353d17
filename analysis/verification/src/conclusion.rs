//! What a run concludes, with everything that a record shows: a head that all runs share, and a body by kind.
//!
//! All decimals are strings in the digits that were judged, so that a page, a printed record and a recheck show the same
//! characters. Reasons carry a stable code and parameters; the texts are those of this engine's version and part of the
//! conclusion.

mod comparison;
mod period_check;
mod reason;

use devices::{Connection, Window};
use serde::{Deserialize, Serialize};
use uncertainty::document::Text;

use crate::stored::{self, StoredError};

pub use comparison::{Comparison, PointLine, ReadingLine, RunLine, TermLine, ValueLine};
pub use period_check::{ChartLine, ChartPoint, DriftLine, IntervalLine, PeriodCheck};
pub use reason::{Code, Parameters, Reason};

/// Format of [`Conclusion`].
pub const FORMAT: u32 = 2;

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
    pub connection: Option<Connection>,
    /// The transformers before an energy meter.
    pub multiplier: Option<MultiplierLine>,
}

/// Transformers as applied to register differences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiplierLine {
    pub current_ratio: String,
    pub voltage_ratio: String,
    pub registers_are_primary: bool,
    /// CT × PT, or 1 where the registers are primary.
    pub factor: String,
}

/// The reference's certificate as it stands on the record; what it states is among the values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateLine {
    pub number: String,
    pub issued_by: String,
    pub valid_to: String,
    pub configuration_unchanged: bool,
}

/// Slots that nothing took, by reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExcludedLine {
    pub reason: Reason,
    pub slots: u32,
}

/// Where the expected slots went: `used + excluded = expected`.
///
/// A slot is a nominal time for indications, and the interval between two of them for registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotCount {
    pub expected: u32,
    pub used: u32,
    pub excluded: u32,
    /// Slots in which both instruments were read well over expected ones, as `p/q`.
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

/// The engine's conclusion. It is 待核验 until a second person confirms it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conclusion {
    pub format: u32,
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
    pub slots: SlotCount,
    pub excluded: Vec<ExcludedLine>,
    pub not_tested: Vec<NotTested>,
    pub body: Body,
    pub engine: String,
    pub evidence_sha256: String,
    pub procedure_sha256: String,
}

/// What was measured, by kind. Neither is a 检定 and neither carries traceability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// 在线比对
    Comparison(Comparison),
    /// 期间核查
    PeriodCheck(Box<PeriodCheck>),
}

/// Name and version of this engine, part of every conclusion.
pub fn engine() -> String {
    format!("analysis {}", env!("CARGO_PKG_VERSION"))
}

impl Conclusion {
    /// The conclusion as indented JSON, fields in the order of the record.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a conclusion is plain data")
    }

    /// Reads a conclusion, refusing another format and unknown fields.
    ///
    /// # Errors
    /// The format, or line and column of the first thing that does not fit.
    pub fn parse(text: &str) -> Result<Self, StoredError> {
        stored::read("conclusion", FORMAT, text.as_bytes(), |c: &Self| c.format)
    }

    /// The body of a comparison.
    pub fn comparison(&self) -> Option<&Comparison> {
        match &self.body {
            Body::Comparison(comparison) => Some(comparison),
            Body::PeriodCheck(_) => None,
        }
    }

    /// The body of a period check.
    pub fn period_check(&self) -> Option<&PeriodCheck> {
        match &self.body {
            Body::PeriodCheck(check) => Some(check),
            Body::Comparison(_) => None,
        }
    }
}
