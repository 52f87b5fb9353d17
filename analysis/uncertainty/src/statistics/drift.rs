//! Drift of an instrument from dated results, and when it would cross a limit.

use super::{StatisticsError, check, count, sum::Sum};

/// A result: time in days, error, its standard uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dated {
    /// Days from any origin.
    pub day: f64,
    /// Error.
    pub error: f64,
    /// Standard uncertainty of the error, above zero.
    pub u: f64,
}

/// A straight line through dated results, weighted by 1/u².
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Weighted mean of the days: level and rate are independent there.
    pub middle: f64,
    /// Error at the middle.
    pub level: f64,
    /// Its standard uncertainty.
    pub u_level: f64,
    /// Change per day.
    pub rate: f64,
    /// Its standard uncertainty.
    pub u_rate: f64,
    /// Birge ratio √(χ²/(n−2)), by which the uncertainties were widened when it is above one;
    /// `None` for two results, and for a slope of unweighted points.
    pub birge: Option<f64>,
}

/// Fits the drift.
///
/// # Errors
/// Fewer than two results, all on one day, an uncertainty not above zero, NaN.
pub fn drift(results: &[Dated]) -> Result<Drift, StatisticsError> {
    let column = |pick: fn(&Dated) -> f64| results.iter().map(pick).collect::<Vec<f64>>();
    check(&column(|r| r.day), 2)?;
    check(&column(|r| r.error), 2)?;
    check(&column(|r| r.u), 2)?;
    if results.iter().any(|r| r.u <= 0.0) {
        return Err(StatisticsError::NotPositive("an uncertainty"));
    }
    let weight = |r: &Dated| 1.0 / (r.u * r.u);
    let (mut total, mut days, mut errors) = (Sum::default(), Sum::default(), Sum::default());
    let (first_day, first_error) = (results[0].day, results[0].error);
    for r in results {
        total.add(weight(r));
        days.add_product(weight(r), r.day - first_day);
        errors.add_product(weight(r), r.error - first_error);
    }
    let middle = first_day + days.value() / total.value();
    let level = first_error + errors.value() / total.value();
    let (mut spread, mut product) = (Sum::default(), Sum::default());
    for r in results {
        let d = r.day - middle;
        spread.add(weight(r) * d * d);
        product.add(weight(r) * d * (r.error - level));
    }
    if spread.value() <= 0.0 {
        return Err(StatisticsError::NoSpread);
    }
    let rate = product.value() / spread.value();
    let mut chi2 = Sum::default();
    for r in results {
        let rest = (r.error - level - rate * (r.day - middle)) / r.u;
        chi2.add_product(rest, rest);
    }
    let birge = (results.len() > 2).then(|| (chi2.value() / count(results.len() - 2)).max(0.0).sqrt());
    let widen = birge.map_or(1.0, |b| b.max(1.0));
    Ok(Drift {
        middle,
        level,
        u_level: widen / total.value().sqrt(),
        rate,
        u_rate: widen / spread.value().sqrt(),
        birge,
    })
}

impl Drift {
    /// Error foreseen for a day.
    pub fn at(&self, day: f64) -> f64 {
        self.level + self.rate * (day - self.middle)
    }

    /// Standard uncertainty of that error.
    pub fn u_at(&self, day: f64) -> f64 {
        let lever = self.u_rate * (day - self.middle);
        (self.u_level * self.u_level + lever * lever).sqrt()
    }

    /// First day from `from` on which |error| + k·u reaches the limit; `None` within `most` days.
    ///
    /// k = 0 gives the expected day, k = 2 the earliest day with 95 %, k = −2 the latest: the first
    /// on which even the nearer edge of the band has left the limit.
    pub fn crossing(&self, from: f64, limit: f64, k: f64, most: u32) -> Option<f64> {
        let over = |day: f64| self.at(day).abs() + k * self.u_at(day) >= limit;
        // Day by day: the band is not monotonic before the middle.
        (0..=most).map(|n| from + f64::from(n)).find(|day| over(*day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(rows: &[(f64, f64)], u: f64) -> Vec<Dated> {
        rows.iter()
            .map(|(day, error)| Dated {
                day: *day,
                error: *error,
                u,
            })
            .collect()
    }

    #[test]
    fn a_line_through_three_years() {
        let found = drift(&dated(&[(0.0, 0.10), (365.0, 0.16), (730.0, 0.22)], 0.02)).unwrap();
        assert!((found.rate * 365.0 - 0.06).abs() < 1e-12);
        assert!((found.level - 0.16).abs() < 1e-12 && (found.middle - 365.0).abs() < 1e-9);
        assert!(found.birge.unwrap() < 1e-9);
        // u(rate) = u/√Σ(t−t̄)² = 0.02/(365·√2)
        assert!((found.u_rate - 0.02 / (365.0 * 2_f64.sqrt())).abs() < 1e-15);
        // 0.40 is reached 0.24/0.06·365 days after the middle.
        let day = found.crossing(730.0, 0.40, 0.0, 10_000).unwrap();
        assert!((day - (365.0 + 1_460.0)).abs() <= 1.0, "{day}");
        let early = found.crossing(730.0, 0.40, 2.0, 10_000).unwrap();
        assert!(early < day - 300.0 && early > 730.0, "{early}");
        assert!(found.crossing(730.0, 0.40, 0.0, 10).is_none());
    }

    #[test]
    fn scatter_widens_and_nonsense_is_refused() {
        let found = drift(&dated(
            &[(0.0, 0.0), (100.0, 0.3), (200.0, 0.0), (300.0, 0.3)],
            0.01,
        ))
        .unwrap();
        assert!(found.birge.unwrap() > 10.0);
        assert!(found.u_rate > 10.0 * 0.01 / 300.0 / 2.0);
        assert!(drift(&dated(&[(0.0, 0.0)], 0.1)).is_err());
        assert!(drift(&dated(&[(5.0, 0.0), (5.0, 0.1)], 0.1)).is_err());
        assert!(drift(&dated(&[(5.0, 0.0), (6.0, 0.1)], 0.0)).is_err());
        assert!(drift(&dated(&[(5.0, f64::NAN), (6.0, 0.1)], 0.1)).is_err());
    }
}
