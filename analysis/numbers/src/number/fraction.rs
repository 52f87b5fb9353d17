//! Exact quotients of decimals: means of errors, results of formulas.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};

use super::{Exact, ten_to};

/// `numerator / denominator`, denominator above zero, lowest terms in integers.
///
/// ```
/// use numbers::number::Fraction;
/// let third = Fraction::new(&"1".parse().unwrap(), &"3".parse().unwrap()).unwrap();
/// assert_eq!(third.plus(&third).text(), "2/3");
/// assert_eq!(third.cut(4), ("0.3333".to_owned(), false));
/// assert!(Fraction::new(&"1".parse().unwrap(), &"0".parse().unwrap()).is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fraction {
    numerator: BigInt,
    denominator: BigInt,
}

impl Fraction {
    /// `None` when the denominator is zero.
    pub fn new(numerator: &Exact, denominator: &Exact) -> Option<Self> {
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

    /// Zero.
    pub fn zero() -> Self {
        Self {
            numerator: BigInt::ZERO,
            denominator: BigInt::from(1),
        }
    }

    /// Whether the value is zero.
    pub fn is_zero(&self) -> bool {
        self.numerator.sign() == Sign::NoSign
    }

    /// Whether the value is below zero.
    pub fn is_negative(&self) -> bool {
        self.numerator.sign() == Sign::Minus
    }

    /// The exact mean; `None` of nothing.
    pub fn mean(items: &[Self]) -> Option<Self> {
        let (mut top, mut bottom) = (BigInt::ZERO, BigInt::from(1));
        for item in items {
            top = top * &item.denominator + &item.numerator * &bottom;
            bottom *= &item.denominator;
        }
        Self::of_integers(top, bottom * BigInt::from(items.len()))
    }

    /// |self| against a decimal.
    pub fn cmp_abs(&self, limit: &Exact) -> Ordering {
        let left = Exact::new(BigInt::from(self.numerator.magnitude().clone()), 0);
        left.cmp(&(limit * &Exact::new(self.denominator.clone(), 0)))
    }

    /// Digits cut (towards zero) after `places`, and whether nothing was cut.
    pub fn cut(&self, places: u32) -> (String, bool) {
        let scaled = &self.numerator * ten_to(places);
        let quotient = &scaled / &self.denominator;
        let complete = &quotient * &self.denominator == scaled;
        let places = i32::try_from(places).unwrap_or(0);
        (Exact::new(quotient, -places).to_string(), complete)
    }

    /// Numerator and denominator as decimals.
    pub fn parts(&self) -> (Exact, Exact) {
        (
            Exact::new(self.numerator.clone(), 0),
            Exact::new(self.denominator.clone(), 0),
        )
    }

    /// Bits of numerator and denominator together.
    pub fn bits(&self) -> u64 {
        self.numerator.bits() + self.denominator.bits()
    }

    /// The value as a decimal when it has an end.
    pub fn decimal(&self) -> Option<Exact> {
        // A denominator in lowest terms ends after as many places as it holds twos or fives.
        let (mut rest, mut places) = (self.denominator.magnitude().clone(), [0_u32; 2]);
        for (count, divisor) in places.iter_mut().zip([2_u8, 5]) {
            while &rest % divisor == BigUint::ZERO {
                rest /= divisor;
                *count += 1;
            }
        }
        if rest != BigUint::from(1_u8) {
            return None;
        }
        let places = places[0].max(places[1]);
        let mantissa = &self.numerator * ten_to(places) / &self.denominator;
        Some(Exact::new(mantissa, -i32::try_from(places).ok()?))
    }

    /// The nearest f64.
    pub fn to_f64(&self) -> f64 {
        let (top, bottom) = (self.numerator.magnitude(), self.denominator.magnitude());
        let wide = |n: &BigUint| i64::try_from(n.bits()).unwrap_or(i64::MAX / 4);
        // A quotient of 66 bits or more; everything below them only breaks ties.
        let shift = 66 - (wide(top) - wide(bottom));
        let scale = |n: &BigUint, by: i64| n << usize::try_from(by.max(0)).unwrap_or(0);
        let (top, bottom) = (scale(top, shift), scale(bottom, -shift));
        let quotient = &top / &bottom;
        let sticky = u128::from(&quotient * &bottom != top);
        let whole = u128::try_from(&quotient).unwrap_or(0) | sticky;
        #[expect(clippy::cast_precision_loss, reason = "rounds to nearest, once")]
        let value = whole as f64;
        let value = (0..shift.unsigned_abs()).fold(value, |v, _| if shift > 0 { v / 2.0 } else { v * 2.0 });
        if self.is_negative() { -value } else { value }
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.minus(&other.negated())
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let top = &self.numerator * &other.numerator;
        Self::of_integers(top, &self.denominator * &other.denominator).unwrap_or_else(Self::zero)
    }

    /// The value with the other sign.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self {
            numerator: -&self.numerator,
            denominator: self.denominator.clone(),
        }
    }

    /// The absolute value.
    #[must_use]
    pub fn abs(&self) -> Self {
        Self {
            numerator: self.numerator.magnitude().clone().into(),
            denominator: self.denominator.clone(),
        }
    }

    /// An integer power; `None` for zero to a power below zero.
    pub fn power(&self, n: i32) -> Option<Self> {
        let size = n.unsigned_abs();
        let raised = Self {
            numerator: self.numerator.pow(size),
            denominator: self.denominator.pow(size),
        };
        if n < 0 {
            Self::from(1).over(&raised)
        } else {
            Some(raised)
        }
    }

    /// The square.
    #[must_use]
    pub fn squared(&self) -> Self {
        Self {
            numerator: &self.numerator * &self.numerator,
            denominator: &self.denominator * &self.denominator,
        }
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let top = &self.numerator * &other.denominator - &other.numerator * &self.denominator;
        let bottom = &self.denominator * &other.denominator;
        Self::of_integers(top, bottom).unwrap_or_else(|| self.clone())
    }

    /// The quotient of two fractions; `None` when the second is zero.
    pub fn over(&self, other: &Self) -> Option<Self> {
        Self::of_integers(
            &self.numerator * &other.denominator,
            &self.denominator * &other.numerator,
        )
    }

    /// The square root of |self|, rounded **up** to `places` decimals, by integers alone.
    pub fn root_up(&self, places: u32) -> Exact {
        let scaled = self.numerator.magnitude() * ten_to(2 * places).magnitude();
        let below = (&scaled / self.denominator.magnitude()).sqrt();
        let exact = &below * &below * self.denominator.magnitude() == scaled;
        let root = if exact { below } else { below + 1_u8 };
        Exact::new(BigInt::from(root), -i32::try_from(places).unwrap_or(0))
    }

    /// The square root of |self| to `digits` digits, cut, with one digit 1 behind them when
    /// anything was cut: rounding it to fewer digits is as rounding the root itself.
    pub fn root(&self, digits: u32) -> Exact {
        if self.is_zero() {
            return Exact::zero();
        }
        let wide = |n: &BigUint| i64::try_from(n.to_string().len()).unwrap_or(0);
        let lead = (wide(self.numerator.magnitude()) - wide(self.denominator.magnitude())) / 2;
        let places = (i64::from(digits) - lead).clamp(0, 2_000);
        let places = u32::try_from(places).unwrap_or(0);
        let scaled = self.numerator.magnitude() * ten_to(2 * places).magnitude();
        let quotient = &scaled / self.denominator.magnitude();
        let root = quotient.sqrt();
        let places = i32::try_from(places).unwrap_or(0);
        if &root * &root * self.denominator.magnitude() == scaled {
            return Exact::new(BigInt::from(root), -places);
        }
        Exact::new(BigInt::from(root) * 10 + 1, -places - 1)
    }

    /// `p/q` in lowest terms.
    pub fn text(&self) -> String {
        format!("{}/{}", self.numerator, self.denominator)
    }
}

impl From<&Exact> for Fraction {
    fn from(value: &Exact) -> Self {
        Self::new(value, &Exact::from(1)).unwrap_or_else(Self::zero)
    }
}
impl From<i64> for Fraction {
    fn from(value: i64) -> Self {
        Self {
            numerator: value.into(),
            denominator: BigInt::from(1),
        }
    }
}
impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
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
    fn nearest_f64_and_ends() {
        for (a, b) in [
            ("1", "3"),
            ("-2", "7"),
            ("0.1", "1"),
            ("1E300", "3E-5"),
            ("9007199254740993", "1"),
        ] {
            let f = fraction(a, b);
            let (a, b): (f64, f64) = (a.parse().unwrap(), b.parse().unwrap());
            let wanted = a / b;
            assert!(
                (f.to_f64() - wanted).abs() <= wanted.abs() * 1.2e-16,
                "{}",
                f.text()
            );
        }
        assert!(fraction("0", "5").to_f64().abs() < 1e-300);
        assert_eq!(fraction("3", "8").decimal().unwrap().to_string(), "0.375");
        assert_eq!(fraction("1200", "1").decimal().unwrap().to_string(), "1200");
        assert!(fraction("1", "3").decimal().is_none());
        assert_eq!(fraction("2", "3").power(-2).unwrap().text(), "9/4");
        assert!(fraction("0", "3").power(-2).is_none());
        assert!(fraction("1", "3") < fraction("0.34", "1"));
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
        assert_eq!(fraction("2", "1").root(4).to_string(), "1.41421");
        assert_eq!(fraction("0.0625", "1").root(4), "0.25".parse().unwrap());
        assert_eq!(
            fraction("2E40", "1").root(4).to_string(),
            "141421356237309504880.1"
        );
    }
}
