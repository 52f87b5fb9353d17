//! Exact conversion between units of one dimension.

use num_bigint::BigInt;

use super::{Unit, table};
use crate::number::Exact;
use crate::rounding::{Interval, Rounded};

/// Why a conversion has no meaning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConversionError {
    /// The dimensions differ.
    #[error("{from} and {to} measure different quantities, no conversion")]
    Dimension {
        /// Unit given.
        from: String,
        /// Unit asked for.
        to: String,
    },
    /// Celsius or Fahrenheit inside a compound unit.
    #[error("a temperature scale with a zero point cannot be part of the compound {0}")]
    Offset(String),
}

/// The result of a conversion: an exact fraction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    numerator: Exact,
    denominator: Exact,
    /// False when π took part (degrees to radians): right to 60 digits, not exact.
    pub exact: bool,
}

impl Conversion {
    /// The value as a decimal, when it has an end within 400 places and is exact.
    pub fn decimal(&self) -> Option<Exact> {
        if !self.exact {
            return None;
        }
        // n/d ends exactly when d, cleared of common factors, holds only 2 and 5; stepping the
        // power of ten finds that without factoring.
        let (n, d, _) = self.numerator.aligned(&self.denominator);
        if d == BigInt::ZERO {
            return None;
        }
        let zero = BigInt::ZERO;
        let mut scaled = n;
        for places in 0..=400 {
            if &scaled % &d == zero {
                return Some(Exact::new(&scaled / &d, -places));
            }
            scaled *= 10;
        }
        None
    }

    /// The value rounded once to an interval (GB/T 8170-2008 §3).
    pub fn round(&self, interval: &Interval) -> Option<Rounded> {
        interval.round_quotient(&self.numerator, &self.denominator)
    }

    /// The value rounded to significant digits.
    pub fn round_significant(&self, digits: u32) -> Option<Rounded> {
        let top = self.numerator.leading_exponent();
        let bottom = self.denominator.leading_exponent()?;
        let digits = i32::try_from(digits).ok()?;
        let exponent = top.map_or(0, |t| t - bottom - digits + 1);
        self.round(&Interval::power_of_ten(exponent))
    }
}

/// Converts a value from one unit to another of the same dimension.
///
/// ```
/// use analysis::unit::{Unit, convert};
/// let (kwh, mj) = (Unit::new("kW·h").unwrap(), Unit::new("MJ").unwrap());
/// let energy = convert(&"1.5".parse().unwrap(), &kwh, &mj).unwrap();
/// assert_eq!(energy.decimal().unwrap().to_string(), "5.4");
/// assert!(convert(&"1".parse().unwrap(), &kwh, &Unit::new("kW").unwrap()).is_err());
/// ```
///
/// # Errors
/// [`ConversionError`].
pub fn convert(value: &Exact, from: &Unit, to: &Unit) -> Result<Conversion, ConversionError> {
    let energy = |u: &Unit| u.factors().any(|(f, _)| matches!(f.symbol, "var")) as u8;
    if from.dimension() != to.dimension() || energy(from) != energy(to) {
        return Err(ConversionError::Dimension {
            from: from.to_string(),
            to: to.to_string(),
        });
    }
    let (from_top, from_bottom) = factor(from)?;
    let (to_top, to_bottom) = factor(to)?;
    let (from_zero, to_zero) = (zero(from), zero(to));
    // ((value + z_from)·f_from / f_to) − z_to, all over one denominator.
    let top = &(&(value + &from_zero) * &from_top) * &to_bottom;
    let bottom = &from_bottom * &to_top;
    let top = &top - &(&to_zero * &bottom);
    let angle = |u: &Unit| {
        u.factors()
            .filter(|(f, _)| matches!(f.symbol, "°" | "′" | "″"))
            .map(|(f, s)| s * f.power)
            .sum::<i32>()
    };
    Ok(Conversion {
        numerator: top,
        denominator: bottom,
        exact: angle(from) == angle(to),
    })
}

/// Factor to SI as a fraction.
pub(crate) fn factor(unit: &Unit) -> Result<(Exact, Exact), ConversionError> {
    let (mut top, mut bottom) = (Exact::new(1, 0), Exact::new(1, 0));
    let compound = unit.numerator.len() + unit.denominator.len() > 1;
    for (part, sign) in unit.factors() {
        let Some(symbol) = table::symbol(part.symbol) else {
            continue;
        };
        if (compound || part.power != 1) && part.symbol == "°F" {
            return Err(ConversionError::Offset(unit.to_string()));
        }
        let exact = |text: &str| Exact::parse(text).unwrap_or_else(|_| Exact::new(1, 0));
        let prefix = table::prefix_power(part.prefix);
        let (up, down) = (exact(symbol.factor.0).scaled(prefix), exact(symbol.factor.1));
        for _ in 0..part.power.unsigned_abs() {
            let (t, b) = if sign * part.power > 0 {
                (&up, &down)
            } else {
                (&down, &up)
            };
            top = &top * t;
            bottom = &bottom * b;
        }
    }
    Ok((top, bottom))
}

/// What to add in the unit's own size to stand at absolute zero's scale.
fn zero(unit: &Unit) -> Exact {
    match (unit.numerator.as_slice(), unit.denominator.is_empty()) {
        ([only], true) if only.power == 1 && only.symbol == "℃" => Exact::new(27_315, -2),
        ([only], true) if only.power == 1 && only.symbol == "°F" => Exact::new(45_967, -2),
        _ => Exact::zero(),
    }
}
