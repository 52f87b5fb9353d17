//! The procedure as data: basis, limits, bins, formula, uncertainty and gates.

mod first_format;

use serde::Deserialize;

use crate::evidence::canonical;
use crate::mpe::MpeTable;
use crate::procedure::{
    self, Coverage, DayWindow, Decision, LoadRules, PowerFactorBin, Reader, Repeats, UncertaintyRule,
};
use crate::verdict::{Basis, ComparisonMethod, NotTested, RuleStatus};
use numbers::number::Exact;
use uncertainty::document::Text;
use uncertainty::expression::Formula;

/// Why a procedure file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ProcedureError {
    /// Not TOML of this shape; names line and column.
    #[error("procedure: {0}")]
    Toml(#[from] toml::de::Error),
    /// A file of the second format; names line and column.
    #[error("procedure: {0}")]
    File(#[from] uncertainty::document::FileError),
    /// A value that no run could use.
    #[error("procedure, {place}: {reason}")]
    Content { place: String, reason: String },
}

/// Inductive or capacitive load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Character {
    Any,
    Inductive,
    Capacitive,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BasisTable {
    document: String,
    title_zh: String,
    title_en: String,
    edition: String,
    effective: String,
    clause: String,
    status: RuleStatus,
    source: String,
    confidence: String,
}

impl BasisTable {
    pub(crate) fn record(&self, id: &str, version: u32, statement: Text) -> Basis {
        Basis {
            document: self.document.clone(),
            title: Text::new(&*self.title_zh, &*self.title_en),
            edition: self.edition.clone(),
            effective: self.effective.clone(),
            clause: self.clause.clone(),
            status: self.status,
            source: self.source.clone(),
            confidence: self.confidence.clone(),
            statement,
            procedure: id.to_owned(),
            procedure_version: version,
        }
    }
    /// What an approved procedure still lacks.
    pub(crate) fn missing_for_approval(&self) -> Option<&'static str> {
        if self.status == RuleStatus::Draft {
            return None;
        }
        let lacks = [
            (&self.edition, "edition"),
            (&self.clause, "clause"),
            (&self.effective, "effective date"),
        ];
        lacks
            .iter()
            .find(|(text, _)| text.trim().is_empty())
            .map(|(_, name)| *name)
    }
    pub(crate) fn document(&self) -> &str {
        &self.document
    }
}

/// A checked procedure together with the text it was read from.
#[derive(Clone, Debug)]
pub struct Procedure {
    text: String,
    basis: Basis,
    method: ComparisonMethod,
    declared_by: Text,
    error: Formula,
    repeats: Repeats,
    window: DayWindow,
    coverage: Coverage,
    load: LoadRules,
    timestamp_seconds: Exact,
    ratio: u32,
    uncertainty: UncertaintyRule,
    unrounded_places: u32,
    power_factor: Vec<PowerFactorBin>,
    table: MpeTable,
    not_tested: Vec<NotTested>,
    records_terms: bool,
}

/// The one key that tells the formats apart.
#[derive(Deserialize)]
struct Peek {
    format: Option<toml::Value>,
}

impl Procedure {
    /// The procedure that ships with this engine.
    ///
    /// # Errors
    /// None in a released build; a test reads it.
    pub fn energy_meter_online() -> Result<Self, ProcedureError> {
        Self::parse(include_str!("../../../procedures/energy-meter-online.toml"))
    }

    /// Reads a procedure file of either format: the first has no `format` key, stored conclusions
    /// carry it.
    ///
    /// # Errors
    /// TOML errors with their line, unknown fields, and values that no run could use.
    pub fn parse(text: &str) -> Result<Self, ProcedureError> {
        let peek: Peek = toml::from_str(text)?;
        if peek.format.is_none() {
            return first_format::parse(text);
        }
        Self::of(&procedure::Procedure::parse(text)?)
    }

    /// The procedure of energy registers among all.
    ///
    /// # Errors
    /// Another reader, or a rule of decision that this reader does not know.
    pub fn of(file: &procedure::Procedure) -> Result<Self, ProcedureError> {
        let Reader::EnergyRegisters(reader) = file.reader() else {
            return Err(refusal("reader", "not a procedure of energy registers"));
        };
        let Decision::UncertaintyRatio(ratio) = file.decision() else {
            return Err(refusal(
                "decision",
                "energy registers are decided by uncertainty-ratio",
            ));
        };
        Ok(Self {
            text: file.text().to_owned(),
            basis: file.basis().clone(),
            method: file.deciding_method(),
            declared_by: file.method_declared_by().clone(),
            error: file.error().formula.clone(),
            repeats: file.repeats().clone(),
            window: file.window().clone(),
            coverage: file.coverage().clone(),
            load: reader.load.clone(),
            timestamp_seconds: reader.timestamp_seconds.clone(),
            ratio: *ratio,
            uncertainty: file.uncertainty().clone(),
            unrounded_places: file.unrounded_places(),
            power_factor: reader.power_factor.clone(),
            table: reader.table.clone(),
            not_tested: file.not_tested().to_vec(),
            records_terms: true,
        })
    }

    /// The text, as it is stored beside a conclusion.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// SHA-256 of the text.
    pub fn sha256(&self) -> String {
        canonical::sha256(self.text.as_bytes())
    }
    /// `energy-meter-online`.
    pub fn id(&self) -> &str {
        &self.basis.procedure
    }
    /// Version of the file.
    pub fn version(&self) -> u32 {
        self.basis.procedure_version
    }
    /// The limits.
    pub fn table(&self) -> &MpeTable {
        &self.table
    }
    /// Which comparison decides.
    pub fn deciding_method(&self) -> ComparisonMethod {
        self.method
    }
    pub(super) fn method_declared_by(&self) -> Text {
        self.declared_by.clone()
    }
    pub(super) fn basis(&self) -> Basis {
        self.basis.clone()
    }
    /// γ from W and W0, in %.
    pub(super) fn error(&self) -> &Formula {
        &self.error
    }
    pub(super) fn repeats(&self) -> &Repeats {
        &self.repeats
    }
    pub(super) fn day(&self) -> &DayWindow {
        &self.window
    }
    pub(super) fn coverage(&self) -> &Coverage {
        &self.coverage
    }
    pub(super) fn load(&self) -> &LoadRules {
        &self.load
    }
    pub(super) fn uncertainty(&self) -> &UncertaintyRule {
        &self.uncertainty
    }
    /// U95 ≤ MPEV / ratio.
    pub(super) fn ratio(&self) -> u32 {
        self.ratio
    }
    /// What a stamped time may be wrong by, in s.
    pub(super) fn timestamp_seconds(&self) -> &Exact {
        &self.timestamp_seconds
    }
    pub(super) fn unrounded_places(&self) -> u32 {
        self.unrounded_places
    }
    pub(super) fn power_factors(&self) -> &[PowerFactorBin] {
        &self.power_factor
    }
    /// Conclusions of the first format stay as they are, digit for digit.
    pub(super) fn records_terms(&self) -> bool {
        self.records_terms
    }
    pub(super) fn not_tested(&self) -> Vec<NotTested> {
        self.not_tested.clone()
    }
}

fn refusal(place: impl Into<String>, reason: impl Into<String>) -> ProcedureError {
    ProcedureError::Content {
        place: place.into(),
        reason: reason.into(),
    }
}
