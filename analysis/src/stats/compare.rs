//! Comparisons between laboratories: weighted mean with χ², E_n, z, z′, ζ.

use serde::Serialize;

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
/// use analysis::stats::compare::weighted_mean;
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

/// What a score of a proficiency test tells (ISO 13528 §9.4.2, GB/T 28043).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Grade {
    /// 满意: |score| ≤ 2.
    #[serde(rename = "满意")]
    Satisfactory,
    /// 有问题: 2 < |score| < 3, a warning.
    #[serde(rename = "有问题")]
    Questionable,
    /// 不满意: |score| ≥ 3, calls for action.
    #[serde(rename = "不满意")]
    Unsatisfactory,
}

/// A z, z′ or ζ score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score(pub f64);

impl Score {
    fn new(difference: f64, spread: f64, name: &'static str) -> Result<Self, StatisticsError> {
        if !(spread > 0.0 && spread.is_finite()) {
            return Err(StatisticsError::NotPositive(name));
        }
        finite(difference / spread).map(Self)
    }

    /// Its meaning.
    pub fn grade(self) -> Grade {
        match self.0.abs() {
            z if z <= 2.0 => Grade::Satisfactory,
            z if z < 3.0 => Grade::Questionable,
            _ => Grade::Unsatisfactory,
        }
    }
}

/// E_n = (x − X)/√(U² + U_ref²), for print; [`crate::decision::en_conforms`] decides exactly.
///
/// ```
/// use analysis::stats::compare::en;
/// // 0.0012/√(0.001² + 0.0006²) = 1.029.
/// let score = en(10.0023, 10.0011, 0.001, 0.0006).unwrap();
/// assert_eq!(format!("{score:.3}"), "1.029");
/// assert!(en(1.0, 1.0, 0.0, 0.0).is_err());
/// ```
///
/// # Errors
/// Both uncertainties zero, NaN.
pub fn en(x: f64, reference: f64, u: f64, u_reference: f64) -> Result<f64, StatisticsError> {
    Score::new(x - reference, u.hypot(u_reference), "an uncertainty").map(|s| s.0)
}

/// z = (x − x_pt)/σ_pt (ISO 13528 §9.4).
///
/// ```
/// use analysis::stats::compare::{Grade, z};
/// let score = z(10.5, 10.0, 0.2).unwrap();
/// assert!((score.0 - 2.5).abs() < 1e-12);
/// assert_eq!(score.grade(), Grade::Questionable);
/// assert!(z(10.5, 10.0, 0.0).is_err());
/// ```
///
/// # Errors
/// σ_pt not above zero, NaN.
pub fn z(x: f64, assigned: f64, sigma: f64) -> Result<Score, StatisticsError> {
    Score::new(x - assigned, sigma, "sigma")
}

/// z′ = (x − x_pt)/√(σ_pt² + u²(x_pt)), where the assigned value is itself uncertain (ISO 13528 §9.5).
///
/// ```
/// use analysis::stats::compare::{Grade, z_prime};
/// // √(0.3² + 0.4²) = 0.5.
/// let score = z_prime(11.0, 10.0, 0.3, 0.4).unwrap();
/// assert!((score.0 - 2.0).abs() < 1e-12);
/// assert_eq!(score.grade(), Grade::Satisfactory);
/// assert!(z_prime(11.0, 10.0, f64::NAN, 0.4).is_err());
/// ```
///
/// # Errors
/// σ_pt not above zero, NaN.
pub fn z_prime(x: f64, assigned: f64, sigma: f64, u_assigned: f64) -> Result<Score, StatisticsError> {
    z(x, assigned, sigma)?;
    Score::new(x - assigned, sigma.hypot(u_assigned), "sigma")
}

/// ζ = (x − x_pt)/√(u²(x) + u²(x_pt)), with standard uncertainties (ISO 13528 §9.6).
///
/// ```
/// use analysis::stats::compare::{Grade, zeta};
/// // −1.3/√(0.5² + 1.2²) = −1.
/// let score = zeta(98.7, 100.0, 0.5, 1.2).unwrap();
/// assert!((score.0 + 1.0).abs() < 1e-12);
/// assert_eq!(zeta(96.1, 100.0, 0.5, 1.2).unwrap().grade(), Grade::Unsatisfactory);
/// assert!(zeta(98.7, 100.0, 0.0, 0.0).is_err());
/// ```
///
/// # Errors
/// Both uncertainties zero, NaN.
pub fn zeta(x: f64, assigned: f64, u: f64, u_assigned: f64) -> Result<Score, StatisticsError> {
    Score::new(x - assigned, u.hypot(u_assigned), "an uncertainty")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_at_their_edges() {
        for (score, grade) in [
            (0.0, Grade::Satisfactory),
            (2.0, Grade::Satisfactory),
            (-2.0, Grade::Satisfactory),
            (2.000_001, Grade::Questionable),
            (-2.999_999, Grade::Questionable),
            (3.0, Grade::Unsatisfactory),
            (-7.5, Grade::Unsatisfactory),
        ] {
            assert_eq!(Score(score).grade(), grade, "{score}");
        }
    }

    #[test]
    fn scores_of_nonsense_are_errors() {
        let nan = f64::NAN;
        assert!(z(nan, 0.0, 1.0).is_err() && z(1.0, 0.0, -1.0).is_err() && z(1.0, 0.0, nan).is_err());
        assert!(z_prime(1.0, 0.0, 0.0, 1.0).is_err() && zeta(1.0, 0.0, nan, 1.0).is_err());
        assert!(z(1e308, -1e308, 1.0).is_err());
    }

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
