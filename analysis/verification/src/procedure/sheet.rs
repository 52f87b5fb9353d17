//! What a procedure does, for the eyes of an approver: every rule of the file as it was understood.

use serde::Serialize;

use super::symbols::Origin;
use super::{Amount, Bin, Decision, Limits, Owner, Procedure, Reader, Sampling, Sensitivity, Term};
use crate::verdict::{Basis, ComparisonMethod, NotTested};
use numbers::decision::Rule;
use uncertainty::document::Text;

/// A procedure laid open; numbers and formulas as the file writes them.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    pub id: String,
    pub version: u32,
    pub basis: Basis,
    pub measurand: Text,
    /// `indications`, `registers` or `energy-registers`.
    pub reader: &'static str,
    pub formula: String,
    pub unit: String,
    pub symbols: Vec<SymbolLine>,
    pub points: Vec<PointLine>,
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
    pub terms: Vec<TermLine>,
    pub not_tested: Vec<NotTested>,
    pub sha256: String,
}

/// One symbol of the formulas.
#[derive(Clone, Debug, Serialize)]
pub struct SymbolLine {
    pub name: String,
    pub unit: String,
    pub title: Text,
    /// `series`, `register`, `resolution`, `value`, `derived` or `reader`.
    pub origin: &'static str,
    pub of: Option<Owner>,
    /// Point of the series.
    pub point: Option<String>,
    /// Formula of a derived symbol.
    pub formula: Option<String>,
}

/// A bin or test point.
#[derive(Clone, Debug, Serialize)]
pub struct PointLine {
    pub name: String,
    pub title: Text,
    /// `20 % ≤ (p0 - p_L)/(p_H - p_L) < 40 %`
    pub conditions: Vec<String>,
    pub limits: Vec<LimitLine>,
}

/// A limit of a class, or of all.
#[derive(Clone, Debug, Serialize)]
pub struct LimitLine {
    pub class: Option<String>,
    pub text: String,
    /// Interval that the error is rounded to.
    pub interval: Option<String>,
}

/// A line of the uncertainty budget.
#[derive(Clone, Debug, Serialize)]
pub struct TermLine {
    pub name: Text,
    pub amount: String,
    /// `rectangular`, `k=2`, …
    pub shape: String,
    /// Formula of the sensitivity, or the symbol by which the error is differentiated.
    pub sensitivity: String,
}

impl Procedure {
    /// Lays the procedure open.
    ///
    /// ```
    /// use verification::procedure::{Procedure, SHIPPED};
    /// let gauge = SHIPPED.iter().find(|(id, _)| *id == "digital-pressure-gauge-online").unwrap();
    /// let sheet = Procedure::parse(gauge.1).unwrap().sheet();
    /// assert_eq!(sheet.points.len(), 5);
    /// assert!(sheet.terms.iter().any(|term| term.sensitivity.contains("p0")));
    /// ```
    pub fn sheet(&self) -> Sheet {
        let (reader, sampling) = match &self.reader {
            Reader::Indications(sampling) => ("indications", Some(sampling)),
            Reader::Registers(sampling) => ("registers", Some(sampling)),
            Reader::EnergyRegisters(_) => ("energy-registers", None),
        };
        Sheet {
            id: self.id.clone(),
            version: self.version,
            basis: self.basis.clone(),
            measurand: self.measurand.clone(),
            reader,
            formula: self.error.formula.text().trim().to_owned(),
            unit: self.error.unit.to_string(),
            symbols: self.symbol_lines(),
            points: self.point_lines(),
            method: self.method,
            declared_by: self.declared_by.clone(),
            decision: decision(&self.decision),
            least_readings: self.repeats.least,
            more_readings: self.repeats.more,
            near: [
                self.repeats.near_from.to_string(),
                self.repeats.near_to.to_string(),
            ],
            window_seconds: self.window.seconds,
            least_coverage: self.coverage.least.to_string(),
            largest_gap_seconds: self.coverage.largest_gap_seconds,
            largest_skew_seconds: self.largest_skew(sampling),
            needs_certificate: sampling.is_none_or(|s| s.needs_certificate),
            k: self.uncertainty.k.to_string(),
            terms: self.uncertainty.terms.iter().map(|t| self.term_line(t)).collect(),
            not_tested: self.not_tested.clone(),
            sha256: self.sha256(),
        }
    }

    fn largest_skew(&self, sampling: Option<&Sampling>) -> String {
        match (&self.reader, sampling) {
            (Reader::EnergyRegisters(energy), _) => energy.load.largest_skew_seconds.to_string(),
            (_, Some(sampling)) => sampling.largest_skew_seconds.to_string(),
            _ => String::new(),
        }
    }

    fn symbol_lines(&self) -> Vec<SymbolLine> {
        let all = self.symbols.all();
        let formula = |index: usize| {
            let found = self.derived.iter().find(|(symbol, _)| *symbol == index);
            found.map(|(_, formula)| formula.text().trim().to_owned())
        };
        let line = |(index, symbol): (usize, &super::Symbol)| {
            let (origin, of, point) = match &symbol.origin {
                Origin::Series { of, point, register } => {
                    let kind = if *register { "register" } else { "series" };
                    (kind, Some(*of), Some(point.clone()))
                }
                Origin::Resolution(of) => ("resolution", None, all.get(*of).map(|s| s.name.clone())),
                Origin::Value(of) => ("value", Some(*of), None),
                Origin::Derived => ("derived", None, None),
                Origin::Reader => ("reader", None, None),
            };
            SymbolLine {
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

    fn point_lines(&self) -> Vec<PointLine> {
        if let Reader::EnergyRegisters(energy) = &self.reader {
            return energy_points(energy);
        }
        let line = |bin: &Bin| PointLine {
            name: bin.name.clone(),
            title: bin.title.clone(),
            conditions: bin.conditions.iter().map(condition).collect(),
            limits: limits(&bin.limits),
        };
        self.bins.iter().map(line).collect()
    }

    fn term_line(&self, term: &Term) -> TermLine {
        let (Amount::Scale(amount, _) | Amount::Variance(amount)) = &term.amount;
        TermLine {
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

fn condition(of: &super::Condition) -> String {
    let unit = of.unit.to_string();
    // A plain number was read with its unit in brackets.
    let end = |formula: &uncertainty::expression::Formula| {
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

fn limits(of: &Limits) -> Vec<LimitLine> {
    let line = |class: Option<&String>, limit: &super::limit::Limit| LimitLine {
        class: class.cloned(),
        text: limit.text.clone(),
        interval: limit.interval.as_ref().map(ToString::to_string),
    };
    let any = of.any.iter().map(|limit| line(None, limit));
    let classes = of.by_class.iter().map(|(class, limit)| line(Some(class), limit));
    any.chain(classes).collect()
}

/// Rows of the MPE table, one for each point of the power factor.
fn energy_points(energy: &super::EnergyRegisters) -> Vec<PointLine> {
    let row = |row: &crate::mpe::MpeRow| {
        let (name, to) = (
            row.points.join("、"),
            row.current_to.as_ref().map(ToString::to_string),
        );
        let current = match to {
            Some(to) => format!("{} ≤ I/I_ref < {to}", row.current_from),
            None => format!("{} ≤ I/I_ref", row.current_from),
        };
        let limit = |(class, value): (&String, &numbers::number::Exact)| LimitLine {
            class: Some(class.clone()),
            text: format!("±{value} %"),
            interval: energy.table.interval(class).map(ToString::to_string),
        };
        PointLine {
            title: Text::new(format!("cosφ {name}"), format!("cosφ {name}")),
            name,
            conditions: vec![connection(row.connection).to_owned(), current],
            limits: row.limits.iter().map(limit).collect(),
        }
    };
    energy.table.rows.iter().map(row).collect()
}

fn connection(of: devices::Connection) -> &'static str {
    match of {
        devices::Connection::Direct => "direct 直接接入",
        devices::Connection::Transformer => "via transformers 经互感器",
    }
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
