//! Exact numbers and the rules of standards for them: rounding, units, notation, limits, decisions.
//!
//! **Architecture invariant:** no float. What arrives as f64 becomes a declared, rounded decimal before anything here
//! decides by it.

pub mod decision;
pub mod energy;
pub mod glyph;
pub mod limits;
pub mod notation;
pub mod number;
pub mod register;
pub mod rounding;
mod scan;
pub mod unit;
