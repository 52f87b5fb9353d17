//! Reading and printing of metrological notation (计量专业符号识别).
//!
//! Ten kinds: limits by GB/T 8170-2008 §4.2 in three forms, ranges, maximum permissible errors,
//! accuracy classes, uncertainties by JJF 1059.1-2012 §5.3, numbers, units and quantities by
//! GB 3100/3101 and GB/T 15835. What is wrong is refused with its column and the cure; what is
//! doubtful is read and carries a warning; nothing is guessed silently.

mod class;
mod limit;
mod mpe;
mod number;
#[cfg(test)]
mod properties;
mod quantity;
mod range;
mod uncertainty;
#[cfg(test)]
mod written;

use std::str::FromStr;

use serde_json::Value;

pub use class::Class;
pub use mpe::Base;
pub use mpe::{Mpe, Term};
pub use number::NumberNotation;
pub use quantity::Quantity;
pub use range::Range;
pub use uncertainty::Uncertainty;

pub use crate::scan::NotationError;

use crate::limits::Limit;
use crate::number::Exact;
use crate::scan::Scan;
use crate::unit::Unit;

/// What a text is expected to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 极限数值 in words or signs.
    Limit,
    /// A±b, A^{+b1}_{-b2}.
    LimitDeviation,
    /// A(1±b%).
    LimitRelative,
    /// Measuring range or rated values.
    Range,
    /// Maximum permissible error.
    Mpe,
    /// Accuracy class (等级).
    Class,
    /// Measurement uncertainty.
    Uncertainty,
    /// A number.
    Number,
    /// A unit.
    Unit,
    /// A value with unit, an angle, a power factor, a fraction of a rating, a sensor.
    Quantity,
}

impl Kind {
    /// All kinds with their names.
    pub const ALL: [(&'static str, Self); 10] = [
        ("limit", Self::Limit),
        ("limit_deviation", Self::LimitDeviation),
        ("limit_relative", Self::LimitRelative),
        ("range", Self::Range),
        ("mpe", Self::Mpe),
        ("class", Self::Class),
        ("uncertainty", Self::Uncertainty),
        ("number", Self::Number),
        ("unit", Self::Unit),
        ("quantity", Self::Quantity),
    ];
}

/// The name is none of the ten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown kind {0:?}, one of limit, limit_deviation, limit_relative, range, mpe, class, uncertainty, number, unit, quantity"
)]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;
    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.iter().find(|(n, _)| *n == name);
        found
            .map(|(_, kind)| *kind)
            .ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// A notation that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Any of the three forms of a limit.
    Limit(Limit),
    /// A range.
    Range(Range),
    /// A maximum permissible error.
    Mpe(Mpe),
    /// An accuracy class.
    Class(Class),
    /// An uncertainty.
    Uncertainty(Uncertainty),
    /// A number.
    Number(NumberNotation),
    /// A unit; `None` for 度, which names two.
    Unit(Option<Unit>),
    /// A quantity.
    Quantity(Quantity),
}

/// A notation and the remarks on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What was read.
    pub notation: Notation,
    /// Doubts, each naming what was assumed.
    pub warnings: Vec<String>,
}

/// Reads a text as one kind of notation.
///
/// ```
/// use numbers::notation::{Kind, parse};
/// let limit = parse(Kind::Limit, "不小于97.0%").unwrap();
/// assert_eq!(limit.notation.print(), "≥97.0%");
/// let error = parse(Kind::Limit, "≥97,0%").unwrap_err();
/// assert_eq!(error.column, 4);
/// ```
///
/// # Errors
/// [`NotationError`] with the column of the first thing that does not fit.
pub fn parse(kind: Kind, text: &str) -> Result<Reading, NotationError> {
    let mut scan = Scan::new(text)?;
    scan.check_brackets()?;
    let s = &mut scan;
    let notation = match kind {
        Kind::Limit | Kind::LimitDeviation => Notation::Limit(limit::read(s, text)?),
        Kind::LimitRelative => {
            let read = limit::read(s, text)?;
            if !read.is_relative() {
                return Err(NotationError::new(1, "not a relative limit, write A(1±b%)"));
            }
            Notation::Limit(read)
        }
        Kind::Range => Notation::Range(range::read(s)?),
        Kind::Mpe => Notation::Mpe(mpe::read(s)?),
        Kind::Class => Notation::Class(class::read(s)?),
        Kind::Uncertainty => Notation::Uncertainty(uncertainty::read(s)?),
        Kind::Number => Notation::Number(number::read(s)?),
        Kind::Unit if s.rest() == "度" => {
            s.warn("度 is kW·h in energy and ° in angle (℃ in temperature): name the quantity");
            return Ok(Reading {
                notation: Notation::Unit(None),
                warnings: scan.warnings,
            });
        }
        Kind::Unit => Notation::Unit(Some(crate::unit::scan_unit(s)?)),
        Kind::Quantity => Notation::Quantity(quantity::read(s)?),
    };
    scan.expect_end()?;
    Ok(Reading {
        notation,
        warnings: scan.warnings,
    })
}

/// Reads a number as a person types it: full-width digits and signs, `1.2×10³`, `负5`.
///
/// What a machine writes is read by [`Exact::parse`], which takes ASCII alone.
///
/// ```
/// use numbers::notation::typed_number;
/// assert_eq!(typed_number("＋０．１０").unwrap().to_string(), "0.10");
/// assert!(typed_number("0.10%").is_err());
/// ```
///
/// # Errors
/// [`NotationError`] with the column of the first thing that does not fit.
pub fn typed_number(text: &str) -> Result<Exact, NotationError> {
    // Long columns are plain nearly everywhere.
    if let Ok(plain) = Exact::parse(text) {
        return Ok(plain);
    }
    let mut scan = Scan::new(text)?;
    let value = scan.number()?;
    scan.expect_end()?;
    Ok(value)
}

/// Reads what a person types into a field whose unit is known: a number, which may carry that unit.
///
/// ```
/// use numbers::notation::typed_value;
/// use numbers::unit::Unit;
/// let percent = Unit::new("%").unwrap();
/// assert_eq!(typed_value("＋０．１０％", &percent).unwrap().to_string(), "0.10");
/// assert_eq!(typed_value("0.10", &percent).unwrap().to_string(), "0.10");
/// assert!(typed_value("0.10 mm", &percent).is_err());
/// ```
///
/// # Errors
/// As [`typed_number`], and another unit: nothing is converted behind the reader's back.
pub fn typed_value(text: &str, unit: &Unit) -> Result<Exact, NotationError> {
    if let Ok(plain) = Exact::parse(text) {
        return Ok(plain);
    }
    let mut scan = Scan::new(text)?;
    let value = scan.number()?;
    let column = scan.column();
    if crate::unit::unit_follows(&mut scan) {
        let written = crate::unit::scan_unit(&mut scan)?;
        if written != *unit {
            return Err(NotationError::new(
                column,
                format!("in {written}, the value here is in {unit}: write it so"),
            ));
        }
    }
    scan.expect_end()?;
    Ok(value)
}

impl Notation {
    /// The canonical writing; reading it again gives the same notation.
    pub fn print(&self) -> String {
        match self {
            Self::Limit(x) => x.print(),
            Self::Range(x) => x.print(),
            Self::Mpe(x) => x.print(),
            Self::Class(x) => x.print(),
            Self::Uncertainty(x) => x.print(),
            Self::Number(x) => x.print(),
            Self::Unit(Some(x)) => x.to_string(),
            Self::Unit(None) => "度".to_owned(),
            Self::Quantity(x) => x.print(),
        }
    }

    /// The parts under their published names, decimals as strings.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Limit(x) => x.to_json(),
            Self::Range(x) => x.to_json(),
            Self::Mpe(x) => x.to_json(),
            Self::Class(x) => x.to_json(),
            Self::Uncertainty(x) => x.to_json(),
            Self::Number(x) => x.to_json(),
            Self::Unit(Some(x)) => serde_json::json!({ "canonical": x.to_string() }),
            Self::Unit(None) => serde_json::json!({ "canonical": "kW·h or °" }),
            Self::Quantity(x) => x.to_json(),
        }
    }
}

/// A unit's text, or nothing.
fn unit_text(unit: Option<&Unit>) -> String {
    unit.map(ToString::to_string).unwrap_or_default()
}
