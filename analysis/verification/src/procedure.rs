//! Procedures as data (verification and comparison procedures in TOML files).
//!
//! A file says what is measured and by which formula, into which bins the evidence is sorted, the
//! limits, the method of comparison and who declared it, repeats, rounding, the rule of decision,
//! the uncertainty budget and what is not tested. [`Procedure::parse`] checks it: units agree,
//! every symbol is defined, limits parse, bins do not overlap, and the whole arithmetic runs at the
//! examples that the file gives. `docs/procedures.md` describes the format.
//!
//! A procedure states its [`Requirement`], receives [`Evidence`] and concludes with [`run`]. What
//! cannot be judged is 待定 with its reason. Energy meters are read by a reader of their own, see
//! [`crate::online_verification`].

mod approval;
mod evidence;
mod file;
mod limit;
mod load;
mod requirement;
mod run;
mod sheet;
mod shipped;
mod symbols;
#[cfg(test)]
mod tests;
mod uncertainty;

use crate::verdict::{Basis, ComparisonMethod, NotTested};
use ::uncertainty::document::Text;
use ::uncertainty::expression::Formula;
use numbers::number::{Exact, Fraction};
use numbers::rounding::Interval;
use numbers::unit::Unit;

pub use ::uncertainty::document::FileError;
pub use approval::Approval;
pub use evidence::{Certificate, EVIDENCE_FORMAT, Evidence, Instrument, Series, Value};
pub use file::{EnergyRegisters, Owner};
pub use requirement::{Requirement, SeriesNeed, ValueNeed};
pub use run::run;
pub use sheet::{LimitLine, PointLine, Sheet, SymbolLine, TermLine};
pub use shipped::SHIPPED;
pub use symbols::{Symbol, SymbolTable};

pub(crate) use self::uncertainty::{Amount, Sensitivity, Term, UncertaintyRule};
pub(crate) use file::{Coverage, DayWindow, Display, LoadRules, PowerFactorBin, Repeats};
pub(crate) use limit::Limits;
pub(crate) use load::{check_energy, energy_symbols};

/// Format of a procedure file of this module.
pub const FORMAT: u32 = 2;

/// How evidence turns into values of the symbols.
#[derive(Clone, Debug)]
pub enum Reader {
    /// Paired indications: a reading of the error is a mean over a window.
    Indications(Sampling),
    /// Paired registers: a reading of the error is a sum over a window.
    Registers(Sampling),
    /// Energy registers with current and cosφ, see [`crate::online_verification`].
    EnergyRegisters(EnergyRegisters),
}

/// What makes a sample usable.
#[derive(Clone, Debug)]
pub struct Sampling {
    /// Readings of two series further apart in true time are no pair, in s.
    pub largest_skew_seconds: Exact,
    /// A reading taken later than this after its nominal time does not count, in s.
    pub largest_delay_seconds: Option<Exact>,
    /// Largest step of one series between neighbours, when the load must be steady.
    pub(crate) stable: Option<Stable>,
    /// Whether the reference needs a valid certificate.
    pub needs_certificate: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Stable {
    /// Index of the series' symbol.
    pub(crate) symbol: usize,
    /// In the unit of that symbol; of values only.
    pub(crate) most: Formula,
}

/// The error of indication.
#[derive(Clone, Debug)]
pub struct ErrorRule {
    /// Its formula.
    pub formula: Formula,
    /// Its unit, which is that of limits and uncertainty.
    pub unit: Unit,
}

/// A bin or test point with its conditions and limits.
#[derive(Clone, Debug)]
pub struct Bin {
    /// Stable name.
    pub name: String,
    /// For people.
    pub title: Text,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) limits: Limits,
}

/// `from ≤ of < to`.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) of: Formula,
    pub(crate) unit: Unit,
    pub(crate) from: Option<Formula>,
    pub(crate) to: Option<Formula>,
    pub(crate) to_included: bool,
}

/// The rule of decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A reading whose U exceeds MPEV/ratio is not used; then the limit alone decides.
    UncertaintyRatio(u32),
    /// JJF 1094, ISO 14253-1 or ILAC-G8 with U of the bin.
    Guarded(numbers::decision::Rule),
    /// Error and uncertainty only; the document gives no verdict.
    None,
}

/// A checked procedure together with the text it was read from.
#[derive(Clone, Debug)]
pub struct Procedure {
    text: String,
    id: String,
    version: u32,
    basis: Basis,
    measurand: Text,
    reader: Reader,
    symbols: SymbolTable,
    derived: Vec<(usize, Formula)>,
    error: ErrorRule,
    bins: Vec<Bin>,
    method: ComparisonMethod,
    declared_by: Text,
    decision: Decision,
    repeats: Repeats,
    window: DayWindow,
    coverage: Coverage,
    uncertainty: UncertaintyRule,
    display: Display,
    not_tested: Vec<NotTested>,
}

impl Procedure {
    /// Reads and checks a procedure file.
    ///
    /// # Errors
    /// Line, column, place and reason of the first thing that does not fit.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        load::load(text)
    }

    /// The text, as it is stored beside a conclusion.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// SHA-256 of the text.
    pub fn sha256(&self) -> String {
        crate::evidence::canonical::sha256(self.text.as_bytes())
    }
    /// Stable name of the procedure.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// Version of the file.
    pub fn version(&self) -> u32 {
        self.version
    }
    /// Document, edition, clause, source, confidence, draft or approved.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }
    /// What is measured.
    pub fn measurand(&self) -> &Text {
        &self.measurand
    }
    /// How evidence is read.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }
    /// Every symbol with its unit.
    pub fn symbols(&self) -> &SymbolTable {
        &self.symbols
    }
    /// The error of indication.
    pub fn error(&self) -> &ErrorRule {
        &self.error
    }
    /// Bins or test points.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }
    /// Which comparison decides.
    pub fn deciding_method(&self) -> ComparisonMethod {
        self.method
    }
    /// Who declared it.
    pub fn method_declared_by(&self) -> &Text {
        &self.declared_by
    }
    /// The rule of decision.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
    pub(crate) fn repeats(&self) -> &Repeats {
        &self.repeats
    }
    pub(crate) fn window(&self) -> &DayWindow {
        &self.window
    }
    pub(crate) fn coverage(&self) -> &Coverage {
        &self.coverage
    }
    pub(crate) fn uncertainty(&self) -> &UncertaintyRule {
        &self.uncertainty
    }
    pub(crate) fn unrounded_places(&self) -> u32 {
        self.display.unrounded_places
    }
    /// What a run does not test.
    pub fn not_tested(&self) -> &[NotTested] {
        &self.not_tested
    }
}

/// `10^-places` as an interval.
pub(crate) fn places_interval(places: u32) -> Interval {
    Interval::power_of_ten(-i32::try_from(places).unwrap_or(0))
}

/// An exact value as a fraction.
pub(crate) fn whole(value: i64) -> Fraction {
    Fraction::from(value)
}
