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

use numbers::number::Exact;
use numbers::rounding::Interval;

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
    /// Too few groups.
    #[error("{needed} groups at least, {given} given")]
    TooFewGroups {
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
    /// Dixon's test on both ends at once.
    #[error("the critical values of Dixon's test are one-sided: name the end, or use Grubbs for both")]
    OneSided,
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
    /// A parameter that must not be negative.
    #[error("{0} must not be negative")]
    Negative(&'static str),
    /// A result that f64 cannot hold.
    #[error("the numbers are too large or too far apart: a result leaves the range of 64-bit floats")]
    OutOfRange,
}

/// Refuses a result that is NaN or infinite.
pub(crate) fn finite(value: f64) -> Result<f64, StatisticsError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(StatisticsError::OutOfRange)
    }
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
/// ```
/// use uncertainty::statistics::univariate;
/// let u = univariate(&[10_000_001.0, 10_000_003.0, 10_000_002.0]).unwrap();
/// assert_eq!((u.mean, u.sd, u.lag1), (10_000_002.0, 1.0, Some(-0.5)));
/// assert!(univariate(&[1.0]).is_err());
/// ```
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
    let lag1 = (total > 0.0)
        .then(|| lagged.value() / total)
        .filter(|l| l.is_finite());
    Ok(Univariate {
        mean: finite(mean + low)?,
        sd: finite((total.max(0.0) / (n - 1.0)).sqrt())?,
        lag1,
    })
}

/// Summarises decimals: the mean is exact to 34 digits, deviations leave the decimals as
/// differences from the first value, so that a large common part costs no digit.
///
/// ```
/// use uncertainty::statistics::summary;
/// let data = ["1E20", "100000000000000000002"].map(|t| t.parse().unwrap());
/// let (mean, u) = summary(&data).unwrap();
/// assert_eq!((mean.to_string(), u.sd), ("100000000000000000001".into(), 2.0_f64.sqrt()));
/// assert!(summary(&data[..1]).is_err());
/// ```
///
/// # Errors
/// Fewer than two values, differences that f64 cannot hold.
pub fn summary(data: &[Exact]) -> Result<(Exact, Univariate), StatisticsError> {
    let too_few = StatisticsError::TooFew {
        needed: 2,
        given: data.len(),
    };
    let (Some(first), Ok(n)) = (data.first(), i64::try_from(data.len())) else {
        return Err(too_few);
    };
    let shifted: Vec<f64> = data.iter().map(|x| (x - first).to_f64()).collect();
    let mut u = univariate(&shifted)?;
    let sum = data.iter().fold(Exact::zero(), |sum, x| &sum + x);
    let n = Exact::from(n);
    let leading = sum.leading_exponent().unwrap_or(0) - n.leading_exponent().unwrap_or(0);
    let mean = Interval::power_of_ten(leading - 33)
        .round_quotient(&sum, &n)
        .ok_or(too_few)?;
    u.mean = mean.value().to_f64();
    Ok((mean.value().normalized(), u))
}

/// A count as f64; exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "a count of values in memory")]
pub fn count(n: usize) -> f64 {
    n as f64
}
