//! What a procedure does, for the eyes of an approver: every rule of the file as it was understood.

use ::uncertainty::document::Text;
use devices::Connection;
use numbers::decision::Rule;
use numbers::number::Exact;
use serde::Serialize;

use super::limit::{Limit, Limits};
use super::rules::{Bin, Character, ComparisonRules, Condition, Decision, LoadRange};
use super::symbols::{Origin, Symbol};
use super::uncertainty::{Amount, Sensitivity, Term};
use crate::conclusion::{Basis, ComparisonMethod, NotTested};
use crate::evidence::Role;
use crate::head::Head;
use crate::requirement::ValueSource;

/// A comparison laid open; numbers and formulas as the file writes them.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonSheet {
    pub id: String,
    pub version: u32,
    pub basis: Basis,
    pub measurand: Text,
    /// `indications`, `registers` or `energy-registers`.
    pub reader: &'static str,
    pub formula: String,
    pub unit: String,
    pub symbols: Vec<SymbolSheet>,
    pub points: Vec<PointSheet>,
    pub method: ComparisonMethod,
    pub declared_by: Text,
    /// Name of the decision rule, `none` for error and uncertainty without a verdict.
    pub decision: String,
    pub least_readings: usize,
    pub more_readings: usize,
    /// Share of the limit at which more readings are asked for.
    pub near: [String; 2],
    pub window_seconds: u32,
    pub least_coverage: String,
    pub largest_gap_seconds: u64,
    pub largest_skew_seconds: String,
    pub needs_certificate: bool,
    pub k: String,
    pub terms: Vec<TermSheet>,
    pub not_tested: Vec<NotTested>,
    pub sha256: String,
}

/// One symbol of the formulas.
#[derive(Clone, Debug, Serialize)]
pub struct SymbolSheet {
    pub name: String,
    pub unit: String,
    pub title: Text,
    /// `series`, `register`, `resolution`, `value` (to be entered), `nameplate`, `certificate`, `derived` or `reader`.
    pub origin: &'static str,
    pub of: Option<Role>,
    /// Point of the series.
    pub point: Option<String>,
    /// Formula of a derived symbol.
    pub formula: Option<String>,
}

/// A bin or test point.
#[derive(Clone, Debug, Serialize)]
pub struct PointSheet {
    pub name: String,
    pub title: Text,
    /// `20 % ≤ (p0 - p_L)/(p_H - p_L) < 40 %`
    pub conditions: Vec<String>,
    pub limits: Vec<LimitSheet>,
}

/// A limit of a class, or of all.
#[derive(Clone, Debug, Serialize)]
pub struct LimitSheet {
    pub class: Option<String>,
    pub text: String,
    /// Interval that the error is rounded to.
    pub interval: Option<String>,
}

/// A line of the uncertainty budget.
#[derive(Clone, Debug, Serialize)]
pub struct TermSheet {
    pub name: Text,
    pub amount: String,
    /// `rectangular`, `k=2`, …
    pub shape: String,
    /// Formula of the sensitivity, or the symbol by which the error is differentiated.
    pub sensitivity: String,
}

impl ComparisonRules {
    /// Lays the rules open.
    pub(crate) fn sheet(&self, head: &Head) -> ComparisonSheet {
        let repeats = &self.repeats;
        ComparisonSheet {
            id: head.basis.procedure.clone(),
            version: head.basis.procedure_version,
            basis: head.basis.clone(),
            measurand: self.measurand.clone(),
            reader: self.reader.name(),
            formula: self.error.formula.text().trim().to_owned(),
            unit: self.error.unit.to_string(),
            symbols: self.symbol_lines(),
            points: self.bins.iter().map(point).collect(),
            method: self.method,
            declared_by: self.declared_by.clone(),
            decision: decision(&self.decision),
            least_readings: repeats.least,
            more_readings: repeats.more,
            near: [repeats.near_from.to_string(), repeats.near_to.to_string()],
            window_seconds: self.window.seconds,
            least_coverage: self.coverage.least.to_string(),
            largest_gap_seconds: self.coverage.largest_gap_seconds,
            largest_skew_seconds: self.sampling.largest_skew_seconds.to_string(),
            needs_certificate: self.sampling.needs_certificate,
            k: self.uncertainty.k.to_string(),
            terms: self.uncertainty.terms.iter().map(|t| self.term_line(t)).collect(),
            not_tested: self.not_tested.clone(),
            sha256: head.sha256(),
        }
    }

    fn symbol_lines(&self) -> Vec<SymbolSheet> {
        let all = self.symbols.all();
        let formula = |index: usize| {
            let found = self.derived.iter().find(|(symbol, _)| *symbol == index);
            found.map(|(_, formula)| formula.text().trim().to_owned())
        };
        let line = |(index, symbol): (usize, &Symbol)| {
            let (origin, of, point) = match &symbol.origin {
                Origin::Series { of, point, register } => {
                    let kind = if *register { "register" } else { "series" };
                    (kind, Some(*of), Some(point.clone()))
                }
                Origin::Resolution(of) => ("resolution", None, all.get(*of).map(|s| s.name.clone())),
                Origin::Value(of, ValueSource::Entered) => ("value", Some(*of), None),
                Origin::Value(of, ValueSource::CertificateUncertainty) => ("certificate", Some(*of), None),
                Origin::Value(of, _) => ("nameplate", Some(*of), None),
                Origin::Derived => ("derived", None, None),
                Origin::Reader => ("reader", None, None),
            };
            SymbolSheet {
                name: symbol.name.clone(),
                unit: symbol.unit.to_string(),
                title: symbol.title.clone(),
                origin,
                of,
                point,
                formula: formula(index),
            }
        };
        all.iter().enumerate().map(line).collect()
    }

    fn term_line(&self, term: &Term) -> TermSheet {
        let (Amount::Scale(amount, _) | Amount::Variance(amount)) = &term.amount;
        TermSheet {
            name: term.name.clone(),
            amount: amount.text().trim().to_owned(),
            shape: term.shape.clone(),
            sensitivity: match &term.sensitivity {
                Sensitivity::One => "1".to_owned(),
                Sensitivity::Formula(formula) => formula.text().trim().to_owned(),
                Sensitivity::Derived(index) => {
                    let symbol = self.symbols.all().get(*index);
                    format!("∂e/∂{}", symbol.map_or("?", |s| s.name.as_str()))
                }
            },
        }
    }
}

fn point(bin: &Bin) -> PointSheet {
    let load = bin.load.iter().flat_map(load);
    PointSheet {
        name: bin.name.clone(),
        title: bin.title.clone(),
        conditions: bin.conditions.iter().map(condition).chain(load).collect(),
        limits: limits(&bin.limits),
    }
}

/// Connection, current and power factor.
fn load(of: &LoadRange) -> [String; 3] {
    let (connection, base) = match of.connection {
        Connection::Direct => ("direct 直接接入", "I_b"),
        Connection::Transformer => ("via transformers 经互感器", "I_n"),
    };
    let current = match &of.current_to {
        Some(to) => format!("{} ≤ I/{base} < {to}", of.current_from),
        None => format!("{} ≤ I/{base}, I ≤ I_max", of.current_from),
    };
    let factor = match of.character {
        Character::Any => "|cosφ|",
        Character::Inductive => "|cosφ| L",
        Character::Capacitive => "|cosφ| C",
    };
    let below = if of.factor_to == Exact::from(1) {
        "≤"
    } else {
        "<"
    };
    let factor = format!("{} ≤ {factor} {below} {}", of.factor_from, of.factor_to);
    [connection.to_owned(), current, factor]
}

fn condition(of: &Condition) -> String {
    let unit = of.unit.to_string();
    // A plain number was read with its unit in brackets.
    let end = |formula: &::uncertainty::expression::Formula| {
        formula.text().trim().replace(&format!("[{unit}]"), &unit)
    };
    let mut text = String::new();
    if let Some(from) = &of.from {
        text.push_str(&format!("{} ≤ ", end(from)));
    }
    text.push_str(of.of.text().trim());
    if let Some(to) = &of.to {
        let sign = if of.to_included { "≤" } else { "<" };
        text.push_str(&format!(" {sign} {}", end(to)));
    }
    text
}

fn limits(of: &Limits) -> Vec<LimitSheet> {
    let line = |class: Option<&String>, limit: &Limit| LimitSheet {
        class: class.cloned(),
        text: limit.text.clone(),
        interval: limit.interval.as_ref().map(ToString::to_string),
    };
    let any = of.any.iter().map(|limit| line(None, limit));
    let classes = of.by_class.iter().map(|(class, limit)| line(Some(class), limit));
    any.chain(classes).collect()
}

fn decision(of: &Decision) -> String {
    match of {
        Decision::UncertaintyRatio(ratio) => format!("uncertainty-ratio 1/{ratio}"),
        Decision::Guarded(rule) => match rule {
            Rule::Jjf1094 => "jjf-1094".to_owned(),
            Rule::Iso14253 => "iso-14253-1".to_owned(),
            Rule::Iso14253Full => "iso-14253-1-2013".to_owned(),
            Rule::IlacSimple => "ilac-g8-simple".to_owned(),
            Rule::IlacGuarded(factor) => format!("ilac-g8-guarded, w = {factor}·U"),
            Rule::IlacNonBinary(factor) => format!("ilac-g8-non-binary, w = {factor}·U"),
        },
        Decision::None => "none".to_owned(),
    }
}
