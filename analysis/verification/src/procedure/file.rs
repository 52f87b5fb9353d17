//! The file format of a procedure.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::mpe::MpeRow;
use crate::online_verification::{BasisTable, Character};
use crate::verdict::ComparisonMethod;
use numbers::number::Exact;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProcedureFile {
    pub(super) format: Spanned<u32>,
    pub(super) id: Spanned<String>,
    pub(super) version: u32,
    pub(super) basis: Spanned<BasisTable>,
    pub(super) measurand: NameTable,
    pub(super) reader: Spanned<ReaderTable>,
    #[serde(default)]
    pub(super) series: Vec<SeriesTable>,
    #[serde(default)]
    pub(super) value: Vec<ValueTable>,
    #[serde(default)]
    pub(super) derived: Vec<DerivedTable>,
    pub(super) error: ErrorTable,
    pub(super) limit: Option<LimitTable>,
    #[serde(default)]
    pub(super) bin: Vec<BinTable>,
    pub(super) method: MethodTable,
    pub(super) decision: DecisionTable,
    pub(super) repeats: Spanned<Repeats>,
    pub(super) window: Spanned<DayWindow>,
    pub(super) coverage: Spanned<Coverage>,
    pub(super) uncertainty: UncertaintyTable,
    pub(super) display: Spanned<Display>,
    #[serde(default)]
    pub(super) not_tested: Vec<NotTestedTable>,
    // tables of the reader of energy registers
    #[serde(default)]
    pub(super) power_factor: Vec<PowerFactorBin>,
    #[serde(default)]
    pub(super) mpe: Vec<MpeRow>,
    #[serde(default)]
    pub(super) rounding: BTreeMap<String, Exact>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameTable {
    pub(super) zh: String,
    pub(super) en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReaderTable {
    pub(super) kind: Spanned<String>,
    pub(super) largest_skew_seconds: Spanned<Exact>,
    pub(super) largest_delay_seconds: Option<Spanned<Exact>>,
    pub(super) stable: Option<Spanned<StableTable>>,
    #[serde(default = "yes")]
    pub(super) certificate: bool,
    pub(super) unbalance: Option<Exact>,
    pub(super) plausible_step: Option<Exact>,
    pub(super) same_load_deviation: Option<Exact>,
    pub(super) same_load_share: Option<Exact>,
    pub(super) timestamp_seconds: Option<Exact>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StableTable {
    pub(super) of: Spanned<String>,
    pub(super) most: Spanned<String>,
}

/// Where a series or a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The instrument under test.
    Subject,
    /// The reference standard.
    Reference,
    /// The certificate of the reference.
    Certificate,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeriesTable {
    pub(super) symbol: Spanned<String>,
    pub(super) of: Spanned<Owner>,
    pub(super) point: String,
    pub(super) unit: Spanned<String>,
    pub(super) example: Exact,
    /// Whether it is a cumulative register; only the reader `registers` has them.
    #[serde(default)]
    pub(super) register: bool,
    /// Symbol of the least step of its display.
    pub(super) resolution: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ValueTable {
    pub(super) symbol: Spanned<String>,
    pub(super) of: Owner,
    pub(super) unit: Spanned<String>,
    pub(super) example: Exact,
    pub(super) zh: String,
    pub(super) en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DerivedTable {
    pub(super) symbol: Spanned<String>,
    pub(super) formula: Spanned<String>,
    pub(super) unit: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorTable {
    pub(super) formula: Spanned<String>,
    pub(super) unit: Spanned<String>,
    /// Symbol that %RD and |t| of a limit mean.
    pub(super) reading: Option<Spanned<String>>,
    /// Symbol that %FS of a limit means.
    pub(super) full_scale: Option<Spanned<String>>,
    /// Symbol that digits of a limit mean.
    pub(super) last_digit: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitTable {
    pub(super) mpe: Option<Spanned<String>>,
    pub(super) interval: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) class: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) class_interval: BTreeMap<String, Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BinTable {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) zh: String,
    #[serde(default)]
    pub(super) en: String,
    #[serde(default)]
    pub(super) when: Vec<Spanned<WhenTable>>,
    pub(super) limit: Option<LimitTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhenTable {
    pub(super) of: Spanned<String>,
    pub(super) unit: Spanned<String>,
    pub(super) from: Option<Spanned<String>>,
    pub(super) to: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) to_included: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MethodTable {
    pub(super) deciding: ComparisonMethod,
    pub(super) declared_by_zh: String,
    pub(super) declared_by_en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionTable {
    pub(super) rule: Spanned<String>,
    pub(super) ratio: Option<Spanned<u32>>,
    pub(super) guard: Option<Spanned<Exact>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UncertaintyTable {
    pub(super) k: Spanned<Exact>,
    pub(super) places: Spanned<u32>,
    #[serde(default)]
    pub(super) term: Vec<Spanned<TermTable>>,
}

/// One term: one amount as a formula, its unit, its sensitivity or the symbol it belongs to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TermTable {
    pub(super) zh: String,
    pub(super) en: String,
    /// Symbol whose sensitivity is derived from the formula of the error.
    pub(super) of: Option<Spanned<String>>,
    pub(super) unit: Option<Spanned<String>>,
    pub(super) sensitivity: Option<Spanned<String>>,
    pub(super) u: Option<Spanned<String>>,
    #[serde(rename = "U")]
    pub(super) expanded: Option<Spanned<String>>,
    pub(super) k: Option<Spanned<Exact>>,
    pub(super) half_width: Option<Spanned<String>>,
    pub(super) distribution: Option<Spanned<String>>,
    pub(super) step: Option<Spanned<String>>,
    pub(super) variance: Option<Spanned<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotTestedTable {
    pub(super) code: String,
    pub(super) zh: String,
    pub(super) en: String,
}

/// Readings of the error that a verdict needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repeats {
    pub(crate) least: usize,
    pub(crate) more: usize,
    pub(crate) near_from: Exact,
    pub(crate) near_to: Exact,
    /// Whether every bin must be judged before the run conforms.
    #[serde(default)]
    pub(crate) all_bins: bool,
}

/// One reading of the error: everything of one bin within this span.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DayWindow {
    pub(crate) seconds: u32,
    pub(crate) utc_offset_seconds: i32,
}

/// What the evidence must cover.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Coverage {
    pub(crate) least: Exact,
    pub(crate) largest_gap_seconds: u64,
}

/// How unrounded values are shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Display {
    pub(crate) unrounded_places: u32,
}

/// When an interval of energy counts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadRules {
    pub(crate) unbalance: Exact,
    pub(crate) largest_skew_seconds: Exact,
    pub(crate) plausible_step: Exact,
    /// How far the ratio of both energies may lie off the ratio of the sums, and in what share of the intervals it
    /// may lie farther; files of the first format need not say.
    #[serde(default)]
    pub(crate) same_load_deviation: Option<Exact>,
    #[serde(default)]
    pub(crate) same_load_share: Option<Exact>,
}

/// A range of the power factor.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PowerFactorBin {
    pub(crate) name: String,
    pub(crate) point: String,
    pub(crate) character: Character,
    pub(crate) from: Exact,
    pub(crate) to: Exact,
}

/// What the reader of energy registers needs beside the rest.
#[derive(Clone, Debug)]
pub struct EnergyRegisters {
    pub(crate) load: LoadRules,
    pub(crate) timestamp_seconds: Exact,
    pub(crate) power_factor: Vec<PowerFactorBin>,
    pub(crate) table: crate::mpe::MpeTable,
}
