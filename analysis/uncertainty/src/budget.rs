//! Uncertainty budgets (JJF 1059.1-2012, GUM) and their Monte Carlo check (JJF 1059.2, GUM-S1).
//!
//! A [`Budget`] is a TOML file: the measurand with its model or its given sensitivities, the input
//! quantities with their components of type A and B, correlations, coverage and rounding. It is
//! checked when it is read; what does not fit is refused with its line. [`Budget::evaluate`]
//! combines it by the law of propagation with derivatives of the model itself.
//!
//! Where model, sensitivities and components have exact values, u_c² is an exact fraction and U is
//! rounded from it; otherwise f64 with the same bits on every machine. U leaves this module as a
//! rounded decimal with the rule that rounded it.

mod combine;
mod correlation;
mod digits;
mod distribution;
mod dof;
mod file;
pub mod load;
pub mod monte_carlo;
mod render;
mod report;
#[cfg(test)]
mod tests;
mod warnings;

use crate::document::Text;
use crate::expression::Formula;
use numbers::number::{Exact, Fraction};
use numbers::unit::Unit;

pub use crate::document::FileError;
pub use combine::{Combined, Line, output_covariance};
pub use digits::significant;
pub use distribution::{Component, Distribution, Evaluated};
pub use report::{Report, Rounding, RoundingRule, Row, round_expanded};

/// How U follows from u_c.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// A declared coverage factor.
    Factor(Exact),
    /// A coverage probability: k = t_p(ν_eff).
    Probability(Exact),
}

/// An input quantity.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its symbol in the model.
    pub symbol: String,
    /// What it is.
    pub name: Text,
    /// Unit of value and components.
    pub unit: Unit,
    /// The estimate.
    pub value: Fraction,
    /// Its components; none for a constant.
    pub components: Vec<Component>,
    /// Sensitivity when it is given and not derived.
    pub sensitivity: Option<Sensitivity>,
    /// Single readings, for a correlation that is computed from them.
    pub(crate) readings: Vec<Exact>,
}

impl Input {
    /// Standard uncertainty of the input, its components in quadrature.
    pub fn u(&self) -> f64 {
        match self.variance() {
            Some(variance) => variance.to_f64().sqrt(),
            None => self.components.iter().map(|c| c.u * c.u).sum::<f64>().sqrt(),
        }
    }

    /// u² where every component has an exact one.
    pub(crate) fn variance(&self) -> Option<Fraction> {
        let parts = self.components.iter();
        parts
            .map(|c| c.variance.clone())
            .try_fold(Fraction::zero(), |sum, v| Some(sum.plus(&v?)))
    }
}

/// A given sensitivity, in result unit per input unit.
#[derive(Clone, Debug)]
pub enum Sensitivity {
    /// A number.
    Number(Exact),
    /// A formula of the same symbols.
    Formula(Formula),
}

/// Correlation of two inputs by their indices.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// Index of the one.
    pub a: usize,
    /// Index of the other.
    pub b: usize,
    /// Correlation coefficient.
    pub r: f64,
}

/// A checked budget.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Title of the table.
    pub title: Text,
    /// Symbol of the measurand.
    pub symbol: String,
    /// What it is.
    pub name: Text,
    /// Its unit.
    pub unit: Unit,
    /// The model; `None` when value and all sensitivities are given.
    pub model: Option<Formula>,
    /// The given value of the measurand, without a model.
    pub value: Option<Exact>,
    /// Input quantities in the order of the file.
    pub inputs: Vec<Input>,
    /// Correlated pairs.
    pub correlations: Vec<Correlation>,
    /// k or p.
    pub coverage: Coverage,
    /// How U is rounded.
    pub rounding: RoundingRule,
    /// Whether terms of second order count (GUM 5.1.2 note, JJF 1059.1 §4.4.1).
    pub second_order: bool,
    /// Position of the model, for errors at its point.
    pub(crate) model_at: (usize, usize),
}

impl Budget {
    /// Reads and checks a budget file.
    ///
    /// ```
    /// use uncertainty::budget::Budget;
    /// let text = r#"
    /// format = 1
    /// [result]
    /// symbol = "R"
    /// unit = "Ω"
    /// model = "U/I"
    /// [[input]]
    /// symbol = "U"
    /// unit = "V"
    /// value = "6.000"
    /// component = [{ U = "0.006", k = "2" }]
    /// [[input]]
    /// symbol = "I"
    /// unit = "A"
    /// value = "2.000"
    /// component = [{ half_width = "0.001", distribution = "rectangular" }]
    /// [coverage]
    /// k = "2"
    /// "#;
    /// let report = Budget::parse(text).unwrap().evaluate().unwrap().report();
    /// assert_eq!(report.statement.en, "R = 3.0000 Ω, U = 0.0035 Ω, k = 2");
    /// let wrong = Budget::parse(&text.replace("U/I", "U/J")).unwrap_err();
    /// assert!(wrong.to_string().starts_with("line 6 column 12, model: symbol \"J\" is not defined"));
    /// ```
    ///
    /// # Errors
    /// Line, column, place and reason of the first thing that does not fit.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        load::load(text)
    }

    /// Combines the budget at its estimates.
    ///
    /// # Errors
    /// The model has no value or no derivative there, with its place in the file.
    pub fn evaluate(&self) -> Result<Combined, FileError> {
        combine::combine(self)
    }
}
