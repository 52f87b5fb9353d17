//! Rounding by GB/T 8170-2008 clause 3 (数值修约).
//!
//! One rule covers every interval `k·10ⁿ` (§3.2 and the 0.5 and 0.2 units of §3.4): the nearest
//! multiple of the interval, a tie to the even multiple, on |x|, then the sign back. A number is
//! rounded once (§3.3.1); a [`Rounded`] remembers on which side of it the measured value lay, so
//! that a later rounding of the *reported* value (§3.3.2) comes out as if it were the first.

pub mod batch;
#[cfg(test)]
mod once;
#[cfg(test)]
mod properties;
mod reported;
pub mod uncertainty;

use std::cmp::Ordering;
use std::fmt;

use num_bigint::{BigInt, BigUint, Sign};
use serde::{Serialize, Serializer};

use crate::number::{Exact, Fraction, NumberError};

pub(crate) use reported::scan_reported;
pub use reported::{Marks, Reported};
pub use uncertainty::{UncertaintyError, UncertaintyRounding, round_result, uncertainty_digits};

/// The rule that made a rounded value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// GB/T 8170-2008 §3: nearest, ties to the even multiple.
    HalfEven,
    /// Away from zero, never down: one of the declared options for U (JJF 1059.1 §5.3.8.1).
    Up,
}

/// A rounding interval (修约间隔) `k·10ⁿ`, greater than zero.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval(Exact);

/// Why an interval cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntervalError {
    /// The text is not a number.
    #[error("interval: {0}")]
    Number(#[from] NumberError),
    /// Zero or below.
    #[error("interval {0} is not greater than zero, write k·10ⁿ such as 0.1, 0.5 or 20")]
    NotPositive(Exact),
}

impl Interval {
    /// An interval of any size above zero; its written digits become those of the result.
    ///
    /// # Errors
    /// [`IntervalError::NotPositive`] for zero and negative values.
    pub fn new(value: Exact) -> Result<Self, IntervalError> {
        if value.is_positive() {
            Ok(Self(value))
        } else {
            Err(IntervalError::NotPositive(value))
        }
    }

    /// Reads an interval from text.
    ///
    /// # Errors
    /// Not a number, or not above zero.
    pub fn parse(text: &str) -> Result<Self, IntervalError> {
        Self::new(Exact::parse(text)?)
    }

    /// `10^exponent`.
    pub fn power_of_ten(exponent: i32) -> Self {
        Self(Exact::power_of_ten(exponent))
    }

    /// `10^-places`: rounding to so many decimals.
    pub fn decimals(places: u32) -> Self {
        Self::power_of_ten(-i32::try_from(places).unwrap_or(0))
    }

    /// The interval as a number.
    pub fn value(&self) -> &Exact {
        &self.0
    }

    /// Rounds a measured value (§3.2, §3.4).
    ///
    /// ```
    /// use numbers::rounding::Interval;
    /// let class_half = Interval::parse("0.05").unwrap();
    /// assert_eq!(class_half.round(&"0.525".parse().unwrap()).to_string(), "0.50");
    /// assert_eq!(class_half.round(&"0.5251".parse().unwrap()).to_string(), "0.55");
    /// assert!(Interval::parse("0").is_err());
    /// ```
    pub fn round(&self, measured: &Exact) -> Rounded {
        self.round_ratio(measured, &Exact::new(1, 0), Method::HalfEven)
    }

    /// Rounds with a declared method.
    pub fn round_by(&self, measured: &Exact, method: Method) -> Rounded {
        self.round_ratio(measured, &Exact::new(1, 0), method)
    }

    /// Rounds the exact quotient `numerator / denominator` once, as if it had all its digits.
    ///
    /// `None` when the denominator is zero.
    pub fn round_quotient(&self, numerator: &Exact, denominator: &Exact) -> Option<Rounded> {
        (!denominator.is_zero()).then(|| self.round_ratio(numerator, denominator, Method::HalfEven))
    }

    pub(crate) fn round_fraction(&self, value: &Fraction, method: Method) -> Rounded {
        let (top, bottom) = value.parts();
        self.round_ratio(&top, &bottom, method)
    }

    fn round_ratio(&self, numerator: &Exact, denominator: &Exact, method: Method) -> Rounded {
        // |n| / (|d|·interval) as a fraction of integers.
        let divisor = denominator * &self.0;
        let (top, bottom, _) = numerator.aligned(&divisor);
        let negative = (top.sign() == Sign::Minus) != (bottom.sign() == Sign::Minus);
        let (top, bottom) = (top.magnitude(), bottom.magnitude());
        let (mut quotient, remainder) = (top / bottom, top % bottom);
        let twice = &remainder + &remainder;
        let up = match method {
            Method::HalfEven => match twice.cmp(bottom) {
                Ordering::Greater => true,
                Ordering::Equal => quotient.bit(0),
                Ordering::Less => false,
            },
            Method::Up => remainder != BigUint::ZERO,
        };
        let residual = match (remainder == BigUint::ZERO, up) {
            (true, _) => Residual::None,
            (false, true) => Residual::Raised,
            (false, false) => Residual::Dropped,
        };
        if up {
            quotient += 1_u8;
        }
        let mantissa = BigInt::from(quotient) * self.0.mantissa();
        let mantissa = if negative { -mantissa } else { mantissa };
        Rounded {
            value: Exact::new(mantissa, self.0.exponent()),
            interval: self.clone(),
            residual,
            method,
        }
    }
}

impl Fraction {
    /// Rounded once from all digits (GB/T 8170-2008 §3.3.1).
    pub fn round(&self, interval: &Interval) -> Rounded {
        interval.round_fraction(self, Method::HalfEven)
    }

    /// Rounded once by a declared method.
    pub fn round_by(&self, interval: &Interval, method: Method) -> Rounded {
        interval.round_fraction(self, method)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Where the measured value lay beside its rounded value, in absolute value (§3.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Residual {
    /// Equal: nothing was dropped.
    None,
    /// Something was dropped, |measured| is larger: mark `+`.
    Dropped,
    /// The value was raised, |measured| is smaller: mark `-`.
    Raised,
}

impl Residual {
    /// The mark of §3.3.2 b): `+`, `-` or nothing.
    pub fn mark(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Dropped => "+",
            Self::Raised => "-",
        }
    }
}

/// A value that has been rounded once.
///
/// It is deliberately not an [`Exact`] and does not turn into one by itself, so that
/// `interval.round(&rounded)` does not compile (§3.3.1 不许连续修约). To round it further, go
/// through [`Rounded::report`] and [`Reported::round`], which use the kept residual.
///
/// ```compile_fail,E0308
/// # use numbers::rounding::Interval;
/// let (tenth, one) = (Interval::parse("0.1").unwrap(), Interval::parse("1").unwrap());
/// let once = tenth.round(&"15.4546".parse().unwrap());
/// let twice = one.round(&once); // 15.5 → 16: expected `&Exact`, found `&Rounded`
/// ```
/// The same lines with the reported value in the last one compile, and give 15:
/// ```
/// # use numbers::rounding::Interval;
/// let (tenth, one) = (Interval::parse("0.1").unwrap(), Interval::parse("1").unwrap());
/// let once = tenth.round(&"15.4546".parse().unwrap());
/// let twice = once.report().round(&one);
/// assert_eq!(twice.to_string(), "15");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rounded {
    value: Exact,
    interval: Interval,
    residual: Residual,
    method: Method,
}

impl Rounded {
    /// The rounded number, for comparing and printing.
    pub fn value(&self) -> &Exact {
        &self.value
    }
    /// The interval it was rounded to.
    pub fn interval(&self) -> &Interval {
        &self.interval
    }
    /// The side of the measured value.
    pub fn residual(&self) -> Residual {
        self.residual
    }
    /// The rule that made it.
    pub fn method(&self) -> Method {
        self.method
    }
    /// The value with its residual, as it would be reported for further rounding (§3.3.2).
    pub fn report(&self) -> Reported {
        Reported::new(self.value.clone(), Some(self.residual))
    }
}

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Rounds to a number of significant digits (§2.3, §3.2).
///
/// A carry may lengthen the number: 9.96 to two digits is 10, not 10.0. Returns the rounded
/// value and the power of ten of its last significant digit. Zero stays zero at its written
/// last digit.
///
/// # Errors
/// `None` when `digits` is zero.
pub fn round_significant(measured: &Exact, digits: u32) -> Option<(Rounded, i32)> {
    round_significant_by(measured, digits, Method::HalfEven)
}

/// [`round_significant`] with a declared method.
pub fn round_significant_by(measured: &Exact, digits: u32, method: Method) -> Option<(Rounded, i32)> {
    let wanted = i32::try_from(digits).ok().filter(|d| (1..=4_000).contains(d))?;
    let Some(leading) = measured.leading_exponent() else {
        let exponent = measured.exponent();
        return Some((
            Interval::power_of_ten(exponent).round_by(measured, method),
            exponent,
        ));
    };
    let mut exponent = leading - wanted + 1;
    let mut rounded = Interval::power_of_ten(exponent).round_by(measured, method);
    if rounded.value.leading_exponent() != Some(leading) {
        // The carry made one digit more; the same value stands at the next interval.
        exponent += 1;
        rounded.interval = Interval::power_of_ten(exponent);
        rounded.value = rounded.value.with_exponent(exponent).unwrap_or(rounded.value);
    }
    Some((rounded, exponent))
}

/// Counts significant digits (有效位数, §2.3) of a number as written.
///
/// `None` where the count has no meaning (zero).
pub fn count_significant(value: &Exact) -> Option<usize> {
    (!value.is_zero()).then(|| value.digit_count())
}
