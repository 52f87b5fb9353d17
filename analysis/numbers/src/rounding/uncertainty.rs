//! Rounding of an uncertainty for the report, and of the value to its last digit.
//!
//! JJF 1059.1-2012 §5.3.8: one or two digits, two where the first digit is 1 or 2; the value ends
//! at the same place. How the digits behind are treated is an option that somebody declares, so
//! that it stands in the report beside the number.

use serde::Serialize;

use super::{Interval, Method, Rounded, round_significant_by};
use crate::number::Exact;

/// A declared way to round an uncertainty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UncertaintyRounding {
    /// As any other number, GB/T 8170 (JJF 1059.1 §5.3.8.1).
    HalfEven,
    /// Whatever lies behind the last digit goes up (JJF 1059.1 §5.3.8.2): never smaller than computed.
    #[default]
    Up,
    /// Nearest, unless that takes more than 3 % away, then up.
    ///
    /// GUM 7.2.6 names no figure; this one gives both of its examples: 10.47 mΩ becomes 11 mΩ
    /// (10 would lose 4.5 %), 28.05 kHz becomes 28 kHz.
    ThreePercent,
}

/// Why an uncertainty cannot be rounded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UncertaintyError {
    /// Zero or below.
    #[error("the uncertainty {0} is not greater than zero")]
    NotPositive(Exact),
    /// Digits other than one or two.
    #[error("{0} digits: an uncertainty is reported with one or two")]
    Digits(u32),
}

impl UncertaintyRounding {
    /// Every option with its name.
    pub const ALL: [(&str, Self); 3] = [
        ("half-even", Self::HalfEven),
        ("up", Self::Up),
        ("three-percent", Self::ThreePercent),
    ];

    /// Rounds an uncertainty to one or two digits; `None` takes [`uncertainty_digits`].
    ///
    /// ```
    /// use numbers::rounding::UncertaintyRounding::{HalfEven, ThreePercent, Up};
    /// let u = |t: &str| t.parse().unwrap();
    /// assert_eq!(HalfEven.round(&u("10.47"), Some(2)).unwrap().to_string(), "10");
    /// assert_eq!(Up.round(&u("28.05"), Some(2)).unwrap().to_string(), "29");
    /// assert_eq!(ThreePercent.round(&u("10.47"), None).unwrap().to_string(), "11");
    /// assert_eq!(ThreePercent.round(&u("28.05"), None).unwrap().to_string(), "28");
    /// assert!(Up.round(&u("0"), Some(2)).is_err());
    /// ```
    ///
    /// # Errors
    /// [`UncertaintyError`].
    pub fn round(self, u: &Exact, digits: Option<u32>) -> Result<Rounded, UncertaintyError> {
        if !u.is_positive() {
            return Err(UncertaintyError::NotPositive(u.clone()));
        }
        let digits = digits.unwrap_or_else(|| uncertainty_digits(u));
        if !(1..=2).contains(&digits) {
            return Err(UncertaintyError::Digits(digits));
        }
        let by = |method| {
            round_significant_by(u, digits, method)
                .map(|(rounded, _)| rounded)
                .ok_or(UncertaintyError::Digits(digits))
        };
        match self {
            Self::HalfEven => by(Method::HalfEven),
            Self::Up => by(Method::Up),
            Self::ThreePercent => {
                let nearest = by(Method::HalfEven)?;
                let lost = u - nearest.value();
                if lost.scaled(2) > u * &Exact::from(3) {
                    by(Method::Up)
                } else {
                    Ok(nearest)
                }
            }
        }
    }
}

/// Digits that an uncertainty is reported with: two where the first is 1 or 2, else one
/// (JJF 1059.1 §5.3.8.1 note).
pub fn uncertainty_digits(u: &Exact) -> u32 {
    if u.digits().trim_start_matches('0').starts_with(['1', '2']) {
        2
    } else {
        1
    }
}

/// A value with its uncertainty, both ending at the same place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedResult {
    /// The value, rounded half-even to the interval of the uncertainty.
    pub value: Rounded,
    /// The uncertainty.
    pub uncertainty: Rounded,
    /// The option that rounded the uncertainty.
    pub option: UncertaintyRounding,
}

/// Rounds an uncertainty by a declared option and the value to its last digit
/// (JJF 1059.1 §5.3.8.3, GUM 7.2.6).
///
/// ```
/// use numbers::rounding::{UncertaintyRounding, round_result};
/// let e = |t: &str| t.parse().unwrap();
/// let r = round_result(&e("10.05762"), &e("0.0270"), UncertaintyRounding::Up, Some(2)).unwrap();
/// assert_eq!((r.value.to_string(), r.uncertainty.to_string()), ("10.058".into(), "0.027".into()));
/// assert!(round_result(&e("1"), &e("-1"), UncertaintyRounding::Up, None).is_err());
/// ```
///
/// # Errors
/// [`UncertaintyError`].
pub fn round_result(
    value: &Exact,
    u: &Exact,
    option: UncertaintyRounding,
    digits: Option<u32>,
) -> Result<ReportedResult, UncertaintyError> {
    let uncertainty = option.round(u, digits)?;
    let last = Interval::power_of_ten(uncertainty.value().exponent());
    Ok(ReportedResult {
        value: last.round(value),
        uncertainty,
        option,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn every_option_on_every_kind_of_tail() {
        // U, digits, half-even, up, three per cent.
        for (u, digits, half_even, up, three) in [
            ("10.47", 2, "10", "11", "11"),
            ("28.05", 2, "28", "29", "28"),
            ("0.0351", 2, "0.035", "0.036", "0.035"),
            ("0.0350", 2, "0.035", "0.035", "0.035"),
            ("0.6651", 2, "0.67", "0.67", "0.67"),
            ("0.145", 2, "0.14", "0.15", "0.15"),
            ("0.994", 2, "0.99", "1.0", "0.99"),
            ("0.0995", 2, "0.10", "0.10", "0.10"),
            ("3.4", 1, "3", "4", "4"),
            ("3.0925", 1, "3", "4", "3"),
            ("0.3", 2, "0.30", "0.30", "0.30"),
            ("1250", 2, "1200", "1300", "1300"),
        ] {
            let by = |option: UncertaintyRounding| option.round(&e(u), Some(digits)).unwrap().to_string();
            assert_eq!(by(UncertaintyRounding::HalfEven), half_even, "{u}");
            assert_eq!(by(UncertaintyRounding::Up), up, "{u}");
            assert_eq!(by(UncertaintyRounding::ThreePercent), three, "{u}");
        }
    }

    #[test]
    fn digits_follow_the_first() {
        for (u, digits) in [
            ("0.0123", 2),
            ("2.9", 2),
            ("0.3", 1),
            ("95", 1),
            ("0.0999", 1),
            ("1000", 2),
        ] {
            assert_eq!(uncertainty_digits(&e(u)), digits, "{u}");
        }
        assert_eq!(
            UncertaintyRounding::Up.round(&e("1"), Some(3)),
            Err(UncertaintyError::Digits(3))
        );
    }

    /// GUM 7.2.6 and the examination of registered metrologists: y ends where U ends.
    #[test]
    fn the_value_ends_where_the_uncertainty_ends() {
        for (y, u, value, uncertainty) in [
            ("6.3250", "0.25", "6.32", "0.25"),
            ("1039.56", "10", "1040", "10"),
            ("1500.05", "10.015", "1500", "10"),
            ("-0.0450", "0.3", "0.0", "0.3"),
        ] {
            let r = round_result(&e(y), &e(u), UncertaintyRounding::HalfEven, None).unwrap();
            assert_eq!(
                (r.value.to_string(), r.uncertainty.to_string()),
                (value.into(), uncertainty.into())
            );
        }
    }
}
