//! Combination by the law of propagation (JJF 1059.1-2012 §4.4, GUM 5).

use super::correlation::matrix;
use super::dof::{effective_dof, truncate};
use super::report::Report;
use super::warnings::warnings;
use super::{Budget, Component, Coverage, FileError, Sensitivity};
use crate::document::Text;
use crate::expression::{EvaluationError, Formula};
use crate::statistics::distribution::{normal_coverage, t_coverage};
use numbers::number::{Exact, Fraction};

/// One line of the table: a component of an input.
#[derive(Clone, Debug)]
pub struct Line {
    /// Index of the input.
    pub input: usize,
    /// The component.
    pub component: Component,
    /// c = ∂y/∂x, in result unit per input unit.
    pub sensitivity: f64,
    /// |c|·u in the unit of the result.
    pub contribution: f64,
    /// Its square over u_c², correlations aside.
    pub share: f64,
}

/// A combined budget.
#[derive(Clone, Debug)]
pub struct Combined {
    /// The budget it came from.
    pub budget: Budget,
    /// Estimate of the measurand.
    pub value: f64,
    /// The same, where it has an exact value.
    pub exact_value: Option<Fraction>,
    /// Sensitivity of every input.
    pub sensitivities: Vec<f64>,
    /// Every component.
    pub lines: Vec<Line>,
    /// What correlations add to u_c² (below zero where they cancel).
    pub correlated: f64,
    /// What terms of second order add to u_c².
    pub second_order: f64,
    /// Combined standard uncertainty.
    pub u_c: f64,
    /// u_c² where it has an exact value.
    pub variance: Option<Fraction>,
    /// ν_eff before truncation; `None` for infinitely many.
    pub dof_unrounded: Option<f64>,
    /// ν_eff truncated (GUM G.4.1).
    pub dof: Option<u64>,
    /// Coverage factor.
    pub k: f64,
    /// k·u_c before its one rounding; digits beyond 40 are cut and marked.
    pub expanded: Exact,
    /// What a reader of the table should know.
    pub warnings: Vec<Text>,
}

impl Combined {
    /// The table and the rounded result.
    pub fn report(&self) -> Report {
        Report::of(self)
    }
}

pub(super) fn combine(budget: &Budget) -> Result<Combined, FileError> {
    let values: Vec<f64> = budget.inputs.iter().map(|i| i.value.to_f64()).collect();
    let exact_values: Vec<Fraction> = budget.inputs.iter().map(|i| i.value.clone()).collect();
    let (value, exact_value) = estimate(budget, &values, &exact_values)?;
    let exact_slopes = exact_sensitivities(budget, &exact_values);
    let slopes = match &exact_slopes {
        Some(slopes) => slopes.iter().map(Fraction::to_f64).collect(),
        None => sensitivities(budget, &values)?,
    };
    let u: Vec<f64> = budget.inputs.iter().map(super::Input::u).collect();
    let independent: f64 = slopes.iter().zip(&u).map(|(c, u)| (c * u) * (c * u)).sum();
    let correlated: f64 = budget
        .correlations
        .iter()
        .map(|r| 2.0 * slopes[r.a] * slopes[r.b] * u[r.a] * u[r.b] * r.r)
        .sum();
    let second_order = second_order(budget, &values, &u)?;
    let exact = budget.correlations.is_empty() && !budget.second_order;
    let variance = exact_slopes
        .filter(|_| exact)
        .and_then(|c| exact_variance(budget, &c));
    let total = match &variance {
        Some(variance) => variance.to_f64(),
        None => (independent + correlated + second_order).max(0.0),
    };
    let u_c = total.sqrt();
    let first_order = (independent + correlated).max(0.0).sqrt();
    let lines = lines(budget, &slopes, total);
    let dof_unrounded = effective_dof(budget, &lines, &slopes, &u, first_order);
    let dof = dof_unrounded.map(truncate);
    let k = match &budget.coverage {
        Coverage::Factor(k) => k.to_f64(),
        #[expect(clippy::cast_precision_loss, reason = "degrees of freedom below 10^6")]
        Coverage::Probability(p) => dof.map_or_else(
            || normal_coverage(p.to_f64()),
            |dof| t_coverage(p.to_f64(), dof as f64),
        ),
    };
    let expanded = match (&variance, &budget.coverage) {
        (Some(variance), Coverage::Factor(k)) => variance.times(&Fraction::from(k).squared()).root(40),
        _ => Exact::from_f64(k * u_c).unwrap_or_else(Exact::zero),
    };
    let mut combined = Combined {
        budget: budget.clone(),
        value,
        exact_value,
        sensitivities: slopes,
        lines,
        correlated,
        second_order,
        u_c,
        variance,
        dof_unrounded,
        dof,
        k,
        expanded,
        warnings: Vec::new(),
    };
    combined.warnings = warnings(&combined);
    Ok(combined)
}

/// u(y_a, y_b) of two results of the same inputs and correlations (GUM H.2.3).
///
/// `None` when the two budgets have different inputs.
pub fn output_covariance(a: &Combined, b: &Combined) -> Option<f64> {
    let symbols = |c: &Combined| {
        c.budget
            .inputs
            .iter()
            .map(|i| i.symbol.clone())
            .collect::<Vec<_>>()
    };
    if symbols(a) != symbols(b) {
        return None;
    }
    let r = matrix(a.budget.inputs.len(), &a.budget.correlations);
    let u: Vec<f64> = a.budget.inputs.iter().map(super::Input::u).collect();
    let mut sum = 0.0;
    for (i, row) in r.iter().enumerate() {
        for (j, r) in row.iter().enumerate() {
            sum += a.sensitivities[i] * b.sensitivities[j] * u[i] * u[j] * r;
        }
    }
    Some(sum)
}

fn at_point(budget: &Budget, error: &EvaluationError) -> FileError {
    let (line, column) = budget.model_at;
    let first = error.line == 1;
    FileError {
        line: line + error.line - 1,
        column: if first {
            column + error.column - 1
        } else {
            error.column
        },
        place: "model".to_owned(),
        reason: format!("{} at these estimates", error.trouble),
    }
}

fn estimate(
    budget: &Budget,
    values: &[f64],
    exact: &[Fraction],
) -> Result<(f64, Option<Fraction>), FileError> {
    if let Some(model) = &budget.model {
        return match model.exact(exact) {
            Ok(value) => Ok((value.to_f64(), Some(value))),
            Err(_) => Ok((model.value(values).map_err(|e| at_point(budget, &e))?, None)),
        };
    }
    let value = budget.value.clone().unwrap_or_else(Exact::zero);
    Ok((value.to_f64(), Some(Fraction::from(&value))))
}

fn given(sensitivity: &Sensitivity, values: &[f64]) -> Result<f64, EvaluationError> {
    match sensitivity {
        Sensitivity::Number(number) => Ok(number.to_f64()),
        Sensitivity::Formula(formula) => formula.value(values),
    }
}

fn sensitivities(budget: &Budget, values: &[f64]) -> Result<Vec<f64>, FileError> {
    let derived = match &budget.model {
        Some(model) if budget.inputs.iter().any(|i| i.sensitivity.is_none()) => {
            Some(model.gradient(values).map_err(|e| at_point(budget, &e))?.1)
        }
        _ => None,
    };
    let slopes =
        budget
            .inputs
            .iter()
            .enumerate()
            .map(|(index, input)| match (&input.sensitivity, &derived) {
                (Some(s), _) => given(s, values).map_err(|e| FileError {
                    place: format!("sensitivity of {}", input.symbol),
                    ..at_point(budget, &e)
                }),
                (None, Some(derived)) => Ok(derived[index]),
                (None, None) => Ok(0.0),
            });
    slopes.collect()
}

/// All sensitivities as fractions, or none.
fn exact_sensitivities(budget: &Budget, values: &[Fraction]) -> Option<Vec<Fraction>> {
    let exact = |formula: &Formula| formula.exact(values).ok();
    let derived = match &budget.model {
        Some(model) if budget.inputs.iter().any(|i| i.sensitivity.is_none()) => {
            model.exact_gradient(values).ok()?.1
        }
        _ => Vec::new(),
    };
    let slopes = budget
        .inputs
        .iter()
        .enumerate()
        .map(|(index, input)| match &input.sensitivity {
            Some(Sensitivity::Number(number)) => Some(Fraction::from(number)),
            Some(Sensitivity::Formula(formula)) => exact(formula),
            None => derived.get(index).cloned(),
        });
    slopes.collect()
}

fn exact_variance(budget: &Budget, slopes: &[Fraction]) -> Option<Fraction> {
    let parts = budget.inputs.iter().zip(slopes);
    parts
        .map(|(input, c)| Some(c.squared().times(&input.variance()?)))
        .try_fold(Fraction::zero(), |sum, part| Some(sum.plus(&part?)))
}

/// Σ(½·f_ij² + f_i·f_ijj)·u_i²·u_j² over all i, j (GUM 5.1.2 note).
fn second_order(budget: &Budget, values: &[f64], u: &[f64]) -> Result<f64, FileError> {
    let Some(model) = budget.model.as_ref().filter(|_| budget.second_order) else {
        return Ok(0.0);
    };
    let mut sum = 0.0;
    for (i, u_i) in u.iter().enumerate() {
        for (j, u_j) in u.iter().enumerate() {
            let (first, second, third) = model.third(values, i, j).map_err(|e| at_point(budget, &e))?;
            sum += (0.5 * second * second + first * third) * (u_i * u_i) * (u_j * u_j);
        }
    }
    Ok(sum)
}

fn lines(budget: &Budget, slopes: &[f64], total: f64) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, (input, c)) in budget.inputs.iter().zip(slopes).enumerate() {
        for component in &input.components {
            let contribution = (c * component.u).abs();
            lines.push(Line {
                input: index,
                component: component.clone(),
                sensitivity: *c,
                contribution,
                share: if total > 0.0 {
                    contribution * contribution / total
                } else {
                    0.0
                },
            });
        }
    }
    lines
}
