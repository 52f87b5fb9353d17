//! Online verification (远程在线检测) of an energy meter against a reference meter on site.
//!
//! This is 在线比对 by the limits of a document, never 检定. [`requirement`] says which readings a
//! run needs, [`verify`] turns frozen evidence into a conclusion. The order for every bin is fixed:
//! gate of the uncertainty (U95 ≤ MPEV/3, JJF 1094) → mean → **one** rounding (GB/T 8170-2008 §3)
//! → limit. All of it is exact integer arithmetic.

mod bins;
mod conclude;
mod gates;
mod intervals;
pub mod judge;
mod procedure;
mod requirement;
mod windows;

pub(crate) use procedure::BasisTable;
pub use procedure::{Character, Procedure, ProcedureError};
pub use requirement::{Plan, Requirement, SeriesNeed, requirement};

use crate::evidence::Evidence;
use crate::verdict::Conclusion;

/// Judges one run. Never fails: what cannot be judged is 待定 with its reason.
pub fn verify(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    conclude::conclude(procedure, evidence)
}

#[cfg(test)]
mod tests;
