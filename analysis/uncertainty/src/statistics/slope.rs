//! Slope of readings that follow each other closely, where one tells something of the next.

use super::drift::Drift;
use super::{StatisticsError, check, count, sum::Sum, univariate};

/// A straight line through points, with the number of independent points they are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Level, rate and their standard uncertainties.
    pub line: Drift,
    /// Lag-1 autocorrelation of the residuals, as estimated; `None` when they are all zero.
    pub lag1: Option<f64>,
    /// n·(1 − r₁)/(1 + r₁), n itself where r₁ is below zero.
    pub effective: f64,
    /// Degrees of freedom, `effective` − 2.
    pub dof: f64,
}

/// Least squares with the effective sample size for autocorrelated residuals (Santer et al. 2000,
/// J. Geophys. Res. 105 D6, eq. 4-6): s² = Σe²/(n_eff − 2).
///
/// A negative autocorrelation earns nothing: it would make n_eff larger than n.
///
/// ```
/// use uncertainty::statistics::slope::slope;
/// let found = slope(&[0.0, 1.0, 2.0, 3.0, 4.0], &[0.0, 2.0, 1.0, 3.0, 4.0]).unwrap();
/// assert!((found.line.rate - 0.9).abs() < 1e-15);
/// assert!((found.effective - 5.0).abs() < 1e-15); // neighbours do not resemble each other
/// assert!(slope(&[0.0, 1.0], &[0.0, 1.0]).is_err());
/// ```
///
/// # Errors
/// Fewer than three points, all at one time, NaN, no degree of freedom left by the autocorrelation.
pub fn slope(times: &[f64], values: &[f64]) -> Result<Slope, StatisticsError> {
    if times.len() != values.len() {
        return Err(StatisticsError::Unpaired(times.len(), values.len()));
    }
    check(times, 3)?;
    check(values, 3)?;
    let (middle, level) = (univariate(times)?.mean, univariate(values)?.mean);
    let (mut spread, mut product) = (Sum::default(), Sum::default());
    for (t, x) in times.iter().zip(values) {
        spread.add_product(t - middle, t - middle);
        product.add_product(t - middle, x - level);
    }
    if spread.value() <= 0.0 {
        return Err(StatisticsError::NoSpread);
    }
    let rate = product.value() / spread.value();
    let rest: Vec<f64> = times
        .iter()
        .zip(values)
        .map(|(t, x)| x - level - rate * (t - middle))
        .collect();
    let (mut squares, mut lagged) = (Sum::default(), Sum::default());
    rest.iter().for_each(|e| squares.add_product(*e, *e));
    rest.windows(2).for_each(|e| lagged.add_product(e[0], e[1]));
    let lag1 = (squares.value() > 0.0).then(|| lagged.value() / squares.value());
    let r = lag1.unwrap_or(0.0).clamp(0.0, 1.0);
    let effective = count(times.len()) * (1.0 - r) / (1.0 + r);
    let dof = effective - 2.0;
    if dof <= 0.0 {
        return Err(StatisticsError::NoFreedom);
    }
    let variance = squares.value() / dof;
    Ok(Slope {
        line: Drift {
            middle,
            level,
            u_level: (variance / effective).sqrt(),
            rate,
            u_rate: (variance / spread.value()).sqrt(),
            birge: None,
        },
        lag1,
        effective,
        dof,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }

    #[test]
    fn by_hand_without_autocorrelation() {
        // t̄ = 2, x̄ = 2, Σ(t−t̄)² = 10, Σ(t−t̄)(x−x̄) = 4+0+0+1+4 = 9: rate 0.9.
        // Residuals −0.2, 0.9, −1, 0.1, 0.2: Σe² = 1.9, Σee' = −0.18 −0.9 −0.1 +0.02 = −1.16.
        let found = slope(&[0.0, 1.0, 2.0, 3.0, 4.0], &[0.0, 2.0, 1.0, 3.0, 4.0]).unwrap();
        close(found.lag1.unwrap(), -1.16 / 1.9);
        close(found.effective, 5.0);
        close(found.line.u_rate, (1.9_f64 / 3.0 / 10.0).sqrt());
        close(found.line.u_level, (1.9_f64 / 3.0 / 5.0).sqrt());
    }

    #[test]
    fn by_hand_with_autocorrelation() {
        // Two hills: the slope is zero, every residual ±0.5.
        let times: Vec<f64> = (0..16).map(f64::from).collect();
        let values = [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0].map(f64::from);
        // Σe² = 16/4 = 4, fifteen neighbours of which four differ: (11 − 4)/4 = 1.75.
        let found = slope(&times, &values).unwrap();
        close(found.line.rate, 0.0);
        close(found.lag1.unwrap(), 1.75 / 4.0);
        let effective = 16.0 * (1.0 - 0.4375) / 1.4375;
        close(found.effective, effective);
        // Σ(t−t̄)² = n(n²−1)/12 = 340.
        close(found.line.u_rate, (4.0 / (effective - 2.0) / 340.0_f64).sqrt());
    }

    #[test]
    fn nothing_independent_is_left() {
        // A wave that starts and ends at its mean: neighbours agree so well that thirty points are
        // worth less than two.
        let times: Vec<f64> = (-15..=15).map(f64::from).collect();
        let arch: Vec<f64> = times
            .iter()
            .map(|t| t * t / 225.0)
            .map(|s| (s - 1.0) * (s - 0.2))
            .collect();
        let found = slope(&times, &arch);
        assert_eq!(found.unwrap_err(), StatisticsError::NoFreedom);
        assert!(slope(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]).is_err());
        assert!(slope(&[1.0, 2.0, 3.0], &[1.0, 2.0]).is_err());
        assert!(slope(&[1.0, 2.0, 3.0], &[1.0, f64::NAN, 2.0]).is_err());
        let straight = slope(&[0.0, 1.0, 2.0], &[1.0, 2.0, 3.0]).unwrap();
        close(straight.line.u_rate, 0.0);
    }
}
