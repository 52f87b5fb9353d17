//! The uncertainty of one reading of the error, from the terms that the file declares.

use ::uncertainty::budget::significant;
use ::uncertainty::document::Text;
use ::uncertainty::expression::Formula;
use numbers::number::{Exact, Fraction};
use numbers::rounding::{Interval, Method};

use crate::conclusion::TermLine;

/// Terms, coverage factor and the decimals that U is rounded up to.
#[derive(Clone, Debug)]
pub(crate) struct UncertaintyRule {
    pub(crate) k: Exact,
    pub(crate) places: u32,
    pub(crate) terms: Vec<Term>,
}

/// One term.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) name: Text,
    pub(crate) amount: Amount,
    pub(crate) sensitivity: Sensitivity,
    /// For the record: `rectangular`, `k=2`, …
    pub(crate) shape: String,
}

#[derive(Clone, Debug)]
pub(crate) enum Amount {
    /// u² = (formula)²·factor.
    Scale(Formula, Fraction),
    /// u² = formula.
    Variance(Formula),
}

#[derive(Clone, Debug)]
pub(crate) enum Sensitivity {
    One,
    Formula(Box<Formula>),
    /// ∂error/∂symbol.
    Derived(usize),
}

/// U of one reading.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stated {
    /// Rounded up to the declared decimals.
    pub(crate) expanded: Exact,
    /// c·u of every term in the unit of the error, for the record.
    pub(crate) contributions: Vec<f64>,
}

impl UncertaintyRule {
    /// Whether any term mentions a symbol by its index.
    pub(crate) fn uses(&self, index: usize) -> bool {
        self.terms.iter().any(|term| {
            let (Amount::Scale(formula, _) | Amount::Variance(formula)) = &term.amount;
            let slope = match &term.sensitivity {
                Sensitivity::Formula(formula) => formula.uses(index),
                _ => false,
            };
            formula.uses(index) || slope
        })
    }

    /// Symbols that stand alone as the amount of a term: uncertainties as somebody declared them.
    pub(crate) fn declared(&self) -> impl Iterator<Item = usize> {
        self.terms.iter().filter_map(|term| match &term.amount {
            Amount::Scale(formula, _) => formula.lone_symbol(),
            Amount::Variance(_) => None,
        })
    }

    /// The terms for the record.
    pub(crate) fn lines(&self, contributions: &[f64]) -> Vec<TermLine> {
        let terms = self.terms.iter().zip(contributions);
        let line = |(term, contribution): (&Term, &f64)| TermLine {
            title: term.name.clone(),
            shape: term.shape.clone(),
            contribution: significant(*contribution, 3),
        };
        terms.map(line).collect()
    }

    /// U at these values: exactly where every term is, else in f64, rounded up either way.
    ///
    /// `None` where a term has no value.
    pub(crate) fn expanded(&self, error: &Formula, symbols: &[Fraction]) -> Option<Stated> {
        if let Some(parts) = self.exact(error, symbols) {
            let sum = parts.iter().fold(Fraction::zero(), |sum, part| sum.plus(part));
            let square = sum.times(&Fraction::from(&self.k).squared());
            return Some(Stated {
                expanded: square.root_up(self.places),
                contributions: parts.iter().map(|p| p.to_f64().sqrt()).collect(),
            });
        }
        let values: Vec<f64> = symbols.iter().map(Fraction::to_f64).collect();
        let parts = self.float(error, &values)?;
        let u = self.k.to_f64() * parts.iter().sum::<f64>().sqrt();
        let expanded = Exact::from_f64(u)?;
        Some(Stated {
            expanded: Interval::decimals(self.places)
                .round_by(&expanded, Method::Up)
                .value()
                .clone(),
            contributions: parts.iter().map(|p| p.sqrt()).collect(),
        })
    }

    /// c²u² of every term.
    fn exact(&self, error: &Formula, symbols: &[Fraction]) -> Option<Vec<Fraction>> {
        let derived = self
            .terms
            .iter()
            .any(|t| matches!(t.sensitivity, Sensitivity::Derived(_)));
        let slopes = if derived {
            error.exact_gradient(symbols).ok()?.1
        } else {
            Vec::new()
        };
        let parts = self.terms.iter().map(|term| {
            let variance = match &term.amount {
                Amount::Variance(formula) => formula.exact(symbols).ok()?,
                Amount::Scale(formula, factor) => formula.exact(symbols).ok()?.squared().times(factor),
            };
            if variance.is_negative() {
                return None;
            }
            let c = match &term.sensitivity {
                Sensitivity::One => return Some(variance),
                Sensitivity::Formula(formula) => formula.exact(symbols).ok()?,
                Sensitivity::Derived(index) => slopes.get(*index)?.clone(),
            };
            Some(variance.times(&c.squared()))
        });
        parts.collect()
    }

    fn float(&self, error: &Formula, values: &[f64]) -> Option<Vec<f64>> {
        let slopes = error.gradient(values).ok()?.1;
        let parts = self.terms.iter().map(|term| {
            let variance = match &term.amount {
                Amount::Variance(formula) => formula.value(values).ok()?,
                Amount::Scale(formula, factor) => {
                    let size = formula.value(values).ok()?;
                    size * size * factor.to_f64()
                }
            };
            let c = match &term.sensitivity {
                Sensitivity::One => 1.0,
                Sensitivity::Formula(formula) => formula.value(values).ok()?,
                Sensitivity::Derived(index) => *slopes.get(*index)?,
            };
            let part = variance * c * c;
            (part.is_finite() && part >= 0.0).then_some(part)
        });
        parts.collect()
    }
}
