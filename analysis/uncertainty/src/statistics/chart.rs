//! Control charts (GB/T 17989): individuals with moving range, EWMA, CUSUM.

use serde::Serialize;

use super::{StatisticsError, check, count, finite, sum::mean_parts, sum::sum};

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

impl Individuals {
    /// The values beyond the control limits, by position from 1.
    pub fn beyond(&self, data: &[f64]) -> Vec<usize> {
        positions(data.iter().map(|x| *x > self.ucl || *x < self.lcl))
    }

    /// The moving ranges beyond their limit, by the position of the later value from 1.
    pub fn ranges_beyond(&self, data: &[f64]) -> Vec<usize> {
        let ranges = data.windows(2).map(|w| (w[1] - w[0]).abs() > self.mr_ucl);
        positions(std::iter::once(false).chain(ranges))
    }
}

/// Control limits from individual values (GB/T 17989.2, ISO 7870-2 §6).
///
/// ```
/// use uncertainty::statistics::chart::individuals;
/// // Moving ranges 2, 1, 3: mean 2; limits 3 ± 3·2/1.128.
/// let chart = individuals(&[2.0, 4.0, 3.0, 6.0]).unwrap();
/// assert_eq!((chart.center, chart.mr_bar), (3.75, 2.0));
/// assert!((chart.ucl - (3.75 + 6.0 / 1.128)).abs() < 1e-12);
/// assert!(individuals(&[1.0]).is_err());
/// ```
///
/// # Errors
/// Fewer than two values, NaN.
pub fn individuals(data: &[f64]) -> Result<Individuals, StatisticsError> {
    check(data, 2)?;
    let (mean, low) = mean_parts(data);
    let ranges: Vec<f64> = data.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    let mr_bar = finite(sum(&ranges) / count(ranges.len()))?;
    let (center, width) = (finite(mean + low)?, 3.0 * mr_bar / 1.128);
    Ok(Individuals {
        center,
        mr_bar,
        ucl: center + width,
        lcl: center - width,
        mr_ucl: 3.267 * mr_bar,
    })
}

/// Settings of an EWMA chart (GB/T 17989.6, ISO 7870-6).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ewma {
    /// Target or historical mean, where the chart starts.
    pub target: f64,
    /// Standard deviation of one value.
    pub sigma: f64,
    /// Weight of the newest value, 0 < λ ≤ 1; 1 is a Shewhart chart.
    pub lambda: f64,
    /// Width of the limits in standard deviations of the average, usually 3.
    pub width: f64,
}

/// One point of an EWMA chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EwmaPoint {
    /// The weighted average.
    pub value: f64,
    /// Lower limit at this point; the limits widen towards their steady state.
    pub lower: f64,
    /// Upper limit at this point.
    pub upper: f64,
    /// Outside its limits.
    pub signal: bool,
}

impl Ewma {
    /// z_i = λ·x_i + (1−λ)·z_{i−1} from z_0 = target, with the exact limits
    /// target ± L·σ·√(λ/(2−λ)·(1−(1−λ)^{2i})).
    ///
    /// ```
    /// use uncertainty::statistics::chart::Ewma;
    /// let chart = Ewma { target: 10.0, sigma: 1.0, lambda: 0.5, width: 3.0 };
    /// let points = chart.points(&[12.0, 12.0]).unwrap();
    /// assert_eq!((points[0].value, points[1].value), (11.0, 11.5));
    /// // First limit: 3·√(0.5/1.5·(1 − 0.25)) = 1.5.
    /// assert!((points[0].upper - 11.5).abs() < 1e-12 && !points[0].signal);
    /// assert!(Ewma { lambda: 0.0, ..chart }.points(&[12.0]).is_err());
    /// ```
    ///
    /// # Errors
    /// Empty data, NaN, λ outside (0, 1], σ or width not above zero.
    pub fn points(&self, data: &[f64]) -> Result<Vec<EwmaPoint>, StatisticsError> {
        check(data, 1)?;
        finite(self.target)?;
        if !(self.lambda > 0.0 && self.lambda <= 1.0) {
            return Err(StatisticsError::NotPositive("lambda (at most 1)"));
        }
        for (value, name) in [(self.sigma, "sigma"), (self.width, "the width")] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(StatisticsError::NotPositive(name));
            }
        }
        let keep = 1.0 - self.lambda;
        let steady = self.width * self.sigma * (self.lambda / (2.0 - self.lambda)).sqrt();
        let (mut z, mut decay) = (self.target, 1.0);
        data.iter()
            .map(|x| {
                z = finite(self.lambda * x + keep * z)?;
                decay *= keep * keep;
                let half = steady * (1.0 - decay).sqrt();
                let (lower, upper) = (self.target - half, self.target + half);
                Ok(EwmaPoint {
                    value: z,
                    lower,
                    upper,
                    signal: z < lower || z > upper,
                })
            })
            .collect()
    }
}

/// Settings of a tabular CUSUM chart (GB/T 17989.4, ISO 7870-4), all in units of the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cusum {
    /// Target.
    pub target: f64,
    /// Slack K on each side, usually half the shift to be found.
    pub slack: f64,
    /// Decision interval H: a sum above it is a signal.
    pub decision: f64,
}

/// One point of a CUSUM chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CusumPoint {
    /// Sum of what lies above target + K, never below zero.
    pub high: f64,
    /// Sum of what lies below target − K, never below zero.
    pub low: f64,
    /// One of the sums is above H.
    pub signal: bool,
}

impl Cusum {
    /// High and low sums at every point, from zero.
    ///
    /// ```
    /// use uncertainty::statistics::chart::Cusum;
    /// let chart = Cusum { target: 10.0, slack: 0.5, decision: 2.0 };
    /// let points = chart.points(&[11.5, 12.0, 9.0]).unwrap();
    /// // 1, then 1 + 1.5, then 2.5 − 1.5; below: 0, 0, 0.5.
    /// assert_eq!(points.iter().map(|p| p.high).collect::<Vec<_>>(), [1.0, 2.5, 1.0]);
    /// assert_eq!((points[2].low, points[1].signal, points[2].signal), (0.5, true, false));
    /// assert!(chart.points(&[]).is_err());
    /// ```
    ///
    /// # Errors
    /// Empty data, NaN, a negative slack, H not above zero.
    pub fn points(&self, data: &[f64]) -> Result<Vec<CusumPoint>, StatisticsError> {
        check(data, 1)?;
        finite(self.target)?;
        if !(self.slack >= 0.0 && self.slack.is_finite()) {
            return Err(StatisticsError::Negative("the slack"));
        }
        if !(self.decision > 0.0 && self.decision.is_finite()) {
            return Err(StatisticsError::NotPositive("the decision interval"));
        }
        let (mut high, mut low) = (0.0_f64, 0.0_f64);
        data.iter()
            .map(|x| {
                let deviation = finite(x - self.target)?;
                high = finite((high + deviation - self.slack).max(0.0))?;
                low = finite((low - deviation - self.slack).max(0.0))?;
                Ok(CusumPoint {
                    high,
                    low,
                    signal: high > self.decision || low > self.decision,
                })
            })
            .collect()
    }
}

fn positions(flags: impl Iterator<Item = bool>) -> Vec<usize> {
    flags
        .enumerate()
        .filter_map(|(i, flag)| flag.then_some(i + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(values: impl IntoIterator<Item = f64>, digits: usize) -> String {
        let texts: Vec<String> = values.into_iter().map(|v| format!("{v:.digits$}")).collect();
        texts.join(" ")
    }

    /// NIST/SEMATECH handbook 6.3.2.4: target 50, s = 2.0539, λ = 0.3; steady limits 47.4115 and
    /// 52.5884; the averages repeated in exact fractions.
    #[test]
    fn ewma_of_the_handbook() {
        let data = [
            52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2,
            52.6, 52.4, 53.6, 52.1,
        ];
        let chart = Ewma {
            target: 50.0,
            sigma: 2.0539,
            lambda: 0.3,
            width: 3.0,
        };
        let points = chart.points(&data).unwrap();
        assert_eq!(
            places(points.iter().map(|p| p.value), 2),
            "50.60 49.52 50.56 50.18 50.16 49.21 49.75 49.85 50.26 50.33 50.11 49.36 49.52 50.05 49.38 49.92 \
             50.73 51.23 51.94 51.99"
        );
        let last = points.last().unwrap();
        assert_eq!(places([last.lower, last.upper], 3), "47.412 52.588");
        assert!(points.iter().all(|p| !p.signal));
        // The first limits are λ·L·σ wide.
        assert!((points[0].upper - (50.0 + 0.3 * 3.0 * 2.0539)).abs() < 1e-12);
        let shifted: Vec<f64> = data.iter().map(|x| x + 3.0).collect();
        assert!(chart.points(&shifted).unwrap()[2].signal);
    }

    /// NIST/SEMATECH handbook 6.3.2.3: target 325, k = 0.3175, h = 4.1959; the sums repeated in
    /// exact fractions, the signal at the 14th value.
    #[test]
    fn cusum_of_the_handbook() {
        let data = [
            324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525, 325.225, 324.600,
            324.625, 325.150, 328.325, 327.250, 327.825, 328.500, 326.675, 327.775, 326.875, 328.350,
        ];
        let chart = Cusum {
            target: 325.0,
            slack: 0.3175,
            decision: 4.1959,
        };
        let points = chart.points(&data).unwrap();
        assert_eq!(
            places(points.iter().map(|p| p.high), 4),
            "0.0000 0.0000 0.0000 0.0000 0.0325 0.0000 0.0000 0.0000 0.0000 0.0000 0.0000 0.0000 3.0075 4.9400 \
             7.4475 10.6300 11.9875 14.4450 16.0025 19.0350"
        );
        let first = points.iter().position(|p| p.signal);
        assert_eq!(first, Some(13));
    }

    #[test]
    fn individuals_name_what_lies_beyond() {
        let mut data = vec![10.0, 10.1, 9.9, 10.0, 10.1, 9.9, 10.0, 10.1, 9.9, 10.0, 10.1, 9.9];
        let chart = individuals(&data).unwrap();
        assert!(chart.beyond(&data).is_empty() && chart.ranges_beyond(&data).is_empty());
        data.push(12.0);
        assert_eq!(
            (chart.beyond(&data), chart.ranges_beyond(&data)),
            (vec![13], vec![13])
        );
    }

    #[test]
    fn settings_without_meaning_are_refused() {
        let ewma = Ewma {
            target: 0.0,
            sigma: 1.0,
            lambda: 0.2,
            width: 3.0,
        };
        for bad in [
            Ewma { lambda: 1.1, ..ewma },
            Ewma { sigma: 0.0, ..ewma },
            Ewma {
                sigma: f64::NAN,
                ..ewma
            },
            Ewma { width: -1.0, ..ewma },
            Ewma {
                target: f64::INFINITY,
                ..ewma
            },
        ] {
            assert!(bad.points(&[1.0]).is_err(), "{bad:?}");
        }
        let cusum = Cusum {
            target: 0.0,
            slack: 0.0,
            decision: 1.0,
        };
        for bad in [
            Cusum { slack: -0.1, ..cusum },
            Cusum {
                decision: 0.0,
                ..cusum
            },
            Cusum {
                target: f64::NAN,
                ..cusum
            },
        ] {
            assert!(bad.points(&[1.0]).is_err(), "{bad:?}");
        }
        assert_eq!(cusum.points(&[f64::NAN]), Err(StatisticsError::NotFinite(1)));
    }
}
