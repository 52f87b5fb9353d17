//! From evidence to verdict: exact numbers, rounding, limits, notation, statistics, decisions,
//! energy arithmetic, online verification and period checks.
//!
//! Pure and deterministic: no clock, no network, no files. **A verdict never passes through
//! f64**; statistics may use f64, their result enters a decision only as a declared, rounded
//! decimal.

// files that people write
pub mod document;

// arithmetic of the standards
pub mod decision;
pub mod energy;
pub mod error_estimation;
pub mod expression;
pub mod limits;
pub mod notation;
pub mod number;
pub mod rounding;
pub mod stats;
pub mod uncertainty;
pub mod unit;

// from evidence to verdict
pub mod evidence;
mod gate;
pub mod mpe;
pub mod online_verification;
pub mod period_check;
pub mod procedure;
pub mod recheck;
pub mod verdict;
