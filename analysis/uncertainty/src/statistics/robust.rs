//! Algorithm A (ISO 13528 annex C, ISO 5725-5).

use super::{StatisticsError, check, count, finite, sum::sum, univariate};

/// Robust mean and standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlgorithmA {
    /// Robust mean x*.
    pub x_star: f64,
    /// Robust standard deviation s*.
    pub s_star: f64,
    /// Iterations until both stood still.
    pub iterations: u32,
}

/// Iterates the winsorised mean to convergence.
///
/// ```
/// use uncertainty::statistics::robust::algorithm_a;
/// let a = algorithm_a(&[4.5, 4.9, 5.6, 4.2, 6.2, 5.2, 9.9]).unwrap();
/// assert_eq!(format!("{:.4} {:.4}", a.x_star, a.s_star), "5.3865 1.1460");
/// assert!(algorithm_a(&[4.5]).is_err());
/// ```
///
/// # Errors
/// Fewer than two values, NaN.
pub fn algorithm_a(data: &[f64]) -> Result<AlgorithmA, StatisticsError> {
    check(data, 2)?;
    let mut x_star = median(data);
    let deviations: Vec<f64> = data.iter().map(|x| (x - x_star).abs()).collect();
    let mut s_star = 1.483 * median(&deviations);
    if s_star <= 0.0 {
        // More than half the values agree: start from the plain spread (ISO 13528 C.3.1 note).
        s_star = univariate(data)?.sd;
    }
    let mut iterations = 0;
    while iterations < 1_000 && s_star > 0.0 {
        iterations += 1;
        let delta = 1.5 * s_star;
        let clipped: Vec<f64> = data
            .iter()
            .map(|x| x.clamp(x_star - delta, x_star + delta))
            .collect();
        let next = sum(&clipped) / count(data.len());
        let spread = 1.134 * univariate(&clipped)?.sd;
        let still = (next - x_star).abs() <= 1e-14 * s_star && (spread - s_star).abs() <= 1e-14 * s_star;
        (x_star, s_star) = (next, spread);
        if still {
            break;
        }
    }
    Ok(AlgorithmA {
        x_star: finite(x_star)?,
        s_star: finite(s_star)?,
        iterations,
    })
}

/// The median; the mean of the two middle values of an even number, NaN of none.
///
/// ```
/// use uncertainty::statistics::robust::median;
/// assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-15);
/// assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-15);
/// ```
pub fn median(data: &[f64]) -> f64 {
    let mut sorted = data.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => sorted[n / 2],
        _ => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}
