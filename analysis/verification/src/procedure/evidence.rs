//! Evidence of any procedure: two instruments, values of their nameplates, series by symbol.

use std::collections::BTreeMap;

use devices::Window;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::evidence::{EvidenceError, Sample, canonical, check_samples};
use crate::verdict::Kind;
use numbers::number::Exact;

/// Format of [`Evidence`]; evidence of energy meters has format 1.
pub const EVIDENCE_FORMAT: u32 = 2;

/// Frozen evidence of one run, canonical like [`crate::evidence::Evidence`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub format: u32,
    pub kind: Kind,
    pub window: Window,
    /// Distance of two nominal times in s.
    pub period_seconds: u32,
    pub subject: Instrument,
    pub reference: Instrument,
    pub certificate: Option<Certificate>,
    /// By the symbol of the procedure.
    pub series: BTreeMap<String, Series>,
}

/// One instrument with the values of its nameplate that the procedure asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    pub device: String,
    pub name: String,
    pub manufacturer: String,
    pub model: String,
    pub serial: String,
    pub accuracy_class: Option<String>,
    pub values: BTreeMap<String, Value>,
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
    pub point: String,
    pub unit: String,
    /// Least step of the display.
    pub resolution: Option<Exact>,
    /// Where a register starts again at zero.
    pub modulus: Option<Exact>,
    /// Largest plausible step of a register within one period.
    pub largest_step: Option<Exact>,
    pub readings: Vec<Sample>,
}

impl Evidence {
    /// Reads and checks evidence; readings come out in order of their nominal time.
    ///
    /// # Errors
    /// Unknown or missing fields with line and column, two readings of one nominal time, steps or
    /// resolutions that are not above zero.
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        serde_json::from_str::<Self>(text)?.checked()
    }

    /// Sorts the readings and checks what every later step relies on.
    ///
    /// # Errors
    /// See [`Evidence::parse`].
    pub fn checked(mut self) -> Result<Self, EvidenceError> {
        let refuse = |place: &str, reason: &str| {
            Err(EvidenceError::Content {
                place: place.to_owned(),
                reason: reason.to_owned(),
            })
        };
        if self.format != EVIDENCE_FORMAT || self.kind != Kind::OnlineVerification {
            return refuse("format, kind", "not an online verification of a known format");
        }
        if self.period_seconds == 0 {
            return refuse("period_seconds", "must be above zero");
        }
        if self.window.to <= self.window.from {
            return refuse("window", "must end after it starts");
        }
        let longest = jiff::SignedDuration::from_hours(24 * 400);
        if self.window.to.duration_since(self.window.from) > longest {
            return refuse("window", "is longer than 400 days, verify a shorter one");
        }
        for (symbol, series) in &mut self.series {
            let place = format!("series {symbol}");
            for value in [&series.resolution, &series.modulus, &series.largest_step]
                .into_iter()
                .flatten()
            {
                if !value.is_positive() {
                    return refuse(&place, "resolution, modulus and largest_step must be above zero");
                }
            }
            check_samples(&place, &mut series.readings)?;
        }
        Ok(self)
    }

    /// The bytes that are stored, digested and rechecked.
    pub fn canonical(&self) -> String {
        canonical::plain(self)
    }

    /// SHA-256 of [`Evidence::canonical`].
    pub fn sha256(&self) -> String {
        canonical::sha256(self.canonical().as_bytes())
    }
}
