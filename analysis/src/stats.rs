//! Statistics of measurement: f64, for uncertainties and charts, never for a verdict.
//!
//! Two-pass formulas with compensated sums, least squares by Householder QR with refined
//! residuals; no normal equations, no textbook variance. A statistic enters a decision only as
//! a declared, rounded decimal.

pub mod anova;
pub mod chart;
pub mod compare;
pub mod distribution;
pub mod drift;
pub mod outlier;
pub mod regression;
pub mod robust;
pub mod run_rules;
pub mod slope;
pub mod stability;
pub mod sum;

use sum::{Sum, mean_parts};

/// Why a statistic cannot be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StatisticsError {
    /// Too few values.
    #[error("{needed} values at least, {given} given")]
    TooFew {
        /// Least number.
        needed: usize,
        /// Number given.
        given: usize,
    },
    /// More values than a table holds.
    #[error("{what} is tabled up to {most} values, {given} given")]
    TooMany {
        /// The test.
        what: &'static str,
        /// Largest number.
        most: usize,
        /// Number given.
        given: usize,
    },
    /// NaN or an infinity.
    #[error("value {0} is not a finite number")]
    NotFinite(usize),
    /// Two columns of different length.
    #[error("{0} and {1} values do not pair")]
    Unpaired(usize, usize),
    /// All values equal where a spread is needed.
    #[error("all values are equal, the statistic has no meaning")]
    NoSpread,
    /// A spread that nothing independent is left to estimate.
    #[error("no degree of freedom is left, take more values or values further apart")]
    NoFreedom,
    /// A singular regression.
    #[error("singular: column {0} depends on the columns before it, drop it")]
    Singular(usize),
    /// An uncertainty or a parameter that must be positive.
    #[error("{0} must be greater than zero")]
    NotPositive(&'static str),
}

/// Refuses empty and non-finite data.
pub(crate) fn check(data: &[f64], needed: usize) -> Result<(), StatisticsError> {
    if data.len() < needed {
        return Err(StatisticsError::TooFew {
            needed,
            given: data.len(),
        });
    }
    match data.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(StatisticsError::NotFinite(index + 1)),
        None => Ok(()),
    }
}

/// Mean, experimental standard deviation (n−1) and lag-1 autocorrelation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Univariate {
    /// Arithmetic mean.
    pub mean: f64,
    /// Experimental standard deviation, JJF 1059.1 eq. (2).
    pub sd: f64,
    /// Lag-1 autocorrelation; `None` when there is no spread.
    pub lag1: Option<f64>,
}

/// Summarises a series by two passes with compensated sums.
///
/// # Errors
/// Fewer than two values, NaN, infinities.
pub fn univariate(data: &[f64]) -> Result<Univariate, StatisticsError> {
    check(data, 2)?;
    let (mean, low) = mean_parts(data);
    let deviation = |x: &f64| (x - mean) - low;
    let (mut squares, mut first) = (Sum::default(), Sum::default());
    for x in data {
        let d = deviation(x);
        squares.add_product(d, d);
        first.add(d);
    }
    let mut lagged = Sum::default();
    for pair in data.windows(2) {
        lagged.add_product(deviation(&pair[0]), deviation(&pair[1]));
    }
    let n = count(data.len());
    // The correction of the second pass: Σd is not exactly zero.
    let correction = first.value() * first.value() / n;
    let total = squares.value() - correction;
    let lag1 = (total > 0.0).then(|| lagged.value() / total);
    Ok(Univariate {
        mean: mean + low,
        sd: (total / (n - 1.0)).sqrt(),
        lag1,
    })
}

/// A count as f64; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
pub(crate) fn count(n: usize) -> f64 {
    n as f64
}
