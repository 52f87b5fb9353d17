//! Errors of all sub-meters behind a master, from energy conservation alone.
//!
//! What flows through the master is what the sub-meters count, corrected by their errors, plus
//! the loss: master·(1−ε_m) = Σ xᵢ·(1−εᵢ) + a·f + c₀ with f = master²/mean. Loads vary independently,
//! so that months of ordinary readings tell the errors apart. Errors are stated against the true
//! value, γ = ε/(1−ε) with ε = (x−true)/x; they are relative to the master, and 0.01 is 1 %.
//!
//! **A result here is a suspicion, verify on site; never a verdict**, and never one for meters of
//! class 0.2S or 0.5S. Statistics in f64; nothing of it enters a decision.
//!
//! The parts: [`readings`](self) become energies with known errors (missing values, resets,
//! register steps), a noise model makes them white, their moments are kept, and a prior of sound,
//! wrong and gross errors turns the moments into beliefs with 95 % intervals.
//!
//! ```
//! use estimation::{Estimator, Meter, Reading, ReadingKind, Site};
//! let site = Site {
//!     master: Meter::new("master", 0.01),
//!     meters: vec![Meter::new("pump", 0.01), Meter::new("office", 0.01)],
//!     kind: ReadingKind::Energy,
//!     interval_seconds: 86_400,
//! };
//! let mut estimator = Estimator::new(site)?;
//! for day in 0..120_i32 {
//!     // The pump counts 4 % too much; 1 kWh is lost every day.
//!     let pump = 30.0 + f64::from(day * 37 % 19);
//!     let office = 40.0 + f64::from(day * 53 % 23);
//!     let reading = Reading {
//!         time: 86_400 * i64::from(day),
//!         master: Some(pump + office + 1.0),
//!         meters: &[Some(pump * 1.04), Some(office)],
//!     };
//!     estimator.push(reading)?;
//! }
//! let answer = estimator.answer()?;
//! assert!(answer.meters[0].suspect && !answer.meters[1].suspect);
//! let pump = answer.meters[0].judged.as_ref().unwrap();
//! assert!((pump.error - 0.04).abs() < 0.005);
//! // A column of NaN is refused with the place and the cure.
//! let refused = estimator.push(Reading { time: 86_400 * 120, master: None, meters: &[Some(f64::NAN), None] });
//! assert!(refused.unwrap_err().to_string().contains("leave a missing value out"));
//! # Ok::<(), estimation::EstimationError>(())
//! ```

mod answer;
mod balance;
mod block;
mod checks;
mod design;
mod estimator;
mod findings;
mod identifiability;
mod linear;
mod marginal;
mod mixture;
mod moments;
mod noise;
mod readings;
mod site;
mod solve;
mod steps;

pub use answer::{Answer, Belief, MeterError, NoiseFound};
pub use balance::{Balance, Estimate};
pub use estimator::{Estimator, Reading};
pub use findings::{Finding, FindingKind};
pub use identifiability::{Advice, Identifiability};
pub use site::{EstimationError, MOST_METERS, Meter, ReadingKind, Settings, Site};

/// The errors from all readings at once: [`Estimator`] fed with every row.
///
/// # Errors
/// As [`Estimator::with_settings`], [`Estimator::push`] and [`Estimator::answer`].
pub fn estimate<'a>(
    site: Site,
    settings: Settings,
    readings: impl IntoIterator<Item = Reading<'a>>,
) -> Result<Answer, EstimationError> {
    let mut estimator = Estimator::with_settings(site, settings)?;
    for reading in readings {
        estimator.push(reading)?;
    }
    estimator.answer()
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
