//! The procedure as data: basis, limits, bins and gates.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::evidence::canonical;
use crate::mpe::{MpeRow, MpeTable};
use crate::number::Exact;
use crate::rounding::Interval;
use crate::verdict::{Basis, ComparisonMethod, NotTested, RuleStatus, Text};

/// Why a procedure file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ProcedureError {
    /// Not TOML of this shape; names line and column.
    #[error("procedure: {0}")]
    Toml(#[from] toml::de::Error),
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
    pub(crate) fn document(&self) -> &str {
        &self.document
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    id: String,
    version: u32,
    basis: BasisTable,
    method: Method,
    repeats: Repeats,
    window: DayWindow,
    coverage: Coverage,
    load: LoadRules,
    uncertainty: UncertaintyRules,
    display: Display,
    power_factor: Vec<PowerFactorBin>,
    rounding: BTreeMap<String, Exact>,
    mpe: Vec<MpeRow>,
    not_tested: Vec<NotTestedRow>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Method {
    deciding: ComparisonMethod,
    declared_by_zh: String,
    declared_by_en: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeats {
    pub(super) least: usize,
    pub(super) more: usize,
    pub(super) near_from: Exact,
    pub(super) near_to: Exact,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DayWindow {
    pub(super) seconds: u32,
    pub(super) utc_offset_seconds: i32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Coverage {
    pub(super) least: Exact,
    pub(super) largest_gap_seconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadRules {
    pub(super) unbalance: Exact,
    pub(super) largest_skew_seconds: Exact,
    pub(super) plausible_step: Exact,
    pub(super) same_load_deviation: Exact,
    pub(super) same_load_share: Exact,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UncertaintyRules {
    pub(super) coverage_factor: Exact,
    pub(super) ratio: u32,
    pub(super) places: u32,
    pub(super) timestamp_seconds: Exact,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Display {
    unrounded_places: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PowerFactorBin {
    pub(super) name: String,
    pub(super) point: String,
    pub(super) character: Character,
    pub(super) from: Exact,
    pub(super) to: Exact,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NotTestedRow {
    code: String,
    zh: String,
    en: String,
}

/// A checked procedure together with the text it was read from.
#[derive(Clone, Debug)]
pub struct Procedure {
    text: String,
    document: Document,
    table: MpeTable,
}

impl Procedure {
    /// The procedure that ships with this engine.
    ///
    /// # Errors
    /// None in a released build; a test reads it.
    pub fn energy_meter_online() -> Result<Self, ProcedureError> {
        Self::parse(include_str!("../../procedures/energy-meter-online.toml"))
    }

    /// Reads a procedure file.
    ///
    /// # Errors
    /// TOML errors with their line, unknown fields, and values that no run could use.
    pub fn parse(text: &str) -> Result<Self, ProcedureError> {
        let document: Document = toml::from_str(text)?;
        let mut intervals = BTreeMap::new();
        for (class, value) in &document.rounding {
            let interval = Interval::new(value.clone())
                .map_err(|e| refusal(format!("rounding.{class}"), e.to_string()))?;
            intervals.insert(class.clone(), interval);
        }
        let table = MpeTable {
            rows: document.mpe.clone(),
            intervals,
        };
        check(&document, &table)?;
        Ok(Self {
            text: text.to_owned(),
            document,
            table,
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
        &self.document.id
    }
    /// Version of the file.
    pub fn version(&self) -> u32 {
        self.document.version
    }
    /// The limits.
    pub fn table(&self) -> &MpeTable {
        &self.table
    }
    /// Which comparison decides.
    pub fn deciding_method(&self) -> ComparisonMethod {
        self.document.method.deciding
    }
    pub(super) fn method_declared_by(&self) -> Text {
        Text::new(
            &*self.document.method.declared_by_zh,
            &*self.document.method.declared_by_en,
        )
    }
    pub(super) fn basis(&self) -> Basis {
        let document = self.document.basis.document();
        self.document.basis.record(
            self.id(),
            self.version(),
            Text::new(
                format!("依据 {document} 基本误差限值作在线比对，不是检定"),
                format!("Online comparison by the intrinsic error limits of {document}; not a verification in the legal sense"),
            ),
        )
    }
    pub(super) fn repeats(&self) -> &Repeats {
        &self.document.repeats
    }
    pub(super) fn day(&self) -> &DayWindow {
        &self.document.window
    }
    pub(super) fn coverage(&self) -> &Coverage {
        &self.document.coverage
    }
    pub(super) fn load(&self) -> &LoadRules {
        &self.document.load
    }
    pub(super) fn uncertainty(&self) -> &UncertaintyRules {
        &self.document.uncertainty
    }
    pub(super) fn unrounded_places(&self) -> u32 {
        self.document.display.unrounded_places
    }
    pub(super) fn power_factors(&self) -> &[PowerFactorBin] {
        &self.document.power_factor
    }
    pub(super) fn not_tested(&self) -> Vec<NotTested> {
        self.document
            .not_tested
            .iter()
            .map(|row| NotTested {
                code: row.code.clone(),
                title: Text::new(&*row.zh, &*row.en),
            })
            .collect()
    }
}

fn refusal(place: impl Into<String>, reason: impl Into<String>) -> ProcedureError {
    ProcedureError::Content {
        place: place.into(),
        reason: reason.into(),
    }
}

fn check(document: &Document, table: &MpeTable) -> Result<(), ProcedureError> {
    let refuse = |place: &str, reason: &str| Err(refusal(place, reason));
    for (index, row) in document.mpe.iter().enumerate() {
        let place = format!("mpe[{index}]");
        if row.current_to.as_ref().is_some_and(|to| *to <= row.current_from) {
            return refuse(&place, "current_to must lie above current_from");
        }
        for (class, limit) in &row.limits {
            if !limit.is_positive() {
                return refuse(&place, "a limit must be above zero");
            }
            if table.interval(class).is_none() {
                return refuse(&place, &format!("class {class} has no interval under [rounding]"));
            }
        }
    }
    for bin in &document.power_factor {
        if bin.to <= bin.from || bin.from.is_negative() || bin.to > Exact::from(1) {
            return refuse(&bin.name, "needs 0 ≤ from < to ≤ 1");
        }
    }
    if document.repeats.least < 1 || document.window.seconds == 0 || document.uncertainty.ratio == 0 {
        return refuse(
            "repeats, window, uncertainty",
            "least, seconds and ratio must be above zero",
        );
    }
    if document.uncertainty.places > 12 || document.display.unrounded_places > 30 {
        return refuse("uncertainty, display", "more decimals than anybody can read");
    }
    Ok(())
}
