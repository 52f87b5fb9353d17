//! Comparisons between laboratories: weighted mean with χ². One result is scored by
//! [`numbers::decision::Score`].

use super::distribution::chi_square_quantile;
use super::{StatisticsError, check, count, finite, sum::Sum};

/// Weighted-mean reference with its consistency test (JJF 1117-2010, Cox 2002 procedure A).
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Reference value.
    pub reference: f64,
    /// Its standard uncertainty.
    pub u_reference: f64,
    /// Observed χ².
    pub chi2: f64,
    /// 95 % quantile for n−1.
    pub chi2_95: f64,
    /// Degrees of equivalence as E_n with k = 2; the values are part of the reference.
    pub en: Vec<f64>,
}

impl Comparison {
    /// Whether the values agree with one another: χ² up to its 95 % quantile.
    pub fn consistent(&self) -> bool {
        self.chi2 <= self.chi2_95
    }
}

/// Weighted mean of values with standard uncertainties.
///
/// ```
/// use uncertainty::statistics::compare::weighted_mean;
/// // Weights 1 and 4: (10·1 + 11·4)/5, variance 1/5, χ² = 0.8² + (0.2/0.5)².
/// let c = weighted_mean(&[10.0, 11.0], &[1.0, 0.5]).unwrap();
/// assert!((c.reference - 10.8).abs() < 1e-12 && (c.u_reference - 0.2_f64.sqrt()).abs() < 1e-12);
/// assert!((c.chi2 - 0.8).abs() < 1e-12 && (c.chi2_95 - 3.841_458_820_694_1).abs() < 1e-9);
/// assert!(c.consistent());
/// assert!(weighted_mean(&[10.0, 11.0], &[1.0, 0.0]).is_err());
/// ```
///
/// # Errors
/// Fewer than two, unpaired, NaN, an uncertainty not above zero, or uncertainties so far apart
/// that one value is the whole mean.
pub fn weighted_mean(x: &[f64], u: &[f64]) -> Result<Comparison, StatisticsError> {
    check(x, 2)?;
    check(u, 2)?;
    if x.len() != u.len() {
        return Err(StatisticsError::Unpaired(x.len(), u.len()));
    }
    if u.iter().any(|u| *u <= 0.0) {
        return Err(StatisticsError::NotPositive("an uncertainty"));
    }
    let (mut weights, mut offset) = (Sum::default(), Sum::default());
    for (x_i, u_i) in x.iter().zip(u) {
        let w = 1.0 / (u_i * u_i);
        weights.add(w);
        offset.add_product(w, x_i - x[0]);
    }
    let reference = x[0] + offset.value() / weights.value();
    let variance = 1.0 / weights.value();
    let mut chi2 = Sum::default();
    for (x_i, u_i) in x.iter().zip(u) {
        let d = (x_i - reference) / u_i;
        chi2.add_product(d, d);
    }
    let en = x
        .iter()
        .zip(u)
        .map(|(x, u)| finite((x - reference) / (2.0 * (u * u - variance).sqrt())))
        .collect::<Result<_, _>>()?;
    Ok(Comparison {
        reference: finite(reference)?,
        u_reference: finite(variance.sqrt())?,
        chi2: finite(chi2.value())?,
        chi2_95: chi_square_quantile(0.95, count(x.len() - 1)),
        en,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uncertainties_far_apart_do_not_become_infinite_scores() {
        assert_eq!(
            weighted_mean(&[1.0, 2.0], &[1.0, 1e-12]),
            Err(StatisticsError::OutOfRange)
        );
        assert_eq!(
            weighted_mean(&[1.0, 2.0], &[1.0, 1e-300]),
            Err(StatisticsError::OutOfRange)
        );
    }

    #[test]
    fn values_that_disagree_are_told() {
        let c = weighted_mean(&[10.0, 10.5, 10.0], &[0.1, 0.1, 0.1]).unwrap();
        assert!(!c.consistent(), "{c:?}");
    }
}
