//! Exact conversion between units of one dimension.

use num_bigint::BigInt;

use super::{BASES, OWN, PLANE_ANGLE, Unit, table};
use crate::number::{Exact, Fraction};
use crate::rounding::{Interval, Rounded};

/// Why a conversion has no meaning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConversionError {
    /// The dimensions differ.
    #[error("{from} and {to} measure different quantities, no conversion{hint}")]
    Dimension {
        /// Unit given.
        from: String,
        /// Unit asked for.
        to: String,
        /// What may have been meant.
        hint: String,
    },
    /// Fahrenheit or a level inside a compound unit.
    #[error("a scale that counts from a point of its own cannot be part of the compound {0}")]
    Offset(String),
}

/// The result of a conversion: an exact fraction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    numerator: Exact,
    denominator: Exact,
    /// False when π took part (revolutions to radians): right to 60 digits, not exact.
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

    /// The value rounded once to an interval (GB/T 8170-2008 §3). `None` where the interval asks for more digits than
    /// π is known with here.
    pub fn round(&self, interval: &Interval) -> Option<Rounded> {
        let (top, bottom) = (
            self.numerator.leading_exponent(),
            self.denominator.leading_exponent(),
        );
        let last = interval.value().leading_exponent();
        if let (false, Some(top), Some(bottom), Some(last)) = (self.exact, top, bottom, last)
            && top - bottom - last > DIGITS_OF_TAU - 3
        {
            return None;
        }
        interval.round_quotient(&self.numerator, &self.denominator)
    }

    /// The value rounded to significant digits.
    pub fn round_significant(&self, digits: u32) -> Option<Rounded> {
        let top = self.numerator.leading_exponent();
        let bottom = self.denominator.leading_exponent()?;
        let wanted = i32::try_from(digits).ok()?;
        let exponent = top.map_or(0, |t| t - bottom - wanted + 1);
        let rounded = self.round(&Interval::power_of_ten(exponent))?;
        // A quotient of mantissas below one begins a digit later.
        let short = top.is_some() && rounded.value().digit_count() < usize::try_from(digits).ok()?;
        if short {
            return self.round(&Interval::power_of_ten(exponent - 1));
        }
        Some(rounded)
    }
}

/// Converts a value from one unit to another of the same dimension.
///
/// ```
/// use numbers::unit::{Unit, convert};
/// let (kwh, mj) = (Unit::new("kW·h").unwrap(), Unit::new("MJ").unwrap());
/// let energy = convert(&"1.5".parse().unwrap(), &kwh, &mj).unwrap();
/// assert_eq!(energy.decimal().unwrap().to_string(), "5.4");
/// assert!(convert(&"1".parse().unwrap(), &kwh, &Unit::new("kW").unwrap()).is_err());
/// ```
///
/// # Errors
/// [`ConversionError`].
pub fn convert(value: &Exact, from: &Unit, to: &Unit) -> Result<Conversion, ConversionError> {
    if !same_quantity(from, to) {
        return Err(ConversionError::Dimension {
            from: from.to_string(),
            to: to.to_string(),
            hint: hint(from, to),
        });
    }
    let (of, by) = (size(from)?, size(to)?);
    let (from_zero, to_zero) = (zero(from), zero(to));
    let turns = of.turns - by.turns;
    let (up, down) = (tau(turns.max(0)), tau((-turns).max(0)));
    // ((value + z_from)·f_from / f_to) − z_to, all over one denominator.
    let top = &(&(&(value + &from_zero) * &of.top) * &by.bottom) * &up;
    let bottom = &(&of.bottom * &by.top) * &down;
    let top = &top - &(&to_zero * &bottom);
    Ok(Conversion {
        numerator: top,
        denominator: bottom,
        exact: turns == 0,
    })
}

/// Whether what is given in one unit can be said in the other: of one dimension, and of one kind.
///
/// ```
/// use numbers::unit::{Unit, same_quantity};
/// let unit = |text: &str| Unit::new(text).unwrap();
/// assert!(same_quantity(&unit("kW·h"), &unit("MJ")));
/// assert!(!same_quantity(&unit("kvar·h"), &unit("kW·h")));
/// ```
pub fn same_quantity(a: &Unit, b: &Unit) -> bool {
    a.dimension() == b.dimension() && a.kinds().is(b.kinds())
}

/// Why two units that somebody took for one another are not.
fn hint(from: &Unit, to: &Unit) -> String {
    let (a, b) = (from.dimension(), to.dimension());
    let differ = |bases: std::ops::Range<usize>| bases.clone().find(|i| a[*i] != b[*i]);
    if a == b {
        return format!("; {}", from.kinds().apart_from(&to.kinds()));
    }
    let told = REASONS
        .iter()
        .find(|(base, _)| (OWN..BASES.len()).any(|i| BASES[i] == *base && a[i] != b[i]));
    if let Some((_, reason)) = told {
        return format!("; {reason}");
    }
    if let Some(own) = differ(OWN..BASES.len()) {
        return format!(
            "; {} is a scale of its own and converts to nothing else",
            BASES[own]
        );
    }
    if differ(0..PLANE_ANGLE).is_none() && differ(PLANE_ANGLE..OWN).is_some() {
        return "; an angle converts to an angle only: r/min to r/s, rad/s or °/s, not to Hz or 1/s"
            .to_owned();
    }
    String::new()
}

/// What to say of a base where "a scale of its own" would not tell what to do.
const REASONS: [(&str, &str); 4] = [
    (
        "dBm",
        "a level counts from 1 mW or 1 W on a logarithmic scale: dBm converts to dBW only",
    ),
    (
        "dBμV",
        "a level counts from 1 μV or 1 V on a logarithmic scale: dBμV converts to dBV only",
    ),
    (
        "normal",
        "Nm³ is an amount of gas at its reference conditions, 0 ℃ and 101.325 kPa: a volume follows from it by pressure, temperature and compressibility",
    ),
    (
        "absolute",
        "an absolute pressure counts from vacuum: the difference to the air around needs the air's pressure",
    ),
];

const DIGITS_OF_TAU: i32 = 60;
/// 2π to so many digits.
const TAU: &str = "6.28318530717958647692528676655900576839433879875021164194989";

fn tau(power: i32) -> Exact {
    let one = Exact::new(1, 0);
    let tau = Exact::parse(TAU).unwrap_or_else(|_| one.clone());
    (0..power).fold(one, |product, _| &product * &tau)
}

/// A factor to SI: `top/bottom · (2π)^turns`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    pub(crate) top: Exact,
    pub bottom: Exact,
    pub turns: i32,
}

impl Size {
    /// Without its power of 2π; `None` of a unit without size.
    pub fn rational(&self) -> Option<Fraction> {
        Fraction::new(&self.top, &self.bottom)
    }

    /// With it, 2π right to 60 digits.
    pub fn fraction(&self) -> Option<Fraction> {
        let (up, down) = (tau(self.turns.max(0)), tau((-self.turns).max(0)));
        Fraction::new(&(&self.top * &up), &(&self.bottom * &down))
    }
}

pub(super) fn size(unit: &Unit) -> Result<Size, ConversionError> {
    let (mut top, mut bottom) = (Exact::new(1, 0), Exact::new(1, 0));
    let mut turns = 0;
    let compound = unit.numerator.len() + unit.denominator.len() > 1;
    for (part, sign) in unit.factors() {
        let Some(symbol) = table::symbol(part.symbol) else {
            continue;
        };
        // A step of ℃ is one of K, and a sensitivity per ℃ is one per K.
        if (compound || part.power != 1) && symbol.zero.is_some() && part.symbol != "℃" {
            return Err(ConversionError::Offset(unit.to_string()));
        }
        turns += sign * part.power * symbol.turns;
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
    Ok(Size { top, bottom, turns })
}

/// What to add in the unit's own size to stand at the zero of its base.
fn zero(unit: &Unit) -> Exact {
    let zero = unit.lone_symbol().and_then(|symbol| symbol.zero);
    zero.and_then(|text| Exact::parse(text).ok())
        .unwrap_or_else(Exact::zero)
}
