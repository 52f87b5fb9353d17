//! Exact decimal numbers that remember the digits they were written with.
//!
//! GB/T 8170-2008 attaches meaning to written digits: `≥14×100` rounds to hundreds, `≥1400`
//! to ones, and `1.50` is not `1.5`. [`Exact`] therefore holds a mantissa and a power of ten,
//! never an f64 and never a decimal of fixed width (28 digits round silently).

mod fraction;
mod text;
mod total;

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};
use std::str::FromStr;

use num_bigint::{BigInt, Sign};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use fraction::Fraction;
pub use total::Total;

/// Most mantissa digits that [`Exact::parse`] accepts.
pub const MAX_DIGITS: usize = 1_000;
/// Largest absolute value of a written power of ten.
pub const MAX_EXPONENT: i32 = 400;

/// A decimal number `mantissa · 10^exponent`, exact, with its trailing zeros.
///
/// `Eq` and `Ord` compare values (`1.50 == 1.5`); [`fmt::Display`] keeps the digits.
///
/// ```
/// use numbers::number::Exact;
/// let a: Exact = "1.50".parse().unwrap();
/// assert_eq!(a.to_string(), "1.50");
/// assert_eq!(a, "1.5".parse().unwrap());
/// assert_eq!((a + "0.005".parse().unwrap()).to_string(), "1.505");
/// assert!("1,5".parse::<Exact>().is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Exact {
    mantissa: BigInt,
    exponent: i32,
}

/// Why a text is not a number this crate accepts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {reason}")]
pub struct NumberError {
    /// 1-based column (in characters) where the trouble starts.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub reason: String,
}

impl Exact {
    /// The number `mantissa · 10^exponent`.
    pub fn new(mantissa: impl Into<BigInt>, exponent: i32) -> Self {
        Self {
            mantissa: mantissa.into(),
            exponent,
        }
    }

    /// Zero, written `0`.
    pub fn zero() -> Self {
        Self::new(0, 0)
    }

    /// A power of ten.
    pub fn power_of_ten(exponent: i32) -> Self {
        Self::new(1, exponent)
    }

    /// Reads plain or `E` notation in ASCII, as JSON and CSV carry it.
    ///
    /// # Errors
    /// Anything else, more than [`MAX_DIGITS`] digits, or a power beyond ±[`MAX_EXPONENT`].
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        text::parse(text)
    }

    /// The integer mantissa as written.
    pub fn mantissa(&self) -> &BigInt {
        &self.mantissa
    }

    /// The power of ten of the last written digit.
    pub fn exponent(&self) -> i32 {
        self.exponent
    }

    /// Whether the value is zero.
    pub fn is_zero(&self) -> bool {
        self.mantissa.sign() == Sign::NoSign
    }

    /// Whether the value is below zero.
    pub fn is_negative(&self) -> bool {
        self.mantissa.sign() == Sign::Minus
    }

    /// Whether the value is above zero.
    pub fn is_positive(&self) -> bool {
        self.mantissa.sign() == Sign::Plus
    }

    /// The absolute value, same digits.
    #[must_use]
    pub fn abs(&self) -> Self {
        Self {
            mantissa: self.mantissa.magnitude().clone().into(),
            exponent: self.exponent,
        }
    }

    /// Multiplies by a power of ten; exact.
    #[must_use]
    pub fn scaled(&self, power: i32) -> Self {
        Self {
            mantissa: self.mantissa.clone(),
            exponent: self.exponent + power,
        }
    }

    /// The same value written down to the digit `10^exponent`, when that loses nothing.
    pub fn with_exponent(&self, exponent: i32) -> Option<Self> {
        let steps = self.exponent.checked_sub(exponent)?;
        if steps >= 0 {
            let mantissa = &self.mantissa * ten_to(steps.unsigned_abs());
            return Some(Self { mantissa, exponent });
        }
        let divisor = ten_to(steps.unsigned_abs());
        let quotient = &self.mantissa / &divisor;
        (&quotient * &divisor == self.mantissa).then_some(Self {
            mantissa: quotient,
            exponent,
        })
    }

    /// The same value without trailing zeros (`1.50` → `1.5`, `1300` → `13·10²`).
    #[must_use]
    pub fn normalized(&self) -> Self {
        if self.is_zero() {
            return Self::zero();
        }
        let digits = self.mantissa.magnitude().to_string();
        let zeros = digits.len() - digits.trim_end_matches('0').len();
        let zeros = i32::try_from(zeros).unwrap_or(0);
        self.with_exponent(self.exponent + zeros)
            .unwrap_or_else(|| self.clone())
    }

    /// Decimal digits of the mantissa, without sign and leading zeros; `"0"` for zero.
    pub fn digits(&self) -> String {
        self.mantissa.magnitude().to_string()
    }

    /// Number of digits of the mantissa (1 for zero).
    pub fn digit_count(&self) -> usize {
        self.digits().len()
    }

    /// The power of ten of the leading digit, `None` for zero.
    pub fn leading_exponent(&self) -> Option<i32> {
        let count = i32::try_from(self.digit_count()).ok()?;
        (!self.is_zero()).then(|| self.exponent + count - 1)
    }

    /// Both mantissas at the smaller of the two exponents, and that exponent.
    pub fn aligned(&self, other: &Self) -> (BigInt, BigInt, i32) {
        let exponent = self.exponent.min(other.exponent);
        let shift = |x: &Self| match x.exponent.abs_diff(exponent) {
            0 => x.mantissa.clone(),
            power => &x.mantissa * ten_to(power),
        };
        (shift(self), shift(other), exponent)
    }

    /// The value as a [`Decimal`] when it fits without loss of any digit.
    pub fn to_decimal(&self) -> Option<Decimal> {
        let mut value = self.clone();
        if value.exponent > 0 {
            value = value.with_exponent(0)?;
        } else if value.exponent < -28 {
            value = value.with_exponent(-28)?;
        }
        let mantissa = i128::try_from(&value.mantissa).ok()?;
        Decimal::try_from_i128_with_scale(mantissa, value.exponent.unsigned_abs()).ok()
    }

    /// The nearest f64, for statistics and charts only; never for a verdict.
    pub fn to_f64(&self) -> f64 {
        // Both exact in f64, so that the one quotient or product is correctly rounded.
        if let (Ok(mantissa), true) = (i64::try_from(&self.mantissa), self.exponent.abs() <= 22)
            && mantissa.abs() < 1 << 53
        {
            #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
            let mantissa = mantissa as f64;
            let power = (0..self.exponent.abs()).fold(1.0, |p: f64, _| p * 10.0);
            return if self.exponent < 0 {
                mantissa / power
            } else {
                mantissa * power
            };
        }
        // The text route is correctly rounded, a product of two floats is not.
        format!("{}e{}", self.mantissa, self.exponent)
            .parse()
            .unwrap_or(f64::NAN)
    }

    /// The shortest decimal that reads back as this f64.
    ///
    /// `None` for infinities and NaN.
    pub fn from_f64(value: f64) -> Option<Self> {
        value
            .is_finite()
            .then(|| format!("{value:e}"))
            .and_then(|text| Self::parse(&text).ok())
    }
}

/// `10^power`.
pub(crate) fn ten_to(power: u32) -> BigInt {
    BigInt::from(10_u8).pow(power)
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        let text = if self.is_zero() && self.exponent >= 0 {
            "0".to_owned()
        } else if self.exponent >= 0 {
            digits + &"0".repeat(self.exponent.unsigned_abs() as usize)
        } else {
            let places = self.exponent.unsigned_abs() as usize;
            let padded = format!("{digits:0>width$}", width = places + 1);
            let (whole, fraction) = padded.split_at(padded.len() - places);
            format!("{whole}.{fraction}")
        };
        f.pad_integral(!self.is_negative(), "", &text)
    }
}

impl FromStr for Exact {
    type Err = NumberError;
    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Exact {}
impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.exponent == other.exponent {
            return self.mantissa.cmp(&other.mantissa);
        }
        let (a, b, _) = self.aligned(other);
        a.cmp(&b)
    }
}

impl Add<&Exact> for &Exact {
    type Output = Exact;
    fn add(self, other: &Exact) -> Exact {
        let (a, b, exponent) = self.aligned(other);
        Exact {
            mantissa: a + b,
            exponent,
        }
    }
}
impl Sub<&Exact> for &Exact {
    type Output = Exact;
    fn sub(self, other: &Exact) -> Exact {
        let (a, b, exponent) = self.aligned(other);
        Exact {
            mantissa: a - b,
            exponent,
        }
    }
}
impl Mul<&Exact> for &Exact {
    type Output = Exact;
    fn mul(self, other: &Exact) -> Exact {
        Exact {
            mantissa: &self.mantissa * &other.mantissa,
            exponent: self.exponent + other.exponent,
        }
    }
}
macro_rules! by_value {
    ($($name:ident :: $method:ident),*) => {$(
        impl $name for Exact {
            type Output = Exact;
            fn $method(self, other: Exact) -> Exact {
                (&self).$method(&other)
            }
        }
    )*};
}
by_value!(Add::add, Sub::sub, Mul::mul);

impl Neg for &Exact {
    type Output = Exact;
    fn neg(self) -> Exact {
        Exact {
            mantissa: -&self.mantissa,
            exponent: self.exponent,
        }
    }
}
impl Neg for Exact {
    type Output = Exact;
    fn neg(self) -> Exact {
        -&self
    }
}

impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Self {
        let scale = i32::try_from(value.scale()).unwrap_or(0);
        Self::new(value.mantissa(), -scale)
    }
}
impl From<i64> for Exact {
    fn from(value: i64) -> Self {
        Self::new(value, 0)
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn digits_survive() {
        for text in [
            "0",
            "0.0",
            "0.00",
            "1300",
            "-0.050",
            "100.0",
            "12345678901234567890.123456789012345678",
        ] {
            assert_eq!(exact(text).to_string(), text);
        }
        assert_eq!(exact("-0.0").to_string(), "0.0");
        assert_eq!(exact("1.50E2").to_string(), "150");
        assert_eq!(exact("1.5e-3").to_string(), "0.0015");
    }

    #[test]
    fn compares_values_not_digits() {
        assert_eq!(exact("1.50"), exact("1.5"));
        assert!(exact("0.3") - exact("0.2") == exact("0.1"));
        assert!(exact("-2") < exact("1E-400"));
    }

    #[test]
    fn bounds_are_errors() {
        assert!(Exact::parse(&"9".repeat(1_000)).is_ok());
        assert!(Exact::parse(&"9".repeat(1_001)).is_err());
        assert!(Exact::parse("1E400").is_ok());
        assert!(Exact::parse("1E-401").is_err());
        assert!(Exact::parse("1E99999999999999999999").is_err());
        assert_eq!(Exact::parse("1.2.3").unwrap_err().column, 4);
        assert!(
            Exact::parse("NaN")
                .unwrap_err()
                .to_string()
                .starts_with("column 1: ")
        );
    }

    #[test]
    fn decimal_round_trip() {
        let d: Decimal = "220.10".parse().unwrap();
        assert_eq!(Exact::from(d).to_string(), "220.10");
        assert_eq!(Exact::from(d).to_decimal().unwrap().to_string(), "220.10");
        assert_eq!(exact(&"9".repeat(40)).to_decimal(), None);
    }
}
