//! Comparisons between laboratories: weighted mean with χ², E_n, z, z′, ζ.

use super::distribution::chi_square_quantile;
use super::{StatisticsError, check, count, sum::Sum};

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

/// Weighted mean of values with standard uncertainties.
///
/// # Errors
/// Fewer than two, unpaired, NaN, or an uncertainty not above zero.
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
        .map(|(x, u)| (x - reference) / (2.0 * (u * u - variance).sqrt()));
    Ok(Comparison {
        reference,
        u_reference: variance.sqrt(),
        chi2: chi2.value(),
        chi2_95: chi_square_quantile(0.95, count(x.len() - 1)),
        en: en.collect(),
    })
}

/// E_n = (x − X)/√(U² + U_ref²), for print; [`crate::decision::en_conforms`] decides exactly.
pub fn en(x: f64, reference: f64, u: f64, u_reference: f64) -> f64 {
    (x - reference) / u.hypot(u_reference)
}

/// z = (x − x_pt)/σ_pt (ISO 13528 §9.4).
pub fn z(x: f64, assigned: f64, sigma: f64) -> f64 {
    (x - assigned) / sigma
}

/// z′ with the uncertainty of the assigned value (ISO 13528 §9.5).
pub fn z_prime(x: f64, assigned: f64, sigma: f64, u_assigned: f64) -> f64 {
    (x - assigned) / sigma.hypot(u_assigned)
}

/// ζ from standard uncertainties (ISO 13528 §9.6).
pub fn zeta(x: f64, assigned: f64, u: f64, u_assigned: f64) -> f64 {
    (x - assigned) / u.hypot(u_assigned)
}
