//! Outliers in one normal sample (GB/T 4883-2008): Grubbs, one- and two-sided, and Dixon.

use super::distribution::t_upper;
use super::{StatisticsError, check, count, univariate};

/// The suspected end (上侧, 下侧, 双侧情形 of GB/T 4883-2008 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The largest value.
    Upper,
    /// The smallest value.
    Lower,
    /// Whichever lies further out; α is shared by both ends.
    Both,
}

/// The result of a test: straggler (歧离值) at 5 %, statistical outlier (统计离群值) at 1 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutlierTest {
    /// The statistic G or D.
    pub statistic: f64,
    /// Critical value for α = 0.05 (detection level).
    pub critical_95: f64,
    /// Critical value for α = 0.01 (deletion level).
    pub critical_99: f64,
    /// The value under suspicion.
    pub suspect: f64,
}

impl OutlierTest {
    /// Beyond the detection level.
    pub fn straggler(&self) -> bool {
        self.statistic > self.critical_95
    }
    /// Beyond the deletion level.
    pub fn outlier(&self) -> bool {
        self.statistic > self.critical_99
    }
}

/// Grubbs' test, GB/T 4883-2008 §7.2; two-sided it uses G_{1−α/2}(n) (§7.2.3).
///
/// The example of §7.2.4:
/// ```
/// use uncertainty::statistics::outlier::{Side, grubbs};
/// let data = [4.7, 5.4, 6.0, 6.5, 7.3, 7.7, 8.2, 9.0, 10.1, 14.0];
/// let test = grubbs(&data, Side::Upper).unwrap();
/// assert_eq!(format!("{:.3} {:.3}", test.critical_95, test.critical_99), "2.176 2.410");
/// assert!(test.straggler() && !test.outlier());
/// assert!(grubbs(&[1.0, 1.0, 1.0], Side::Upper).is_err());
/// ```
///
/// # Errors
/// Fewer than three values, no spread, NaN.
pub fn grubbs(data: &[f64], side: Side) -> Result<OutlierTest, StatisticsError> {
    check(data, 3)?;
    let u = univariate(data)?;
    if u.sd <= 0.0 {
        return Err(StatisticsError::NoSpread);
    }
    let largest = data.iter().copied().fold(f64::MIN, f64::max);
    let smallest = data.iter().copied().fold(f64::MAX, f64::min);
    let (above, below) = (largest - u.mean, u.mean - smallest);
    let (distance, suspect, share) = match side {
        Side::Upper => (above, largest, 1.0),
        Side::Lower => (below, smallest, 1.0),
        Side::Both if above >= below => (above, largest, 0.5),
        Side::Both => (below, smallest, 0.5),
    };
    Ok(OutlierTest {
        statistic: distance / u.sd,
        critical_95: grubbs_critical(data.len(), 0.05 * share),
        critical_99: grubbs_critical(data.len(), 0.01 * share),
        suspect,
    })
}

/// One-sided critical value of Grubbs' test (GB/T 4883-2008 table A.2), from Student's t.
pub fn grubbs_critical(n: usize, alpha: f64) -> f64 {
    let n = count(n);
    let t = t_upper(alpha / n, n - 2.0);
    (n - 1.0) / n.sqrt() * (t * t / (n - 2.0 + t * t)).sqrt()
}

/// One-sided critical values of Dixon's test for n = 3…30 (GB/T 4883-2008 table A.3): α = 0.05, 0.01.
///
/// The printed values were simulated; integration of the exact distribution differs from them by
/// at most 0.0015 (`oracles/statistics.py` repeats it), in the third place and mostly below.
static DIXON: [(f64, f64); 28] = [
    (0.941, 0.988),
    (0.765, 0.889),
    (0.642, 0.782),
    (0.562, 0.698),
    (0.507, 0.637),
    (0.554, 0.681),
    (0.512, 0.635),
    (0.477, 0.597),
    (0.575, 0.674),
    (0.546, 0.642),
    (0.521, 0.617),
    (0.546, 0.640),
    (0.524, 0.618),
    (0.505, 0.597),
    (0.489, 0.580),
    (0.475, 0.564),
    (0.462, 0.550),
    (0.450, 0.538),
    (0.440, 0.526),
    (0.431, 0.516),
    (0.422, 0.507),
    (0.413, 0.497),
    (0.406, 0.489),
    (0.399, 0.482),
    (0.393, 0.474),
    (0.387, 0.468),
    (0.381, 0.462),
    (0.376, 0.456),
];

/// Dixon's test, GB/T 4883-2008 §7.3: r10 to n = 7, r11 to 10, r21 to 13, r22 to 30.
///
/// ```
/// use uncertainty::statistics::outlier::{Side, dixon};
/// // n = 5: D = (5.25 − 5.22)/(5.41 − 5.22) = 3/19, far below 0.642.
/// let test = dixon(&[5.22, 5.25, 5.29, 5.33, 5.41], Side::Lower).unwrap();
/// assert!((test.statistic - 3.0 / 19.0).abs() < 1e-12 && !test.straggler());
/// assert!(dixon(&[5.22, 5.25, 5.29], Side::Both).is_err());
/// ```
///
/// # Errors
/// Fewer than three or more than 30 values, no spread, NaN; both sides at once, which need a
/// table of their own.
pub fn dixon(data: &[f64], side: Side) -> Result<OutlierTest, StatisticsError> {
    if side == Side::Both {
        return Err(StatisticsError::OneSided);
    }
    check(data, 3)?;
    let n = data.len();
    let Some((critical_95, critical_99)) = DIXON.get(n - 3).copied() else {
        return Err(StatisticsError::TooMany {
            what: "Dixon's test",
            most: 30,
            given: n,
        });
    };
    let mut x = data.to_vec();
    if side == Side::Upper {
        x.iter_mut().for_each(|v| *v = -*v);
    }
    x.sort_by(f64::total_cmp);
    let (gap, end) = match n {
        3..=7 => (1, n - 1),
        8..=10 => (1, n - 2),
        11..=13 => (2, n - 2),
        _ => (2, n - 3),
    };
    let width = x[end] - x[0];
    if width <= 0.0 {
        return Err(StatisticsError::NoSpread);
    }
    Ok(OutlierTest {
        statistic: (x[gap] - x[0]) / width,
        critical_95,
        critical_99,
        suspect: if side == Side::Upper { -x[0] } else { x[0] },
    })
}

#[cfg(test)]
mod tests;
