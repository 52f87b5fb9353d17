//! Frozen evidence: what both meters said, with canonical bytes and a digest.
//!
//! Decimals are JSON strings with their digits, keys are sorted, there is no white space: the same
//! evidence always has the same bytes, in whichever order the readings came.

mod build;
pub mod canonical;
mod grid;

use devices::{Quality, Window};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use numbers::number::Exact;

pub(crate) use build::{check_samples, out_of_all_bounds};
pub use build::{current_points, meter, on_grid};
pub(crate) use grid::Grid;

/// Format of [`Evidence`].
pub const FORMAT: u32 = 1;

/// Evidence of an online verification of an energy meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub format: u32,
    pub kind: crate::verdict::Kind,
    /// Register readings from `from` up to and including `to` count.
    pub window: Window,
    /// Distance of two nominal times in s.
    pub period_seconds: u32,
    pub subject: Meter,
    pub reference: Meter,
    pub certificate: Option<Certificate>,
    pub load: Load,
}

/// One energy meter: nameplate, installation and register series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    pub device: String,
    pub name: String,
    pub manufacturer: String,
    pub model: String,
    pub serial: String,
    pub accuracy_class: Option<String>,
    pub connection: Option<devices::Connection>,
    /// Ib or In in A, secondary.
    pub basic_current: Option<Exact>,
    /// Imax in A, secondary.
    pub maximum_current: Option<Exact>,
    /// Phase reference voltage in V, secondary.
    pub reference_voltage: Option<Exact>,
    /// 1 or 3.
    pub phases: u8,
    pub multiplier: Multiplier,
    pub register: Register,
}

/// CT and PT ratios, and whether the registers already include them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multiplier {
    pub current_ratio: Exact,
    pub voltage_ratio: Exact,
    pub registers_are_primary: bool,
}

impl Multiplier {
    /// What an energy difference must be multiplied by to become primary.
    pub fn factor(&self) -> Exact {
        if self.registers_are_primary {
            Exact::from(1)
        } else {
            // Zeros after the point go, those before it are digits: 20 stays 20, not 2·10¹, so that
            // a product keeps the digits of the register.
            let factor = (&self.current_ratio * &self.voltage_ratio).normalized();
            factor.with_exponent(factor.exponent().min(0)).unwrap_or(factor)
        }
    }
}

/// A cumulative energy register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    pub point: String,
    /// `kWh`.
    pub unit: String,
    /// Least step in kWh.
    pub resolution: Exact,
    /// Where it starts again at zero, in kWh.
    pub modulus: Option<Exact>,
    pub readings: Vec<Sample>,
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

/// The reference's certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    pub number: String,
    pub issued_by: String,
    pub valid_from: Option<Date>,
    pub valid_to: Date,
    /// U95 (k = 2) in % of the reading, including what is left uncorrected.
    pub u95_percent: Exact,
    /// [`Meter::configuration_sha256`] when it was calibrated and now.
    pub configuration_at_calibration: String,
    pub configuration_now: String,
}

/// Which meter the load was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadSource {
    Subject,
    Reference,
}

/// What the sign of a power factor means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PowerFactorSign {
    /// Below zero is capacitive, above is inductive.
    NegativeIsCapacitive,
    /// Below zero is reversed energy: such intervals lie in no bin.
    NegativeIsReversed,
}

/// Currents by phase and the power factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    pub source: LoadSource,
    pub currents: Vec<LoadSeries>,
    pub power_factor: LoadSeries,
    pub power_factor_sign: PowerFactorSign,
}

/// One series of the load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadSeries {
    pub point: String,
    pub unit: String,
    pub readings: Vec<Sample>,
}

/// Why bytes are no evidence.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Not JSON of this shape; names line and column.
    #[error("evidence: {0}")]
    Json(#[from] serde_json::Error),
    /// Well-formed but not usable.
    #[error("evidence, {place}: {reason}")]
    Content { place: String, reason: String },
}

impl Evidence {
    /// Reads and checks evidence; readings come out in order of their nominal time.
    ///
    /// # Errors
    /// Unknown or missing fields with their line and column, numbers that are not strings,
    /// two readings of one nominal time, ratios or resolutions that are not above zero.
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        let evidence: Self = serde_json::from_str(text)?;
        evidence.checked()
    }

    /// Sorts the readings and checks what every later step relies on.
    ///
    /// # Errors
    /// See [`Evidence::parse`].
    pub fn checked(mut self) -> Result<Self, EvidenceError> {
        build::check(&mut self)?;
        Ok(self)
    }

    /// The bytes that are stored, digested and rechecked.
    pub fn canonical(&self) -> String {
        canonical::plain(self)
    }

    /// SHA-256 of [`Evidence::canonical`], hexadecimal.
    pub fn sha256(&self) -> String {
        canonical::sha256(self.canonical().as_bytes())
    }
}
