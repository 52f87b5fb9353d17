//! From evidence to verdict: procedures, evidence, conclusions, period checks (期间核查), recheck.
//!
//! [`requirement`] says what a run by a [`procedure::Procedure`] needs, [`evidence::Evidence`] freezes it, [`judge`] turns
//! both into a [`conclusion::Conclusion`], and [`recheck`] does so again from stored bytes.
//!
//! **Architecture invariant:** the same evidence gives the same conclusion, byte for byte: no clock, no network, no
//! files, no store. No verdict passes through f64.

pub mod canonical;
pub mod comparison;
pub mod conclusion;
pub mod evidence;
mod findings;
mod gate;
mod head;
mod judge;
pub mod period_check;
pub mod procedure;
pub mod recheck;
pub mod requirement;
mod stored;

pub use judge::{judge, requirement};
pub use stored::StoredError;
