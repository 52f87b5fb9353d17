//! Units of measurement (GB 3100~3102, 法定计量单位) with dimensions and exact factors.
//!
//! A unit is kept as its factors, so that `r/kWh` prints as `r/(kW·h)` and one solidus never
//! hides two (GB 3101). Units outside the legal ones are read for conversion and warned about.

mod convert;
mod kind;
mod names;
mod read;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Serialize, Serializer};

use crate::glyph::to_superscript;
use crate::number::Exact;

pub(crate) use convert::Size;
pub use convert::{Conversion, ConversionError, convert, same_quantity};
pub use kind::{KINDS, Kinds};
pub use read::{UnitReading, parse};
pub(crate) use read::{scan_unit, scan_unit as read_unit_here, unit_ahead as unit_follows};

/// What units are made of: the base units of SI, the two angles, and counts and scales that
/// convert to nothing but themselves.
pub const BASES: [&str; 20] = [
    "m", "kg", "s", "A", "K", "mol", "cd", "rad", "sr", "imp", "%RH", "dB", "pH", "NTU", "DN", "Np", "dBm",
    "dBμV", "normal", "absolute",
];
pub const LENGTH: usize = 0;
pub const MASS: usize = 1;
pub const TIME: usize = 2;
pub const PLANE_ANGLE: usize = 7;
/// The first count or scale.
const OWN: usize = 9;

/// Every symbol that is known, without prefixes.
pub fn symbols() -> impl Iterator<Item = &'static str> {
    table::SYMBOLS.iter().map(|symbol| symbol.name)
}

/// Exponents of m, kg, s, A, K, mol, cd, rad, sr, and of counts and conventional scales.
pub type Dimension = [i32; BASES.len()];

/// One factor of a unit: prefix, symbol and power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    pub(crate) prefix: &'static str,
    pub symbol: &'static str,
    pub(crate) power: i32,
}

impl Factor {
    pub fn power(&self) -> i32 {
        self.power
    }
}

/// A unit as written, canonical in symbols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub numerator: Vec<Factor>,
    pub denominator: Vec<Factor>,
}

impl Unit {
    /// Reads a unit; see [`parse`] for the warnings.
    ///
    /// # Errors
    /// An unknown symbol, two solidi, something dangling.
    ///
    /// ```
    /// use numbers::unit::Unit;
    /// assert_eq!(Unit::new("r/kWh").unwrap().to_string(), "r/(kW·h)");
    /// assert!(Unit::new("W/m²/K").is_err());
    /// ```
    pub fn new(text: &str) -> Result<Self, crate::scan::NotationError> {
        parse(text).map(|reading| reading.unit)
    }

    /// The dimension, in SI base units.
    pub fn dimension(&self) -> Dimension {
        let mut dimension = [0; BASES.len()];
        for (factor, sign) in self.factors() {
            let base = table::symbol(factor.symbol).map_or([0; BASES.len()], |s| s.dimension);
            for (sum, part) in dimension.iter_mut().zip(base) {
                *sum += sign * factor.power * part;
            }
        }
        dimension
    }

    /// Which of the kinds of quantity it names that share a dimension with another.
    pub fn kinds(&self) -> Kinds {
        Kinds::of(self)
    }

    /// Whether it counts from a point of its own, as ℃ and dBm do: a value in it is no difference.
    pub fn counts_from_a_point(&self) -> bool {
        self.lone_symbol().is_some_and(|s| s.zero.is_some())
    }

    /// Why no value in this unit can be so low or so high, if it cannot.
    ///
    /// ```
    /// use numbers::unit::Unit;
    /// let celsius = Unit::new("℃").unwrap();
    /// assert!(celsius.impossible(&"-300".parse().unwrap()).unwrap().contains("-273.15"));
    /// assert_eq!(celsius.impossible(&"-273.15".parse().unwrap()), None);
    /// ```
    pub fn impossible(&self, value: &Exact) -> Option<String> {
        let [only] = self.numerator.as_slice() else {
            return None;
        };
        let (least, most) = self.lone_symbol()?.bounds;
        let own = value.scaled(table::prefix_power(only.prefix));
        let beyond = |bound: Option<&str>| bound.and_then(|text| Exact::parse(text).ok());
        if let Some(least) = beyond(least).filter(|least| own < *least) {
            return Some(format!(
                "{value} {self} lies below {least} {}, where nothing is: a sign or a unit is wrong, unless a difference is meant",
                only.symbol
            ));
        }
        let most = beyond(most).filter(|most| own > *most)?;
        Some(format!(
            "{value} {self} lies above {most} {}: a digit or a unit is wrong, unless a difference is meant",
            only.symbol
        ))
    }

    /// The symbol of a unit that is one symbol to the first power.
    fn lone_symbol(&self) -> Option<&'static table::Symbol> {
        match (self.numerator.as_slice(), self.denominator.is_empty()) {
            ([only], true) if only.power == 1 => table::symbol(only.symbol),
            _ => None,
        }
    }

    /// Its size in the coherent SI unit, zero points left aside.
    pub fn size(&self) -> Result<Size, ConversionError> {
        convert::size(self)
    }

    /// How much of its plane angle is counted in revolutions (r), and not in rad or degrees.
    pub fn revolutions(&self) -> i32 {
        let counted = self.factors().filter(|(f, _)| f.symbol == "r");
        counted.map(|(f, sign)| sign * f.power).sum()
    }

    /// Whether it is the lone symbol given, without prefix and power.
    pub fn is_lone(&self, symbol: &str) -> bool {
        let lone = |f: &Factor| f.symbol == symbol && f.prefix.is_empty() && f.power == 1;
        self.denominator.is_empty() && self.numerator.len() == 1 && self.numerator.iter().all(lone)
    }

    /// The quotient of two units as written; one unit over itself is the number one.
    pub fn over(&self, other: &Self) -> Self {
        if self == other {
            return Self::one();
        }
        let join = |a: &[Factor], b: &[Factor]| a.iter().chain(b).cloned().collect();
        Self {
            numerator: join(&self.numerator, &other.denominator),
            denominator: join(&self.denominator, &other.numerator),
        }
    }

    /// The unit of a square.
    pub fn squared(&self) -> Self {
        let double = |factors: &[Factor]| {
            let doubled = factors.iter().map(|f| Factor {
                power: 2 * f.power,
                ..f.clone()
            });
            doubled.collect()
        };
        Self {
            numerator: double(&self.numerator),
            denominator: double(&self.denominator),
        }
    }

    /// The number one as a unit.
    pub fn one() -> Self {
        Self {
            numerator: Vec::new(),
            denominator: Vec::new(),
        }
    }

    /// Whether it is of the form `mm/in`: one quantity by itself in two units.
    pub(crate) fn names_one_quantity_twice(&self) -> bool {
        let side = |factors: &[Factor]| {
            Self {
                numerator: factors.to_vec(),
                denominator: Vec::new(),
            }
            .dimension()
        };
        let (top, bottom) = (side(&self.numerator), side(&self.denominator));
        top == bottom && top != [0; BASES.len()]
    }

    pub fn factors(&self) -> impl Iterator<Item = (&Factor, i32)> {
        let top = self.numerator.iter().map(|f| (f, 1));
        top.chain(self.denominator.iter().map(|f| (f, -1)))
    }

    pub fn single(symbol: &'static str) -> Self {
        let factor = Factor {
            prefix: "",
            symbol,
            power: 1,
        };
        Self {
            numerator: vec![factor],
            denominator: Vec::new(),
        }
    }

    pub(crate) fn is(&self, symbol: &str) -> bool {
        self.to_string() == symbol
    }
}

impl From<devices::Unit> for Unit {
    /// The unit that an instrument prints; the number one for `1`.
    fn from(own: devices::Unit) -> Self {
        match own.symbol() {
            "1" => Self::one(),
            symbol => Self::new(symbol).unwrap_or_else(|_| Self::one()),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |factors: &[Factor]| {
            let parts: Vec<String> = factors
                .iter()
                .map(|p| {
                    let power = if p.power == 1 {
                        String::new()
                    } else {
                        to_superscript(p.power)
                    };
                    format!("{}{}{power}", p.prefix, p.symbol)
                })
                .collect();
            parts.join("·")
        };
        let top = if self.numerator.is_empty() {
            "1".to_owned()
        } else {
            join(&self.numerator)
        };
        match self.denominator.len() {
            0 => write!(f, "{top}"),
            1 => write!(f, "{top}/{}", join(&self.denominator)),
            _ => write!(f, "{top}/({})", join(&self.denominator)),
        }
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
