//! Limits of error as formulas: written as MPE notation or in the expression language.

use std::collections::BTreeMap;

use ::uncertainty::budget::load::bound;
use ::uncertainty::expression::{EvaluationError, Expression, ExpressionError, Formula};
use numbers::notation::{self, Base, Kind, Mpe, Notation};
use numbers::number::{Exact, Fraction};
use numbers::rounding::Interval;
use numbers::unit::Unit;

use super::symbols::SymbolTable;

/// MPEV of a bin and the interval its error is rounded to, for all classes or by class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) any: Option<Limit>,
    pub(crate) by_class: BTreeMap<String, Limit>,
}

/// One limit.
#[derive(Clone, Debug)]
pub(crate) struct Limit {
    /// As written.
    pub(crate) text: String,
    /// MPEV > 0 in the unit of the error.
    pub(crate) mpev: Formula,
    pub(crate) interval: Option<Interval>,
}

impl Limits {
    /// The limit of a class.
    pub(crate) fn of(&self, class: Option<&str>) -> Option<&Limit> {
        class.and_then(|c| self.by_class.get(c)).or(self.any.as_ref())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.any.is_none() && self.by_class.is_empty()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Limit> {
        self.any.iter().chain(self.by_class.values())
    }
}

impl Limit {
    pub(crate) fn value(&self, symbols: &[Fraction]) -> Result<Fraction, EvaluationError> {
        self.mpev.exact(symbols)
    }
}

/// What `%RD`, `%FS` and digits of a notation mean in this procedure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bases {
    pub(crate) reading: Option<String>,
    pub(crate) full_scale: Option<String>,
    pub(crate) last_digit: Option<String>,
}

/// Reads a limit; the column counts from the start of the text.
pub(crate) fn mpev(
    text: &str,
    bases: &Bases,
    symbols: &SymbolTable,
    unit: &Unit,
) -> Result<Formula, ExpressionError> {
    let plain = text.trim_start();
    let notated = ["±", "MPE", "最大允许误差", "允许误差", "+"];
    if !notated.iter().any(|start| plain.starts_with(start)) {
        return bound(text, &symbols.units(), unit);
    }
    let whole = |column: usize, reason: String| ExpressionError {
        line: 1,
        column,
        reason,
    };
    let reading = notation::parse(Kind::Mpe, text).map_err(|e| whole(e.column, e.reason))?;
    if let Some(doubt) = reading.warnings.first() {
        return Err(whole(1, format!("{doubt}: a limit must not be guessed")));
    }
    let Notation::Mpe(Mpe::Symmetric { terms, .. }) = reading.notation else {
        return Err(whole(
            1,
            "limits of different size above and below are not supported, state the smaller one as ±"
                .to_owned(),
        ));
    };
    let mut parts = Vec::new();
    for term in &terms {
        let base = |name: &Option<String>, what: &str, key: &str| {
            name.clone().ok_or_else(|| {
                whole(
                    1,
                    format!("{what} needs its symbol: write {key} = \"…\" under [error]"),
                )
            })
        };
        let coefficient = &term.coefficient;
        let percent = if term.percent { " %" } else { "" };
        parts.push(match term.of {
            Base::Reading => {
                format!(
                    "{coefficient}{percent} * abs({})",
                    base(&bases.reading, "%RD", "reading")?
                )
            }
            Base::FullScale => {
                format!(
                    "{coefficient}{percent} * abs({})",
                    base(&bases.full_scale, "%FS", "full_scale")?
                )
            }
            Base::LastDigit => {
                format!(
                    "{coefficient} * abs({})",
                    base(&bases.last_digit, "a digit", "last_digit")?
                )
            }
            Base::Temperature => {
                format!("{coefficient} * abs({})", base(&bases.reading, "|t|", "reading")?)
            }
            Base::Length => {
                let cure = "L has no unit in this notation: write the limit as a formula with a symbol for it, as in 2 [μm] + 1e-5 * L";
                return Err(whole(1, cure.to_owned()));
            }
            Base::ScaleInterval => {
                let cure = "e needs its symbol: write the limit as a formula, as in 0.5 * e";
                return Err(whole(1, cure.to_owned()));
            }
            // A plain number beside |t| is in ℃, as the unit behind the bracket says.
            Base::Absolute => match &term.unit {
                Some(own) => format!("{coefficient} [{own}]"),
                None => return Err(whole(1, "a term has no unit, write ±2 ℃".to_owned())),
            },
        });
    }
    Expression::parse(&parts.join(" + "))
        .and_then(|e| e.bind(&symbols.units(), unit))
        .map_err(|e| whole(1, e.reason))
}

/// A rounding interval above zero.
pub(crate) fn interval(text: &str) -> Result<Interval, String> {
    Exact::parse(text.trim())
        .map_err(|e| e.to_string())
        .and_then(|value| Interval::new(value).map_err(|e| e.to_string()))
}
