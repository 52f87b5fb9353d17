//! Repeatability and stability of measurement standards (JJF 1033-2016).

use super::{StatisticsError, check, sum::mean_parts, univariate};

/// Repeatability: the experimental standard deviation of n ≥ 10 readings (JJF 1033 附录 C.1).
///
/// # Errors
/// Fewer than ten values, NaN.
pub fn repeatability(readings: &[f64]) -> Result<f64, StatisticsError> {
    check(readings, 10)?;
    Ok(univariate(readings)?.sd)
}

/// Stability: largest minus smallest of the group means (JJF 1033 附录 C.2), m ≥ 4 groups of n ≥ 10.
///
/// # Errors
/// Too few groups or readings, NaN.
pub fn stability(groups: &[Vec<f64>]) -> Result<f64, StatisticsError> {
    if groups.len() < 4 {
        return Err(StatisticsError::TooFew {
            needed: 4,
            given: groups.len(),
        });
    }
    let mut means = Vec::with_capacity(groups.len());
    for group in groups {
        check(group, 10)?;
        let (mean, rest) = mean_parts(group);
        means.push(mean + rest);
    }
    let high = means.iter().copied().fold(f64::MIN, f64::max);
    let low = means.iter().copied().fold(f64::MAX, f64::min);
    Ok(high - low)
}

/// ν_eff of Welch and Satterthwaite, truncated (GUM G.4.1); infinite dof as `None`.
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
