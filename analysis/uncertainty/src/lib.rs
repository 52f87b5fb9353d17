//! Statistics, formulas as data, uncertainty budgets and their Monte Carlo check.
//!
//! **Architecture invariant:** floats here never decide. What leaves for a decision is a declared, rounded decimal.

pub mod budget;
pub mod document;
pub mod expression;
pub mod statistics;
