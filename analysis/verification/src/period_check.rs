//! Period check (期间核查): whether an instrument still agrees with a check standard or a second instrument.
//!
//! It is not a verification and carries no traceability. |E_n| ≤ 1 is decided exactly, without a
//! square root: (x − X)² ≤ U² + U_ref². The form |y₁ − y₂| ≤ √(U₁² + U₂²) is the same inequality.
//!
//! A procedure may also ask for charts: the differences are averaged by span and charted
//! (individuals, moving range, EWMA) with run rules; dated results and the points themselves give
//! the drift and the day on which it would cross the MPE. Limits of the chart come from integers
//! alone; f64 computes the drift, and what a verdict compares of it is a rounded decimal that is
//! recorded.
//!
//! A laboratory fixes the limits once, from a check that conforms ([`crate::evidence::Baseline::freeze`]), and puts
//! them into the evidence of later checks. Without them the first points of the window serve.

mod baseline;
mod chart;
mod interval;
mod limits;
mod load;
mod points;
mod rules;
mod run;
mod sheet;
mod sides;
mod signal;
#[cfg(test)]
mod tests;
mod trend;

pub use baseline::FreezeError;
pub(crate) use load::load;
pub use rules::PeriodCheckRules;
pub(crate) use run::run;
pub use sheet::{ChartSheet, DriftSheet, IntervalSheet, PeriodCheckSheet};
pub use signal::Signal;
