//! Period check by control charts, drift and interval (期间核查), on a window of telemetry.
//!
//! The differences to a reference, or to the assigned value of a check standard, are averaged by
//! span and charted (individuals, moving range, EWMA) with run rules; dated results give the drift
//! and the day on which it would cross the MPE. f64 computes σ and drift; what a verdict compares
//! with is a rounded decimal that is recorded. It carries no traceability.

mod chart;
mod evidence;
mod points;
mod procedure;
mod record;
#[cfg(test)]
mod tests;
mod trend;

use crate::verdict::Conclusion;

pub use evidence::{Baseline, Evidence, PastResult, Standard};
pub use procedure::{Procedure, Signal};

/// Format of [`Evidence`] and [`Procedure`].
pub const FORMAT: u32 = 2;

/// Judges one period check. Never fails: what cannot be judged is 待定 with its reason.
pub fn control(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    record::conclude(procedure, evidence)
}
