//! Formulas as data: a small expression language with units.
//!
//! ```text
//! (W − W0)/W0        the error of an energy meter, asked for in %
//! l_S·(1 + α·(t − 20 ℃))
//! 0.15 ℃ + 0.002·|t|
//! ```
//! Symbols are letters, digits and `_`; a number may carry a unit (`0.05 %`, `2 kPa`, compound ones
//! in brackets: `9.8 [m/s²]`). Operators: `+ − × ÷ ^` with their usual spellings, raised digits,
//! `|x|`; functions: see [`Function`]. There is no implied product: `2 V` is two volts.
//!
//! An [`Expression`] is read first, then bound to the units of its symbols as a [`Formula`], which
//! fails where units clash. A formula is computed exactly wherever only `+ − × ÷`, whole powers,
//! `| |`, min and max occur ([`Formula::exact`]), and in f64 with derivatives
//! ([`Formula::gradient`]); f64 goes through functions that give the same bits on every machine.

mod check;
mod column;
mod dual;
mod formula;
mod lex;
mod parse;
mod scalar;
#[cfg(test)]
mod tests;

use numbers::number::Exact;
use numbers::unit::Unit;

pub(crate) use column::Columns;
pub use formula::{EvaluationError, Formula, Trouble};

/// Longest accepted text in characters.
pub const MAX_TEXT: usize = 4_000;
/// Deepest nesting of brackets, signs and powers.
pub const MAX_DEPTH: usize = 64;

/// Why a text is no expression, or its units do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} column {column}: {reason}")]
pub struct ExpressionError {
    /// 1-based line.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub reason: String,
}

/// A place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    pub(crate) fn error(self, reason: impl Into<String>) -> ExpressionError {
        ExpressionError {
            line: self.line,
            column: self.column,
            reason: reason.into(),
        }
    }
}

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Square root.
    Sqrt,
    /// Exponential.
    Exp,
    /// Natural logarithm.
    Ln,
    /// Decimal logarithm, `lg` or `log10`.
    Lg,
    /// Sine of an angle.
    Sin,
    /// Cosine of an angle.
    Cos,
    /// Tangent of an angle.
    Tan,
    /// Arc sine, in rad.
    Asin,
    /// Arc cosine, in rad.
    Acos,
    /// Arc tangent, in rad.
    Atan,
    /// Absolute value, also `|x|`.
    Abs,
}

impl Function {
    /// Every function with its spelling.
    pub const ALL: [(&'static str, Self); 12] = [
        ("sqrt", Self::Sqrt),
        ("exp", Self::Exp),
        ("ln", Self::Ln),
        ("lg", Self::Lg),
        ("log10", Self::Lg),
        ("sin", Self::Sin),
        ("cos", Self::Cos),
        ("tan", Self::Tan),
        ("asin", Self::Asin),
        ("acos", Self::Acos),
        ("atan", Self::Atan),
        ("abs", Self::Abs),
    ];

    fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, f)| *f == self);
        found.map_or("", |(name, _)| name)
    }
}

/// What a node does; operands are earlier nodes.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Number(Exact, Option<Unit>),
    Pi,
    /// Index into [`Expression::symbols`].
    Symbol(usize),
    Negative(usize),
    Add(usize, usize),
    Subtract(usize, usize),
    Multiply(usize, usize),
    Divide(usize, usize),
    Power(usize, usize),
    Call(Function, usize),
    Least(usize, usize),
    Most(usize, usize),
}

/// A node and where it stands in the text.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) place: Place,
}

/// A text that was read; units are not looked at yet.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    nodes: Vec<Node>,
    symbols: Vec<(String, Place)>,
}

impl Expression {
    /// Reads an expression.
    ///
    /// ```
    /// use uncertainty::expression::Expression;
    /// let error = Expression::parse("(W - W0)/W0").unwrap();
    /// assert_eq!(error.symbols().collect::<Vec<_>>(), ["W", "W0"]);
    /// let wrong = Expression::parse("(W - W0/W0").unwrap_err();
    /// assert_eq!(wrong.to_string(), "line 1 column 11: the bracket opened in column 1 is not closed, add )");
    /// ```
    ///
    /// # Errors
    /// Line, column and cure of the first thing that does not fit.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        parse::parse(text)
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The symbols in the order of their first use.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.symbols.iter().map(|(name, _)| name.as_str())
    }

    /// Binds the symbols to units and asks for the result in a unit.
    ///
    /// ```
    /// use uncertainty::expression::Expression;
    /// use numbers::number::Fraction;
    /// use numbers::unit::Unit;
    /// let (kwh, percent) = (Unit::new("kWh").unwrap(), Unit::new("%").unwrap());
    /// let read = Expression::parse("(W - W0)/W0").unwrap();
    /// let error = read.bind(&[("W", &kwh), ("W0", &kwh)], &percent).unwrap();
    /// let [w, w0] = ["100.5", "100"].map(|t| Fraction::from(&t.parse().unwrap()));
    /// assert_eq!(error.exact(&[w, w0]).unwrap().text(), "1/2");
    /// assert!(read.bind(&[("W", &kwh), ("W0", &percent)], &percent).is_err());
    /// ```
    ///
    /// # Errors
    /// A symbol without a unit, units that do not add up, a result of another quantity.
    pub fn bind(&self, units: &[(&str, &Unit)], result: &Unit) -> Result<Formula, ExpressionError> {
        check::bind(self, units, result)
    }
}

/// Reads a unit; `1` and the empty text are the number one.
///
/// # Errors
/// As [`Unit::new`].
pub fn unit(text: &str) -> Result<Unit, numbers::notation::NotationError> {
    match text.trim() {
        "" | "1" => Ok(Unit::one()),
        other => Unit::new(other),
    }
}
