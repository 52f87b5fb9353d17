//! Exact quotients of decimals, for means of errors.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};

use crate::number::{Exact, ten_to};
use crate::rounding::{Interval, Rounded};

/// `numerator / denominator`, denominator above zero, lowest terms in integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fraction {
    numerator: BigInt,
    denominator: BigInt,
}

impl Fraction {
    /// `None` when the denominator is zero.
    pub(crate) fn new(numerator: &Exact, denominator: &Exact) -> Option<Self> {
        let (top, bottom, _) = numerator.aligned(denominator);
        Self::of_integers(top, bottom)
    }

    fn of_integers(top: BigInt, bottom: BigInt) -> Option<Self> {
        if bottom.sign() == Sign::NoSign {
            return None;
        }
        let divisor = BigInt::from(greatest_divisor(top.magnitude(), bottom.magnitude()));
        let divisor = if bottom.sign() == Sign::Minus {
            -divisor
        } else {
            divisor
        };
        Some(Self {
            numerator: top / &divisor,
            denominator: bottom / divisor,
        })
    }

    /// The exact mean; `None` of nothing.
    pub(crate) fn mean(items: &[Self]) -> Option<Self> {
        let (mut top, mut bottom) = (BigInt::ZERO, BigInt::from(1));
        for item in items {
            top = top * &item.denominator + &item.numerator * &bottom;
            bottom *= &item.denominator;
        }
        Self::of_integers(top, bottom * BigInt::from(items.len()))
    }

    /// |self| against a decimal.
    pub(crate) fn cmp_abs(&self, limit: &Exact) -> Ordering {
        let left = Exact::new(BigInt::from(self.numerator.magnitude().clone()), 0);
        left.cmp(&(limit * &Exact::new(self.denominator.clone(), 0)))
    }

    /// Rounded once from all digits (GB/T 8170-2008 §3.3.1).
    pub(crate) fn round(&self, interval: &Interval) -> Option<Rounded> {
        interval.round_quotient(
            &Exact::new(self.numerator.clone(), 0),
            &Exact::new(self.denominator.clone(), 0),
        )
    }

    /// Digits cut (towards zero) after `places`, and whether nothing was cut.
    pub(crate) fn cut(&self, places: u32) -> (String, bool) {
        let scaled = &self.numerator * ten_to(places);
        let quotient = &scaled / &self.denominator;
        let complete = &quotient * &self.denominator == scaled;
        let places = i32::try_from(places).unwrap_or(0);
        (Exact::new(quotient, -places).to_string(), complete)
    }

    pub(crate) fn squared(&self) -> Self {
        Self {
            numerator: &self.numerator * &self.numerator,
            denominator: &self.denominator * &self.denominator,
        }
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        let top = &self.numerator * &other.denominator - &other.numerator * &self.denominator;
        let bottom = &self.denominator * &other.denominator;
        Self::of_integers(top, bottom).unwrap_or_else(|| self.clone())
    }

    /// The quotient of two fractions; `None` when the second is zero.
    pub(crate) fn over(&self, other: &Self) -> Option<Self> {
        Self::of_integers(
            &self.numerator * &other.denominator,
            &self.denominator * &other.numerator,
        )
    }

    /// The square root of |self|, rounded **up** to `places` decimals, by integers alone.
    pub(crate) fn root_up(&self, places: u32) -> Exact {
        let scaled = self.numerator.magnitude() * ten_to(2 * places).magnitude();
        let below = (&scaled / self.denominator.magnitude()).sqrt();
        let exact = &below * &below * self.denominator.magnitude() == scaled;
        let root = if exact { below } else { below + 1_u8 };
        Exact::new(BigInt::from(root), -i32::try_from(places).unwrap_or(0))
    }

    /// `p/q` in lowest terms.
    pub(crate) fn text(&self) -> String {
        format!("{}/{}", self.numerator, self.denominator)
    }
}

fn greatest_divisor(a: &BigUint, b: &BigUint) -> BigUint {
    let (mut a, mut b) = (a.clone(), b.clone());
    while b != BigUint::ZERO {
        (a, b) = (b.clone(), a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(a: &str, b: &str) -> Fraction {
        Fraction::new(&a.parse().unwrap(), &b.parse().unwrap()).unwrap()
    }

    #[test]
    fn means_are_exact() {
        let mean = Fraction::mean(&[fraction("1", "3"), fraction("-1", "6"), fraction("0.5", "1")]).unwrap();
        assert_eq!(mean.text(), "2/9");
        assert_eq!(mean.cut(4), ("0.2222".to_owned(), false));
        assert_eq!(fraction("-1", "8").cut(3), ("-0.125".to_owned(), true));
        assert!(Fraction::mean(&[]).is_none());
        assert!(Fraction::new(&"1".parse().unwrap(), &"0".parse().unwrap()).is_none());
    }

    #[test]
    fn roots_go_up_and_only_when_they_must() {
        assert_eq!(fraction("2", "1").root_up(4).to_string(), "1.4143");
        assert_eq!(fraction("9", "4").root_up(4).to_string(), "1.5000");
        assert_eq!(
            fraction("0.000000010000000001", "1").root_up(4).to_string(),
            "0.0002"
        );
        assert_eq!(fraction("0", "1").root_up(4).to_string(), "0.0000");
    }
}
