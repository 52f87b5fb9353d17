//! The file format of a budget.

use serde::Deserialize;
use toml::Spanned;

use numbers::number::Exact;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BudgetFile {
    pub(super) format: Spanned<u32>,
    #[serde(default)]
    pub(super) title_zh: String,
    #[serde(default)]
    pub(super) title_en: String,
    pub(super) result: ResultTable,
    #[serde(default)]
    pub(super) input: Vec<InputTable>,
    #[serde(default)]
    pub(super) correlation: Vec<CorrelationTable>,
    pub(super) coverage: Spanned<CoverageTable>,
    #[serde(default)]
    pub(super) rounding: RoundingTable,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResultTable {
    pub(super) symbol: Spanned<String>,
    #[serde(default)]
    pub(super) name_zh: String,
    #[serde(default)]
    pub(super) name_en: String,
    pub(super) unit: Spanned<String>,
    pub(super) model: Option<Spanned<String>>,
    pub(super) value: Option<Spanned<Exact>>,
    #[serde(default)]
    pub(super) second_order: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputTable {
    pub(super) symbol: Spanned<String>,
    #[serde(default)]
    pub(super) name_zh: String,
    #[serde(default)]
    pub(super) name_en: String,
    pub(super) unit: Spanned<String>,
    pub(super) value: Option<Spanned<Exact>>,
    pub(super) sensitivity: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) component: Vec<Spanned<ComponentTable>>,
}

/// One component; which keys belong together is checked by the loader.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComponentTable {
    #[serde(default)]
    pub(crate) name_zh: String,
    #[serde(default)]
    pub(crate) name_en: String,
    /// `A` or `B`; readings are A, everything else is B unless it says A.
    #[serde(rename = "type")]
    pub(crate) evaluated: Option<String>,
    pub(crate) distribution: Option<Spanned<String>>,
    /// Unit of the amount when it is not that of the input.
    pub(crate) unit: Option<Spanned<String>>,
    /// The amount is a share of |value|, in `unit` (`%` as a rule).
    #[serde(default)]
    pub(crate) relative: bool,
    pub(crate) readings: Option<Spanned<Vec<Exact>>>,
    /// Number of readings in the mean that is reported; all of them unless said.
    pub(crate) averaged: Option<Spanned<usize>>,
    /// Standard uncertainty.
    pub(crate) u: Option<Spanned<Exact>>,
    /// Expanded uncertainty, with `k` or `p`.
    #[serde(rename = "U")]
    pub(crate) expanded: Option<Spanned<Exact>>,
    pub(crate) k: Option<Spanned<Exact>>,
    pub(crate) p: Option<Spanned<Exact>>,
    pub(crate) half_width: Option<Spanned<Exact>>,
    /// Resolution: a rectangle of half this width to both sides.
    pub(crate) step: Option<Spanned<Exact>>,
    pub(crate) beta: Option<Spanned<Exact>>,
    pub(crate) dof: Option<Spanned<Exact>>,
    /// Δu/u, from which ν = (Δu/u)⁻²/2 (GUM G.4.2).
    pub(crate) reliability: Option<Spanned<Exact>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CorrelationTable {
    pub(super) between: Spanned<[String; 2]>,
    pub(super) r: Option<Spanned<Exact>>,
    /// Computed from readings that were taken in pairs.
    #[serde(default)]
    pub(super) from_readings: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoverageTable {
    pub(super) k: Option<Spanned<Exact>>,
    pub(super) p: Option<Spanned<Exact>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoundingTable {
    pub(super) method: Option<Spanned<String>>,
    pub(super) digits: Option<Spanned<u32>>,
}
