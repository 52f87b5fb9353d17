//! Period check (期间核查): whether an instrument still agrees with a check standard or a second instrument.
//!
//! It is not a verification and carries no traceability. |E_n| ≤ 1 is decided exactly, without a
//! square root: (x − X)² ≤ U² + U_ref². The form |y₁ − y₂| ≤ √(U₁² + U₂²) is the same inequality.
//!
//! A procedure may also ask for charts: the differences are averaged by span and charted
//! (individuals, moving range, EWMA) with run rules; dated results and the points themselves give
//! the drift and the day on which it would cross the MPE. Limits of the chart come from integers
//! alone; f64 computes the drift, and what a verdict compares of it is a rounded decimal that is
//! recorded.
//!
//! A laboratory fixes the limits once, from a check that conforms ([`Baseline::freeze`]), and puts
//! them into the evidence of later checks. Without them the first points of the window serve.

mod baseline;
mod chart;
mod evidence;
mod interval;
mod limits;
mod points;
mod procedure;
mod record;
mod sheet;
mod signal;
#[cfg(test)]
mod tests;
mod trend;

use serde::{Deserialize, Serialize};

use crate::evidence::Sample;
use crate::verdict::Conclusion;
use numbers::number::Exact;

pub use baseline::FreezeError;
pub use evidence::{Baseline, Evidence, PastResult, Standard};
pub use procedure::Procedure;
pub use sheet::{ChartSheet, DriftSheet, IntervalSheet, Sheet};
pub use signal::Signal;

/// Format of [`Evidence`] and [`Procedure`].
pub const FORMAT: u32 = 2;

/// Every shipped period check: its id and its text.
pub const SHIPPED: &[(&str, &str)] = &[
    ("period-check", include_str!("../../procedures/period-check.toml")),
    (
        "period-check-chart",
        include_str!("../../procedures/period-check-chart.toml"),
    ),
];

/// |E_n| ≤ 1 without a square root: (x − X)² ≤ U² + U_ref².
///
/// ```
/// use verification::period_check::en_within_one;
/// let [x, reference, u, u_ref] = ["10.05", "10.00", "0.03", "0.04"].map(|t| t.parse().unwrap());
/// assert!(en_within_one(&x, &reference, &u, &u_ref)); // 0.05² = 0.03² + 0.04², f64 says no
/// assert!(!en_within_one(&"10.0501".parse().unwrap(), &reference, &u, &u_ref));
/// ```
pub fn en_within_one(x: &Exact, reference: &Exact, u: &Exact, u_reference: &Exact) -> bool {
    let difference = x - reference;
    &difference * &difference <= &(u * u) + &(u_reference * u_reference)
}

/// |y₁ − y₂| ≤ √(U₁² + U₂²), by squares.
pub fn difference_within(y1: &Exact, y2: &Exact, u1: &Exact, u2: &Exact) -> bool {
    en_within_one(y1, y2, u1, u2)
}

/// One side of a check: the instrument, its U95 and its readings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    pub device: String,
    pub name: String,
    pub manufacturer: String,
    pub model: String,
    pub serial: String,
    /// U95 in the unit of the readings, as declared.
    pub u95: Exact,
    pub point: String,
    pub readings: Vec<Sample>,
}

#[derive(Deserialize)]
struct Peek {
    check: Option<toml::Value>,
}

/// Whether a text is a procedure of a period check; it may still be refused.
pub fn is_procedure(text: &str) -> bool {
    toml::from_str::<Peek>(text).is_ok_and(|p| p.check.is_some())
}

/// Judges one period check. Never fails: what cannot be judged is 待定 with its reason.
pub fn check(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    record::conclude(procedure, evidence)
}
