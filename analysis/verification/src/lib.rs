//! From evidence to verdict: procedures, evidence, conclusions, period checks (期间核查), recheck.
//!
//! **Architecture invariant:** the same evidence gives the same conclusion, byte for byte: no clock, no network, no
//! files, no store. No verdict passes through f64.

pub mod evidence;
mod gate;
pub mod mpe;
pub mod online_verification;
pub mod period_check;
pub mod procedure;
pub mod recheck;
pub mod verdict;
