//! The file format of a comparison.

use std::collections::BTreeMap;

use devices::Connection;
use numbers::number::Exact;
use serde::Deserialize;
use toml::Spanned;

use super::rules::{Character, Repeats};
use crate::conclusion::ComparisonMethod;
use crate::evidence::{Role, Spans};
use crate::gate::coverage::Coverage;
use crate::head::{BasisTable, HeadTable};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComparisonFile {
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
    pub(super) window: Spanned<Spans>,
    pub(super) coverage: Spanned<Coverage>,
    pub(super) uncertainty: UncertaintyTable,
    pub(super) display: Spanned<Display>,
    #[serde(default)]
    pub(super) not_tested: Vec<NotTestedTable>,
    // tables of the reader of energy registers
    #[serde(default)]
    pub(super) power_factor: Vec<PowerFactorTable>,
    #[serde(default)]
    pub(super) mpe: Vec<MpeTable>,
    #[serde(default)]
    pub(super) rounding: BTreeMap<String, Exact>,
}

impl ComparisonFile {
    pub(super) fn head(&self) -> HeadTable<'_> {
        HeadTable {
            format: &self.format,
            id: &self.id,
            version: self.version,
            basis: &self.basis,
        }
    }

    pub(super) fn is_energy(&self) -> bool {
        self.reader.get_ref().kind.get_ref() == "energy-registers"
    }

    pub(super) fn has_registers(&self) -> bool {
        self.is_energy() || self.reader.get_ref().kind.get_ref() == "registers"
    }
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
    pub(super) timestamp_seconds: Option<Spanned<Exact>>,
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeriesTable {
    pub(super) symbol: Spanned<String>,
    pub(super) of: Spanned<Role>,
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
    pub(super) of: Role,
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

/// How unrounded values are shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Display {
    pub(super) unrounded_places: u32,
}

/// A range of the power factor.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PowerFactorTable {
    pub(super) name: String,
    /// Row of the table of limits: `1.0`, `0.5L`, `0.8C`.
    pub(super) point: String,
    pub(super) character: Character,
    pub(super) from: Exact,
    pub(super) to: Exact,
}

/// One row of a table of maximum permissible errors (最大允许误差): a range of current, the power factors it is for, limits
/// by class.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MpeTable {
    pub(super) connection: Connection,
    /// `1.0`, `0.5L`, `0.8C`.
    pub(super) points: Vec<String>,
    /// Multiple of In (via transformer) or Ib (direct), inclusive.
    pub(super) current_from: Exact,
    /// Exclusive; absent = up to and including Imax.
    pub(super) current_to: Option<Exact>,
    /// Limit in the unit of the error by class.
    pub(super) limits: BTreeMap<String, Exact>,
}
