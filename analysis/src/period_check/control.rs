//! Period check by control charts, drift and interval (期间核查), on a window of telemetry.
//!
//! The differences to a reference, or to the assigned value of a check standard, are averaged by
//! span and charted (individuals, moving range, EWMA) with run rules; dated results and the points
//! themselves give the drift and the day on which it would cross the MPE. Limits of the chart come
//! from integers alone; f64 computes the drift, and what a verdict compares of it is a rounded
//! decimal that is recorded. It carries no traceability.
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
mod signal;
#[cfg(test)]
mod tests;
mod trend;

use crate::verdict::Conclusion;

pub use baseline::FreezeError;
pub use evidence::{Baseline, Evidence, PastResult, Standard};
pub use procedure::Procedure;
pub use signal::Signal;

/// Format of [`Evidence`] and [`Procedure`].
pub const FORMAT: u32 = 2;

/// Judges one period check. Never fails: what cannot be judged is 待定 with its reason.
pub fn control(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    record::conclude(procedure, evidence)
}
