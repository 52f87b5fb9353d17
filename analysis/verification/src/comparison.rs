//! Comparisons (在线比对) of an instrument with a reference on site, by procedures that are data.
//!
//! A file says what is measured and by which formula, into which bins the evidence is sorted, the limits, the method of
//! comparison and who declared it, repeats, rounding, the rule of decision, the uncertainty budget and what is not
//! tested. [`load::load`] checks it: units agree, every symbol is defined, limits parse, bins do not overlap, and the
//! whole arithmetic runs at the examples that the file gives. `docs/procedures.md` describes the format.

mod file;
mod limit;
mod load;
mod requirement;
mod rules;
mod run;
mod sheet;
mod symbols;
#[cfg(test)]
mod tests;
mod uncertainty;

pub(crate) use load::load;
pub use rules::ComparisonRules;
pub(crate) use run::run;
pub use sheet::{ComparisonSheet, LimitSheet, PointSheet, SymbolSheet, TermSheet};
