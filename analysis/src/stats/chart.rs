//! Control charts (GB/T 17989): individuals with moving range, EWMA, CUSUM.

use super::{StatisticsError, check, count, sum::mean_parts, sum::sum};

/// Shewhart chart of individuals with the moving range of two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Individuals {
    /// Centre line.
    pub center: f64,
    /// Mean moving range.
    pub mr_bar: f64,
    /// Upper control limit, centre + 3·MR/1.128.
    pub ucl: f64,
    /// Lower control limit.
    pub lcl: f64,
    /// Upper limit of the moving range, 3.267·MR.
    pub mr_ucl: f64,
}

/// Control limits from individual values.
///
/// # Errors
/// Fewer than two values, NaN.
pub fn individuals(data: &[f64]) -> Result<Individuals, StatisticsError> {
    check(data, 2)?;
    let (mean, low) = mean_parts(data);
    let ranges: Vec<f64> = data.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    let mr_bar = sum(&ranges) / count(ranges.len());
    let (center, width) = (mean + low, 3.0 * mr_bar / 1.128);
    Ok(Individuals {
        center,
        mr_bar,
        ucl: center + width,
        lcl: center - width,
        mr_ucl: 3.267 * mr_bar,
    })
}

/// EWMA values with their limits at each point: (value, lower, upper).
///
/// # Errors
/// Empty data, NaN, λ outside (0, 1], σ not above zero.
pub fn ewma(
    data: &[f64],
    target: f64,
    sigma: f64,
    lambda: f64,
    width: f64,
) -> Result<Vec<(f64, f64, f64)>, StatisticsError> {
    check(data, 1)?;
    if !(lambda > 0.0 && lambda <= 1.0) {
        return Err(StatisticsError::NotPositive("lambda (at most 1)"));
    }
    if sigma.is_nan() || sigma <= 0.0 {
        return Err(StatisticsError::NotPositive("sigma"));
    }
    let (mut z, mut decay) = (target, 1.0);
    Ok(data
        .iter()
        .map(|x| {
            z = lambda * x + (1.0 - lambda) * z;
            decay *= (1.0 - lambda) * (1.0 - lambda);
            let half = width * sigma * (lambda / (2.0 - lambda) * (1.0 - decay)).sqrt();
            (z, target - half, target + half)
        })
        .collect())
}

/// Tabular CUSUM: (upper sum, lower sum) at each point, in units of the data.
///
/// # Errors
/// Empty data, NaN.
pub fn cusum(data: &[f64], target: f64, slack: f64) -> Result<Vec<(f64, f64)>, StatisticsError> {
    check(data, 1)?;
    let (mut high, mut low) = (0.0_f64, 0.0_f64);
    Ok(data
        .iter()
        .map(|x| {
            high = (high + x - target - slack).max(0.0);
            low = (low + target - x - slack).max(0.0);
            (high, low)
        })
        .collect())
}
