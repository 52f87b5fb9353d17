//! Energy accounting: registers to consumption, balances, standard coal, equipment rates.
//!
//! Coefficients and rates are table data with their edition (`tables/energy.json`), never
//! recomputed: GB/T 2589 prints 0.1229 for electricity although 3600/29307.6 is 0.1228.

mod register;
pub mod tables;

pub use register::{Change, Consumption, Step, Total, consumption, total};

use serde::Serialize;

use crate::number::Exact;
use crate::rounding::{Interval, Rounded};

/// An amount with its expanded uncertainty (k = 2, same unit).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// The energy.
    pub value: Exact,
    /// Its expanded uncertainty.
    pub u95: Exact,
}

/// A balance of a master meter against its sub-meters and known losses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Master − Σ sub − losses, with its sign.
    pub unaccounted: Exact,
    /// Expanded uncertainty of that difference, rounded up to two digits.
    pub u95: Option<Rounded>,
    /// |unaccounted| / master in percent, rounded to 0.001.
    pub percent: Option<Rounded>,
    /// Whether the difference lies outside its own uncertainty (compared as squares).
    pub significant: bool,
}

/// Balances energies (GB/T 3484); amounts in one unit, uncertainties independent.
pub fn balance(master: &Amount, parts: &[Amount], losses: &Exact) -> Balance {
    let mut unaccounted = &master.value - losses;
    let mut variance = &master.u95 * &master.u95;
    for part in parts {
        unaccounted = &unaccounted - &part.value;
        variance = &variance + &(&part.u95 * &part.u95);
    }
    let significant = &unaccounted * &unaccounted > variance;
    let hundred = unaccounted.abs().scaled(2);
    let percent = Interval::power_of_ten(-3).round_quotient(&hundred, &master.value);
    // The root is for print; the comparison above has used the squares.
    let u95 = Exact::from_f64(variance.to_f64().sqrt())
        .filter(Exact::is_positive)
        .and_then(|u| {
            crate::rounding::round_significant_by(&u, 2, crate::rounding::Method::Up).map(|(r, _)| r)
        });
    Balance {
        unaccounted,
        u95,
        percent,
        significant,
    }
}

/// Equipment rate R_p = N_s/N_l × 100 % (GB 17167), rounded to 0.1 %.
///
/// `None` when no instrument is needed.
pub fn equipment_rate(installed: u32, needed: u32) -> Option<Rounded> {
    let (top, bottom) = (Exact::from(i64::from(installed)), Exact::from(i64::from(needed)));
    Interval::power_of_ten(-1).round_quotient(&top.scaled(2), &bottom)
}

/// Standard coal of an amount, kgce = amount × coefficient; exact.
pub fn standard_coal(amount: &Exact, coefficient: &Exact) -> Exact {
    amount * coefficient
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn balance_of_a_site() {
        let part = |value| Amount {
            value: e(value),
            u95: e("5"),
        };
        let parts = ["4200.5", "3100.2", "2890.3", "2100.0"].map(part);
        let result = balance(&part("12500.0"), &parts, &e("208.0"));
        assert_eq!(result.unaccounted, e("1.0"));
        assert_eq!(result.percent.unwrap().to_string(), "0.008");
        assert_eq!(result.u95.unwrap().to_string(), "12");
        assert!(!result.significant);
    }

    #[test]
    fn coal_of_a_site_is_exact() {
        let coal = tables::shipped()
            .coal_coefficient("电力(当量值)")
            .unwrap()
            .unwrap();
        let kgce = [
            standard_coal(&e("1000000"), &coal),
            standard_coal(&e("50000"), &e("1.3300")),
            standard_coal(&e("2000000"), &e("0.03412")),
            standard_coal(&e("12500"), &e("1.4571")),
        ];
        let total = kgce.iter().fold(Exact::zero(), |sum, x| &sum + x);
        assert_eq!(total.scaled(-3), e("275.85375"));
        assert_eq!(equipment_rate(19, 20).unwrap().to_string(), "95.0");
        assert!(equipment_rate(1, 0).is_none());
    }
}
