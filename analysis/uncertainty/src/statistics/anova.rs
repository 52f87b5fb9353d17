//! Analysis of variance of one classification (GUM H.5): does the day matter?

use super::distribution::f_upper;
use super::{StatisticsError, check, count, sum::sum, univariate};

/// Means and spreads of groups of equal size, taken apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneWay {
    /// Mean of all groups.
    pub mean: f64,
    /// Experimental standard deviation of the group means.
    pub s_means: f64,
    /// √(K·s²(means)): spread within groups as the means show it; J−1 degrees of freedom.
    pub s_between: f64,
    /// Spread within groups as the groups show it; J·(K−1) degrees of freedom.
    pub s_within: f64,
    /// F = s_between²/s_within².
    pub f: f64,
    /// F that chance exceeds in 5 % of cases.
    pub f_95: f64,
    /// F that chance exceeds in 2.5 % of cases.
    pub f_975: f64,
    /// Spread of the group effect, √((s_between² − s_within²)/K); zero when that is negative.
    pub s_group: f64,
    /// Standard uncertainty of the mean when the groups differ: s(means)/√J.
    pub u_mean: f64,
}

/// From means and standard deviations of J groups with K observations each.
///
/// # Errors
/// Fewer than two groups or observations, unpaired columns, no spread at all.
pub fn one_way(means: &[f64], sds: &[f64], observations: usize) -> Result<OneWay, StatisticsError> {
    check(means, 2)?;
    check(sds, 2)?;
    if means.len() != sds.len() {
        return Err(StatisticsError::Unpaired(means.len(), sds.len()));
    }
    if observations < 2 {
        return Err(StatisticsError::TooFew {
            needed: 2,
            given: observations,
        });
    }
    let (groups, k) = (count(means.len()), count(observations));
    let whole = univariate(means)?;
    let squares: Vec<f64> = sds.iter().map(|s| s * s).collect();
    let within = sum(&squares) / groups;
    if within <= 0.0 {
        return Err(StatisticsError::NoSpread);
    }
    let between = k * whole.sd * whole.sd;
    let (above, below) = (groups - 1.0, groups * (k - 1.0));
    Ok(OneWay {
        mean: whole.mean,
        s_means: whole.sd,
        s_between: between.sqrt(),
        s_within: within.sqrt(),
        f: between / within,
        f_95: f_upper(0.05, above, below),
        f_975: f_upper(0.025, above, below),
        s_group: ((between - within) / k).max(0.0).sqrt(),
        u_mean: whole.sd / groups.sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GUM H.5, µV above 10 V.
    #[test]
    fn a_voltage_standard_over_ten_days() {
        let means = [172.0, 116.0, 13.0, 144.0, 106.0, 31.0, 60.0, 125.0, 163.0, 41.0];
        let sds = [60.0, 77.0, 111.0, 101.0, 67.0, 93.0, 80.0, 73.0, 88.0, 86.0];
        let found = one_way(&means, &sds, 5).unwrap();
        for (value, printed, last) in [
            (found.mean, 97.0, 1.0),
            (found.s_means, 57.0, 1.0),
            (found.s_between, 128.0, 1.0),
            (found.s_within, 85.0, 1.0),
            (found.f, 2.25, 0.03),
            (found.f_95, 2.12, 0.01),
            (found.f_975, 2.45, 0.01),
            (found.s_group, 43.0, 1.0),
            (found.u_mean, 18.0, 1.0),
        ] {
            assert!((value - printed).abs() <= 0.5 * last, "{value} {printed}");
        }
        assert!(one_way(&means, &sds[1..], 5).is_err());
        assert!(one_way(&means, &sds, 1).is_err());
        assert!(one_way(&means, &[0.0; 10], 5).is_err());
    }
}
