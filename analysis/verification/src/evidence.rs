//! Frozen evidence of one run: instruments by role, series by symbol, certificate and values as declared, with
//! canonical bytes and a digest.
//!
//! Decimals are JSON strings with their digits, and the text is that of RFC 8785: the same evidence always has the same
//! bytes, in whichever order the readings came.

mod checks;
mod grid;
mod period_check;
mod samples;

use std::collections::BTreeMap;

use devices::{Connection, Quality, Window};
use jiff::Timestamp;
use jiff::civil::Date;
use numbers::number::Exact;
use serde::{Deserialize, Serialize};

use crate::stored::StoredError;

pub(crate) use checks::out_of_all_bounds;
pub(crate) use grid::{Grid, Spans};
pub use samples::on_grid;

/// Format of [`Evidence`].
pub const FORMAT: u32 = 3;

/// Symbols of a period check: the indication of the subject and what it is compared with.
///
/// The reference is a second instrument with a series of this symbol, or a check standard (核查标准) with a value of it.
pub const INDICATION: &str = "x";
pub const REFERENCE: &str = "X";
/// Expanded uncertainties (k = 2) of both in a period check.
pub const U_SUBJECT: &str = "U";
pub const U_REFERENCE: &str = "U_ref";
/// Largest permitted error of the subject of a period check, absolute value.
pub const MPEV: &str = "MPEV";

/// What one run is judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub format: u32,
    /// Registers count from `from` up to and including `to`.
    pub window: Window,
    /// Distance of two nominal times in s.
    pub period_seconds: u32,
    pub subject: Instrument,
    /// The standard on site, the second instrument or the check standard.
    pub reference: Instrument,
    /// Of the reference.
    pub certificate: Option<Certificate>,
    /// By the symbol of the procedure.
    pub series: BTreeMap<String, Series>,
    /// What only a period check brings.
    pub check: Option<Check>,
}

/// Whose a series or a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 被检
    Subject,
    /// 标准
    Reference,
    /// The certificate of the reference.
    Certificate,
}

impl Role {
    /// The word of files and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Reference => "reference",
            Self::Certificate => "certificate",
        }
    }
}

/// One instrument with the values of its nameplate that the procedure asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    pub device: String,
    pub name: String,
    pub manufacturer: String,
    pub model: String,
    pub serial: String,
    pub accuracy_class: Option<String>,
    /// How an energy meter is connected.
    pub connection: Option<Connection>,
    /// The transformers before an energy meter.
    pub multiplier: Option<Multiplier>,
    pub values: BTreeMap<String, Value>,
}

/// CT and PT ratios, and whether the registers already include them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multiplier {
    pub current_ratio: Exact,
    pub voltage_ratio: Exact,
    pub registers_are_primary: bool,
}

impl From<&devices::Multiplier> for Multiplier {
    fn from(m: &devices::Multiplier) -> Self {
        Self {
            current_ratio: m.current_ratio.into(),
            voltage_ratio: m.voltage_ratio.into(),
            registers_are_primary: m.registers_are_primary,
        }
    }
}

impl Multiplier {
    /// What an energy difference must be multiplied by to become primary.
    pub fn factor(&self) -> Exact {
        if self.registers_are_primary {
            return Exact::from(1);
        }
        // Zeros after the point go, those before it are digits: 20 stays 20, not 2·10¹, so that a product keeps the
        // digits of the register.
        let factor = (&self.current_ratio * &self.voltage_ratio).normalized();
        factor.with_exponent(factor.exponent().min(0)).unwrap_or(factor)
    }
}

/// A number with its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    pub value: Exact,
    pub unit: String,
}

/// The reference's certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    pub number: String,
    pub issued_by: String,
    pub valid_from: Option<Date>,
    pub valid_to: Date,
    /// What it states, by the symbol of the procedure: expanded uncertainties, corrections.
    pub values: BTreeMap<String, Value>,
    /// Digest of the reference's configuration when it was calibrated and now.
    pub configuration_at_calibration: String,
    pub configuration_now: String,
}

/// One series of readings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Which of both instruments was read.
    pub of: Role,
    pub point: String,
    pub unit: String,
    /// Least step of the display.
    pub resolution: Option<Exact>,
    /// Where a register starts again at zero.
    pub modulus: Option<Exact>,
    /// Largest plausible step of a register within one period.
    pub largest_step: Option<Exact>,
    /// What a minus means; only of a power factor.
    pub negative: Option<Negative>,
    pub readings: Vec<Sample>,
}

/// What the sign of a power factor means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Negative {
    /// Below zero is capacitive load, above is inductive.
    Capacitive,
    /// Below zero is reversed energy: such intervals lie in no bin.
    Reversed,
}

/// One reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    pub nominal: Timestamp,
    pub taken: Timestamp,
    pub value: Option<Exact>,
    pub quality: Quality,
}

/// What a period check (期间核查) brings beside readings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub quantity: String,
    /// Centre and σ from a time when the instrument was known to be good.
    pub baseline: Option<Baseline>,
    /// Dated results: calibrations, earlier checks.
    pub history: Vec<PastResult>,
    /// After a repair or an adjustment: nothing from before this window counts any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub starts_anew: bool,
    /// Present interval of calibration.
    pub interval_days: Option<u32>,
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

/// Why bytes are no evidence.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Another format, or not JSON of this shape.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// Well-formed but not usable.
    #[error("evidence, {place}: {reason}")]
    Content { place: String, reason: String },
}
