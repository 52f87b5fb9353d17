//! Repeatability and stability of measurement standards (JJF 1033-2016).

use super::{StatisticsError, check, finite, sum::mean_parts, univariate};

/// Repeatability: the experimental standard deviation of n ≥ 10 readings (JJF 1033 附录 C.1).
///
/// ```
/// use uncertainty::statistics::stability::repeatability;
/// // Deviations ±1 about 10: s = √(10/9).
/// let readings = [9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0];
/// assert!((repeatability(&readings).unwrap() - (10.0_f64 / 9.0).sqrt()).abs() < 1e-12);
/// assert!(repeatability(&readings[..9]).is_err());
/// ```
///
/// # Errors
/// Fewer than ten values, NaN.
pub fn repeatability(readings: &[f64]) -> Result<f64, StatisticsError> {
    check(readings, 10)?;
    Ok(univariate(readings)?.sd)
}

/// The stability of a measurement standard from groups of readings of a check standard.
#[derive(Clone, Debug, PartialEq)]
pub struct Stability {
    /// The mean of each group, in the order given.
    pub means: Vec<f64>,
    /// Largest minus smallest mean: the stability over the time that the groups span.
    pub range: f64,
    /// Last mean minus the one before: the stability of a standard in use, one group a year.
    pub last_step: f64,
}

/// Stability from m ≥ 4 groups of n ≥ 10 readings, a month or more apart (JJF 1033 附录 C.2).
///
/// It must be smaller than U (k = 2) of the standard, or than its maximum permissible error:
/// compare the declared, rounded decimals.
///
/// ```
/// use uncertainty::statistics::stability::stability;
/// let group = |mean: f64| (0..10).map(|i| mean + if i % 2 == 0 { 0.1 } else { -0.1 }).collect();
/// let groups: Vec<Vec<f64>> = [10.0, 10.3, 10.1, 9.9].map(group).into();
/// let s = stability(&groups).unwrap();
/// assert!((s.range - 0.4).abs() < 1e-12 && (s.last_step + 0.2).abs() < 1e-12);
/// assert!(stability(&groups[..3]).is_err());
/// ```
///
/// # Errors
/// Too few groups or readings, NaN.
pub fn stability(groups: &[Vec<f64>]) -> Result<Stability, StatisticsError> {
    if groups.len() < 4 {
        return Err(StatisticsError::TooFewGroups {
            needed: 4,
            given: groups.len(),
        });
    }
    let mut means = Vec::with_capacity(groups.len());
    for group in groups {
        check(group, 10)?;
        let (mean, rest) = mean_parts(group);
        means.push(finite(mean + rest)?);
    }
    let high = means.iter().copied().fold(f64::MIN, f64::max);
    let low = means.iter().copied().fold(f64::MAX, f64::min);
    let last_step = means[means.len() - 1] - means[means.len() - 2];
    Ok(Stability {
        range: finite(high - low)?,
        last_step,
        means,
    })
}

/// ν_eff of Welch and Satterthwaite, truncated (GUM G.4.1); infinite dof as `None`.
///
/// GUM H.1: 25.0, 9.7, 2.9 and 16.6 nm with 18, 25.6, 50 and 2 degrees of freedom give 16.
/// ```
/// use uncertainty::statistics::stability::effective_dof;
/// let terms = [(25.0, Some(18.0)), (9.7, Some(25.6)), (2.9, Some(50.0)), (16.6, Some(2.0))];
/// assert_eq!(effective_dof(&terms).unwrap(), Some(16));
/// assert_eq!(effective_dof(&[(1.0, None)]).unwrap(), None);
/// assert!(effective_dof(&[]).is_err());
/// ```
///
/// # Errors
/// No contribution, or all of them zero.
pub fn effective_dof(contributions: &[(f64, Option<f64>)]) -> Result<Option<u64>, StatisticsError> {
    let square: f64 = contributions.iter().map(|(u, _)| u * u).sum();
    if square.is_nan() || square <= 0.0 {
        return Err(StatisticsError::NotPositive("the combined uncertainty"));
    }
    let below: f64 = contributions
        .iter()
        .filter_map(|(u, dof)| dof.map(|d| u.powi(4) / d))
        .sum();
    if below <= 0.0 {
        return Ok(None);
    }
    let dof = (square * square / below).floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded and whole"
    )]
    let whole = dof.clamp(1.0, 1e15) as u64;
    Ok(Some(whole))
}
