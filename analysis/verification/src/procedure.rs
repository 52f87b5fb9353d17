//! Procedures as data: one TOML file with its text, what it says of itself, and the rules of a comparison or of a period
//! check.

mod approval;
mod shipped;

use serde::{Deserialize, Serialize};
use uncertainty::document::{FileError, Text};

use crate::comparison::{self, ComparisonRules, ComparisonSheet};
use crate::conclusion::Basis;
use crate::head::Head;
use crate::period_check::{self, PeriodCheckRules, PeriodCheckSheet};

pub use crate::head::FORMAT;
pub use approval::Approval;
pub use shipped::SHIPPED;

/// A checked procedure together with the text it was read from.
#[derive(Clone, Debug)]
pub struct Procedure {
    head: Head,
    rules: Rules,
}

/// What a procedure does.
#[derive(Clone, Debug)]
pub enum Rules {
    /// 在线比对
    Comparison(Box<ComparisonRules>),
    /// 期间核查
    PeriodCheck(Box<PeriodCheckRules>),
}

/// A procedure laid open, for the eyes of an approver.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Sheet {
    Comparison(Box<ComparisonSheet>),
    PeriodCheck(Box<PeriodCheckSheet>),
}

/// The one table that only a period check has.
#[derive(Deserialize)]
struct Peek {
    check: Option<toml::Value>,
}

impl Procedure {
    /// Reads and checks a procedure file.
    ///
    /// # Errors
    /// Line, column, place and reason of the first thing that does not fit.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let check = toml::from_str::<Peek>(text).is_ok_and(|peek| peek.check.is_some());
        let (head, rules) = if check {
            let (head, rules) = period_check::load(text)?;
            (head, Rules::PeriodCheck(Box::new(rules)))
        } else {
            let (head, rules) = comparison::load(text)?;
            (head, Rules::Comparison(Box::new(rules)))
        };
        Ok(Self { head, rules })
    }

    /// The text, as it is stored beside a conclusion.
    pub fn text(&self) -> &str {
        &self.head.text
    }
    /// SHA-256 of the text.
    pub fn sha256(&self) -> String {
        self.head.sha256()
    }
    /// Stable name of the procedure.
    pub fn id(&self) -> &str {
        &self.head.basis.procedure
    }
    /// Version of the file.
    pub fn version(&self) -> u32 {
        self.head.basis.procedure_version
    }
    /// Document, edition, clause, source, confidence, draft or approved.
    pub fn basis(&self) -> &Basis {
        &self.head.basis
    }
    /// What it does.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
    /// What is measured. A period check measures a difference, whatever the quantity: its title says what it is.
    pub fn measurand(&self) -> &Text {
        match &self.rules {
            Rules::Comparison(rules) => &rules.measurand,
            Rules::PeriodCheck(_) => &self.head.basis.title,
        }
    }

    /// Lays the procedure open: every rule of the file as it was understood.
    ///
    /// ```
    /// use verification::procedure::{Procedure, SHIPPED, Sheet};
    /// let (_, gauge) = SHIPPED.iter().find(|(id, _)| *id == "digital-pressure-gauge-online").unwrap();
    /// let Sheet::Comparison(sheet) = Procedure::parse(gauge).unwrap().sheet() else { panic!() };
    /// assert_eq!(sheet.points.len(), 5);
    /// assert!(sheet.terms.iter().any(|term| term.sensitivity.contains("p0")));
    /// let (_, check) = SHIPPED.iter().find(|(id, _)| *id == "period-check-chart").unwrap();
    /// let Sheet::PeriodCheck(sheet) = Procedure::parse(check).unwrap().sheet() else { panic!() };
    /// assert_eq!(sheet.chart.unwrap().baseline, 30);
    /// ```
    pub fn sheet(&self) -> Sheet {
        match &self.rules {
            Rules::Comparison(rules) => Sheet::Comparison(Box::new(rules.sheet(&self.head))),
            Rules::PeriodCheck(rules) => Sheet::PeriodCheck(Box::new(rules.sheet(&self.head))),
        }
    }
}
