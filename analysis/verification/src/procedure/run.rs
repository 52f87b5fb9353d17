//! From evidence to a conclusion, for any procedure that is data.
//!
//! The order is fixed: what fits → which slots count → bins → readings of the error with their U →
//! gate or guard band → mean → **one** rounding (GB/T 8170-2008 §3) → limit. Whatever decides is
//! exact; f64 sorts only where it cannot be wrong, and may compute a U, which is rounded up and
//! recorded before it decides.

mod fit;
mod gates;
mod judge;
mod overall;
mod reading;
mod record;
mod slots;
mod sort;

use super::{Evidence, Procedure};
use crate::verdict::Conclusion;

/// Judges one run. Never fails: what cannot be judged is 待定 with its reason.
///
/// A procedure of energy registers has evidence of its own; with this kind it concludes 待定.
pub fn run(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    record::conclude(procedure, evidence)
}
