//! The rules of a comparison as they were understood.

use ::uncertainty::document::Text;
use ::uncertainty::expression::Formula;
use devices::Connection;
use numbers::number::{Exact, Fraction};
use numbers::unit::Unit;
use serde::Deserialize;

use super::limit::Limits;
use super::symbols::SymbolTable;
use super::uncertainty::UncertaintyRule;
use crate::conclusion::{ComparisonMethod, NotTested};
use crate::evidence::Spans;
use crate::gate::coverage::Coverage;
use crate::gate::same_load::SameLoad;

/// Everything that a comparison is judged by.
#[derive(Clone, Debug)]
pub struct ComparisonRules {
    pub(crate) measurand: Text,
    pub(crate) reader: Reader,
    pub(crate) sampling: Sampling,
    /// Every symbol with its unit; formulas take their values in this order.
    pub(crate) symbols: SymbolTable,
    /// Symbols that are computed from others, by their index.
    pub(crate) derived: Vec<(usize, Formula)>,
    pub(crate) error: ErrorRule,
    pub(crate) bins: Vec<Bin>,
    pub(crate) method: ComparisonMethod,
    pub(crate) declared_by: Text,
    pub(crate) decision: Decision,
    pub(crate) repeats: Repeats,
    /// One reading of the error: everything of one bin within one of these.
    pub(crate) window: Spans,
    pub(crate) coverage: Coverage,
    pub(crate) uncertainty: UncertaintyRule,
    pub(crate) unrounded_places: u32,
    pub(crate) not_tested: Vec<NotTested>,
}

/// How evidence turns into values of the symbols.
#[derive(Clone, Debug)]
pub(crate) enum Reader {
    /// Paired indications: a reading of the error is a mean over a window.
    Indications,
    /// Paired registers: a reading of the error is a sum over a window.
    Registers,
    /// Registers of energy meters, whose intervals are sorted by current and cosφ.
    EnergyRegisters(EnergyRegisters),
}

impl Reader {
    /// The word of the file.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Indications => "indications",
            Self::Registers => "registers",
            Self::EnergyRegisters(_) => "energy-registers",
        }
    }

    /// Whether slots are the intervals between two readings of a register.
    pub(crate) fn intervals(&self) -> bool {
        !matches!(self, Self::Indications)
    }

    pub(crate) fn energy(&self) -> Option<&EnergyRegisters> {
        match self {
            Self::EnergyRegisters(energy) => Some(energy),
            Self::Indications | Self::Registers => None,
        }
    }
}

/// When an interval of energy counts, and whether both meters saw one load.
#[derive(Clone, Debug)]
pub(crate) struct EnergyRegisters {
    /// A phase current may differ from the others by this share of their mean.
    pub(crate) unbalance: Exact,
    /// A step above Imax·U·phases·t times this is no consumption.
    pub(crate) plausible_step: Exact,
    pub(crate) same_load: SameLoad,
}

/// What makes a sample usable.
#[derive(Clone, Debug)]
pub(crate) struct Sampling {
    /// Readings of two series further apart in true time are no pair, in s.
    pub(crate) largest_skew_seconds: Exact,
    /// A reading taken later than this after its nominal time does not count, in s.
    pub(crate) largest_delay_seconds: Option<Exact>,
    /// What a stamped time of a register may be wrong by, in s.
    pub(crate) timestamp_seconds: Exact,
    /// Largest step of one series between neighbours, when the load must be steady.
    pub(crate) stable: Option<Stable>,
    /// Whether the reference needs a valid certificate.
    pub(crate) needs_certificate: bool,
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
pub(crate) struct ErrorRule {
    pub(crate) formula: Formula,
    /// Also that of limits and uncertainty.
    pub(crate) unit: Unit,
}

/// A bin or test point with its conditions and limits.
#[derive(Clone, Debug)]
pub(crate) struct Bin {
    /// Stable name.
    pub(crate) name: String,
    pub(crate) title: Text,
    pub(crate) conditions: Vec<Condition>,
    /// Current and cosφ; only of energy registers, whose bins have no other condition.
    pub(crate) load: Option<LoadRange>,
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

/// A range of current and power factor of meters with one kind of connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoadRange {
    pub(crate) connection: Connection,
    /// Multiples of In (via transformer) or Ib (direct); without `current_to` up to and including Imax.
    pub(crate) current_from: Exact,
    pub(crate) current_to: Option<Exact>,
    pub(crate) character: Character,
    /// |cosφ|; 1 is included.
    pub(crate) factor_from: Exact,
    pub(crate) factor_to: Exact,
}

/// Inductive or capacitive load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Character {
    Any,
    Inductive,
    Capacitive,
}

/// The rule of decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// A reading whose U exceeds MPEV/ratio is not used; then the limit alone decides.
    UncertaintyRatio(u32),
    /// JJF 1094, ISO 14253-1 or ILAC-G8 with U of the bin.
    Guarded(numbers::decision::Rule),
    /// Error and uncertainty only; the document gives no verdict.
    None,
}

/// Readings of the error that a verdict needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repeats {
    pub(crate) least: usize,
    /// So many more when the mean lies at `near_from` to `near_to` of the limit, ends included.
    pub(crate) more: usize,
    pub(crate) near_from: Exact,
    pub(crate) near_to: Exact,
    /// Whether every bin must be judged before the run conforms.
    #[serde(default)]
    pub(crate) all_bins: bool,
}

impl Repeats {
    /// Whether a mean lies near its limit.
    pub(crate) fn near(&self, mean: &Fraction, limit: &Fraction) -> bool {
        let size = mean.abs();
        let times = |factor: &Exact| limit.times(&Fraction::from(factor));
        size >= times(&self.near_from) && size <= times(&self.near_to)
    }

    /// Readings that a bin with so many still lacks.
    pub(crate) fn missing(&self, readings: usize, near_limit: bool) -> usize {
        let more = if near_limit { self.more } else { 0 };
        (self.least + more).saturating_sub(readings)
    }
}

fn bound(formula: Option<&Formula>, values: &[Fraction]) -> Option<Fraction> {
    formula.and_then(|f| f.exact(values).ok())
}

impl Bin {
    /// Why the bin can take nothing.
    pub(crate) fn empty(&self, values: &[Fraction]) -> Option<String> {
        let of = self.conditions.iter().find(|condition| {
            let (from, to) = condition.ends(values);
            from.zip(to).is_some_and(|(from, to)| to <= from)
        });
        of.map(|condition| format!("of {}: from must lie below to", condition.of.text()))
    }

    /// Whether one condition of both on the same formula parts them; ranges of load are parted when they are read.
    pub(crate) fn apart(&self, other: &Self, values: &[Fraction]) -> bool {
        let below = |low: &Condition, high: &Condition| match (low.ends(values).1, high.ends(values).0) {
            (Some(to), Some(from)) => to < from || (to == from && !low.to_included),
            _ => false,
        };
        let parted = |x: &Condition| {
            let same = other.conditions.iter();
            let mut same = same.filter(|y| x.of.text() == y.of.text() && x.unit == y.unit);
            same.any(|y| below(x, y) || below(y, x))
        };
        self.load.is_some() || self.conditions.iter().any(parted)
    }
}

impl Condition {
    fn ends(&self, values: &[Fraction]) -> (Option<Fraction>, Option<Fraction>) {
        (bound(self.from.as_ref(), values), bound(self.to.as_ref(), values))
    }
}
