//! The rounded result and the table as texts.

use serde::Serialize;

use super::digits::{shown, significant, significant_exact};
use super::{Combined, Coverage, Evaluated};
use crate::document::Text;
use numbers::number::{Exact, Fraction};
use numbers::rounding::{Interval, Method, Rounded, round_significant, round_significant_by};

/// Declared option for rounding U.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// GB/T 8170-2008: nearest, ties to the even digit.
    HalfEven,
    /// Never below: JJF 1059.1-2012 §5.3.8.
    Up,
    /// Nearest, unless that takes away more than 3 % of U; then up (GUM 7.2.6: 10.47 → 11, 28.05 → 28).
    Gum3Percent,
}

impl Rounding {
    /// Every option with the name it has in files.
    pub const ALL: [(&'static str, Self); 3] = [
        ("half-even", Self::HalfEven),
        ("up", Self::Up),
        ("gum-3-percent", Self::Gum3Percent),
    ];

    /// By its name in files.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, r)| *r)
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, r)| *r == self).map_or("", |(n, _)| n)
    }
}

/// How U is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundingRule {
    /// The option.
    pub method: Rounding,
    /// Significant digits: 2, or 1 unless the first digit is 1 or 2.
    pub digits: u32,
}

/// Rounds an expanded uncertainty; the second value is the power of ten of its last digit.
///
/// ```
/// use uncertainty::budget::{Rounding, RoundingRule, round_expanded};
/// let round = |u: &str, method, digits| {
///     let (u, _) = round_expanded(&u.parse().unwrap(), RoundingRule { method, digits }).unwrap();
///     u.to_string()
/// };
/// assert_eq!(round("10.47", Rounding::Gum3Percent, 2), "11");
/// assert_eq!(round("28.05", Rounding::Gum3Percent, 2), "28");
/// assert_eq!(round("10.47", Rounding::HalfEven, 2), "10");
/// assert_eq!(round("0.123", Rounding::HalfEven, 1), "0.12"); // a first 1 or 2 keeps two digits
/// assert_eq!(round("0.0351", Rounding::Up, 1), "0.04");
/// ```
///
/// `None` for zero and below.
pub fn round_expanded(u: &Exact, rule: RoundingRule) -> Option<(Rounded, i32)> {
    if !u.is_positive() {
        return None;
    }
    let first = u.digits().chars().next();
    let digits = match rule.digits {
        1 if matches!(first, Some('1' | '2')) => 2,
        digits => digits.max(1),
    };
    let nearest = round_significant(u, digits)?;
    let up = || round_significant_by(u, digits, Method::Up);
    match rule.method {
        Rounding::HalfEven => Some(nearest),
        Rounding::Up => up(),
        Rounding::Gum3Percent => {
            let lost = u - nearest.0.value();
            if &lost * &Exact::from(100) > u * &Exact::from(3) {
                up()
            } else {
                Some(nearest)
            }
        }
    }
}

/// One line of the table, as texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Symbol of the input.
    pub symbol: String,
    /// The input.
    pub name: Text,
    /// The component.
    pub component: Text,
    /// Estimate of the input.
    pub value: String,
    /// Unit of estimate and u.
    pub unit: String,
    /// `A` or `B`; empty for a constant.
    pub evaluated: String,
    /// Shape of the distribution.
    pub distribution: Text,
    /// The amount as stated.
    pub stated: String,
    /// What it was divided by.
    pub divisor: String,
    /// Standard uncertainty.
    pub u: String,
    /// Degrees of freedom, `∞` when there are infinitely many.
    pub dof: String,
    /// c.
    pub sensitivity: String,
    /// Unit of c.
    pub sensitivity_unit: String,
    /// |c|·u in the unit of the result.
    pub contribution: String,
    /// Share of u_c² in %.
    pub share_percent: String,
}

/// The table of a budget with its rounded result; every number is a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Title of the table.
    pub title: Text,
    /// Symbol of the measurand.
    pub symbol: String,
    /// The measurand.
    pub name: Text,
    /// Its unit.
    pub unit: String,
    /// The model as written; empty when sensitivities are given.
    pub model: String,
    /// Input by input, component by component.
    pub rows: Vec<Row>,
    /// Pairs with their coefficients.
    pub correlations: Vec<(String, String, String)>,
    /// Share of u_c² that correlations add, in %; empty without any.
    pub correlated_percent: String,
    /// Share of u_c² of second order, in %; empty unless asked for.
    pub second_order_percent: String,
    /// y before rounding.
    pub value_unrounded: String,
    /// u_c.
    pub u_c: String,
    /// Whether U was rounded from an exact value and not from f64.
    pub exact: bool,
    /// ν_eff before truncation.
    pub dof_unrounded: String,
    /// ν_eff, `∞` for infinitely many.
    pub dof: String,
    /// Coverage factor.
    pub k: String,
    /// Coverage probability; empty when k was declared.
    pub p: String,
    /// k·u_c before rounding.
    pub expanded_unrounded: String,
    /// U, rounded once.
    pub expanded: String,
    /// The declared rounding of U.
    pub rounding: String,
    /// y rounded to the last digit of U (GB/T 8170-2008).
    pub value: String,
    /// The result as it stands in a report.
    pub statement: Text,
    /// What a reader should know.
    pub warnings: Vec<Text>,
    /// The Monte Carlo check, when one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monte_carlo: Option<super::monte_carlo::MonteCarloReport>,
}

impl Report {
    pub(super) fn of(combined: &Combined) -> Self {
        let budget = &combined.budget;
        let unit = budget.unit.to_string();
        let rounded = round_expanded(&combined.expanded, budget.rounding);
        let exact_value = || match &combined.exact_value {
            Some(value) => value.clone(),
            None => Fraction::from(&Exact::from_f64(combined.value).unwrap_or_else(Exact::zero)),
        };
        let (expanded, value) = match &rounded {
            Some((u, last)) => {
                let y = exact_value().round_by(&Interval::power_of_ten(*last), Method::HalfEven);
                (u.to_string(), y.to_string())
            }
            None => ("0".to_owned(), shown(&exact_value(), 12)),
        };
        let p = match &budget.coverage {
            Coverage::Factor(_) => String::new(),
            Coverage::Probability(p) => p.to_string(),
        };
        let k = match &budget.coverage {
            Coverage::Factor(k) => k.to_string(),
            Coverage::Probability(_) => significant(combined.k, 3),
        };
        let total = combined.u_c * combined.u_c;
        let percent = |part: f64, asked: bool| {
            if asked && total > 0.0 {
                significant(100.0 * part / total, 3)
            } else {
                String::new()
            }
        };
        let infinite = || "∞".to_owned();
        let mut report = Self {
            title: budget.title.clone(),
            symbol: budget.symbol.clone(),
            name: budget.name.clone(),
            model: budget
                .model
                .as_ref()
                .map_or_else(String::new, |m| m.text().to_owned()),
            rows: rows(combined),
            correlations: budget
                .correlations
                .iter()
                .map(|c| {
                    let symbol = |i: usize| budget.inputs[i].symbol.clone();
                    (symbol(c.a), symbol(c.b), significant(c.r, 4))
                })
                .collect(),
            correlated_percent: percent(combined.correlated, !budget.correlations.is_empty()),
            second_order_percent: percent(combined.second_order, budget.second_order),
            value_unrounded: shown(&exact_value(), 15),
            u_c: significant(combined.u_c, 4),
            exact: combined.variance.is_some() && p.is_empty(),
            dof_unrounded: combined
                .dof_unrounded
                .map_or_else(infinite, |d| significant(d, 4)),
            dof: combined.dof.map_or_else(infinite, |d| d.to_string()),
            k,
            p,
            expanded_unrounded: significant_exact(&combined.expanded, 6),
            expanded,
            rounding: budget.rounding.method.name().to_owned(),
            value,
            statement: Text::default(),
            warnings: combined.warnings.clone(),
            monte_carlo: None,
            unit,
        };
        report.statement = report.state();
        report
    }

    /// The report with the check by Monte Carlo below the table.
    #[must_use]
    pub fn with_monte_carlo(mut self, found: &super::monte_carlo::MonteCarlo) -> Self {
        self.monte_carlo = Some(found.report());
        self
    }

    fn state(&self) -> Text {
        let unit = if self.unit == "1" {
            String::new()
        } else {
            format!(" {}", self.unit)
        };
        let mut text = format!(
            "{} = {}{unit}, U = {}{unit}, k = {}",
            self.symbol, self.value, self.expanded, self.k
        );
        if !self.p.is_empty() {
            text.push_str(&format!(", p = {}, ν_eff = {}", self.p, self.dof));
        }
        Text::new(text.replace(", ", "，"), text)
    }
}

fn rows(combined: &Combined) -> Vec<Row> {
    let budget = &combined.budget;
    let mut rows = Vec::new();
    for (index, input) in budget.inputs.iter().enumerate() {
        let c = combined.sensitivities.get(index).copied().unwrap_or(0.0);
        let blank = Row {
            symbol: input.symbol.clone(),
            name: input.name.clone(),
            component: Text::default(),
            value: shown(&input.value, 12),
            unit: input.unit.to_string(),
            evaluated: String::new(),
            distribution: Text::default(),
            stated: String::new(),
            divisor: String::new(),
            u: "0".to_owned(),
            dof: String::new(),
            sensitivity: significant(c, 4),
            sensitivity_unit: budget.unit.over(&input.unit).to_string(),
            contribution: "0".to_owned(),
            share_percent: "0".to_owned(),
        };
        let lines: Vec<_> = combined.lines.iter().filter(|l| l.input == index).collect();
        if lines.is_empty() {
            rows.push(blank);
            continue;
        }
        for line in lines {
            let part = &line.component;
            let (zh, en) = part.distribution.names();
            rows.push(Row {
                component: part.name.clone(),
                evaluated: match part.evaluated {
                    Evaluated::A => "A",
                    Evaluated::B => "B",
                }
                .to_owned(),
                distribution: Text::new(zh, en),
                stated: part.stated.clone(),
                divisor: part.divisor.clone(),
                u: significant(part.u, 4),
                dof: part.dof.map_or_else(|| "∞".to_owned(), |d| significant(d, 4)),
                contribution: significant(line.contribution, 4),
                share_percent: significant(100.0 * line.share, 3),
                ..blank.clone()
            });
        }
    }
    rows
}
