//! Which bin a slot belongs to.

use std::collections::BTreeMap;

use ::uncertainty::expression::Formula;
use numbers::number::{Exact, Fraction};

use super::inputs::Inputs;
use super::slots::Slots;
use crate::comparison::rules::{Bin, ComparisonRules, Condition};
use crate::conclusion::Code;

/// A formula that bins ask for, computed once per slot.
struct Coordinate<'a> {
    formula: &'a Formula,
    /// Index into the series when the formula is that symbol itself.
    series: Option<usize>,
    /// Products and quotients only: f64 is right to some units of its last digit.
    product: bool,
}

struct Edge {
    exact: Fraction,
    decimal: Option<Exact>,
    float: f64,
}

struct Test {
    coordinate: usize,
    from: Option<Edge>,
    to: Option<Edge>,
    to_included: bool,
}

/// The value of a coordinate in one slot.
enum Found<'a> {
    Decimal(&'a Exact),
    Float(f64),
    Exact(Fraction),
    Nothing,
}

/// Slots by bin, and how many lie in none, by reason.
pub(super) struct Sorted {
    /// By bin: its slots, ascending.
    pub(super) members: Vec<Vec<usize>>,
    pub(super) outside: BTreeMap<Code, u32>,
}

/// Sorts the slots that count by the load of energy meters, or by the conditions of bins.
pub(super) fn sort(rules: &ComparisonRules, inputs: &Inputs<'_>, slots: &Slots<'_>, bins: &[&Bin]) -> Sorted {
    let mut sorted = Sorted {
        members: vec![Vec::new(); bins.len()],
        outside: BTreeMap::new(),
    };
    let loads = inputs.load.as_ref().map(|load| load.sort(bins, slots.grid));
    let mut conditions = Conditions::of(rules, inputs, slots, bins);
    for (slot, state) in slots.states.iter().enumerate() {
        let bin = match (state, &loads) {
            (Err(code), _) => Err(*code),
            (Ok(()), Some(_)) if bins.is_empty() => Err(Code::NoLimitForClass),
            (Ok(()), Some(loads)) => by_load(loads, slot),
            (Ok(()), None) => conditions.bin_of(slot).ok_or(Code::OutsideBins),
        };
        match bin {
            Ok(bin) => sorted.members[bin].push(slot),
            Err(code) => *sorted.outside.entry(code).or_default() += 1,
        }
    }
    sorted
}

/// The load at both ends of an interval must lie in one bin.
fn by_load(loads: &[Result<usize, Code>], slot: usize) -> Result<usize, Code> {
    match (loads.get(slot), loads.get(slot + 1)) {
        (Some(Ok(a)), Some(Ok(b))) if a == b => Ok(*a),
        (Some(Ok(_)), Some(Ok(_))) => Err(Code::LoadCrossesBins),
        (Some(Err(code)), _) | (_, Some(Err(code))) => Err(*code),
        _ => Err(Code::LoadMissing),
    }
}

/// The conditions of all bins, with what they ask for in each slot.
struct Conditions<'a> {
    coordinates: Vec<Coordinate<'a>>,
    /// By bin.
    tests: Vec<Vec<Test>>,
    values: Values<'a>,
}

impl<'a> Conditions<'a> {
    fn of(
        rules: &'a ComparisonRules,
        inputs: &'a Inputs<'a>,
        slots: &'a Slots<'a>,
        bins: &[&'a Bin],
    ) -> Self {
        let mut coordinates: Vec<Coordinate<'a>> = Vec::new();
        let edge = |formula: &Option<Formula>| {
            let exact = formula.as_ref()?.exact(&inputs.base).ok()?;
            Some(Edge {
                decimal: exact.decimal(),
                float: exact.to_f64(),
                exact,
            })
        };
        let mut test = |condition: &'a Condition| {
            let same = |a: &Coordinate<'_>| a.formula.text() == condition.of.text();
            let index = coordinates.iter().position(same).unwrap_or_else(|| {
                coordinates.push(Coordinate::of(rules, inputs, &condition.of));
                coordinates.len() - 1
            });
            Test {
                coordinate: index,
                from: edge(&condition.from),
                to: edge(&condition.to),
                to_included: condition.to_included,
            }
        };
        let tests = bins
            .iter()
            .map(|bin| bin.conditions.iter().map(&mut test).collect());
        Self {
            tests: tests.collect(),
            coordinates,
            values: Values::new(rules, inputs, slots),
        }
    }

    fn bin_of(&mut self, slot: usize) -> Option<usize> {
        self.values.slot = slot;
        let found: Vec<Found<'_>> = self.coordinates.iter().map(|c| self.values.find(c)).collect();
        self.tests.iter().position(|bin| {
            bin.iter().all(|test| {
                let (found, formula) = (&found[test.coordinate], self.coordinates[test.coordinate].formula);
                let exact = || self.values.exact(formula);
                let at_least = |e: &Edge| order(found, e, exact).is_ge();
                let below = |e: &Edge| {
                    let order = order(found, e, exact);
                    order.is_lt() || (test.to_included && order.is_eq())
                };
                !matches!(found, Found::Nothing)
                    && test.from.as_ref().is_none_or(at_least)
                    && test.to.as_ref().is_none_or(below)
            })
        })
    }
}

impl<'a> Coordinate<'a> {
    fn of(rules: &ComparisonRules, inputs: &Inputs<'_>, formula: &'a Formula) -> Self {
        let alone = formula.lone_symbol();
        let mut derived = rules.derived.iter();
        Self {
            series: alone.and_then(|symbol| inputs.series.iter().position(|s| s.symbol == symbol)),
            product: formula.is_product()
                && derived.all(|(index, f)| !formula.uses(*index) || f.is_product()),
            formula,
        }
    }
}

fn order(found: &Found<'_>, edge: &Edge, exact: impl Fn() -> Option<Fraction>) -> std::cmp::Ordering {
    // A slot without a value is taken out before; Less keeps it out of any bin.
    let nothing = std::cmp::Ordering::Less;
    match found {
        Found::Decimal(value) => match &edge.decimal {
            Some(edge) => (*value).cmp(edge),
            None => Fraction::from(*value).cmp(&edge.exact),
        },
        Found::Exact(value) => value.cmp(&edge.exact),
        Found::Float(value) => {
            // Far from the edge f64 cannot be wrong; near it, the exact value decides.
            if (value - edge.float).abs() > 1e-9 * (value.abs() + edge.float.abs()) {
                value.total_cmp(&edge.float)
            } else {
                exact().map_or(nothing, |value| value.cmp(&edge.exact))
            }
        }
        Found::Nothing => nothing,
    }
}

/// The values of all symbols in one slot.
struct Values<'a> {
    rules: &'a ComparisonRules,
    inputs: &'a Inputs<'a>,
    slots: &'a Slots<'a>,
    slot: usize,
    floats: Vec<f64>,
    period: Option<(usize, Fraction)>,
}

impl<'a> Values<'a> {
    fn new(rules: &'a ComparisonRules, inputs: &'a Inputs<'a>, slots: &'a Slots<'a>) -> Self {
        let seconds = Fraction::from(slots.grid.period());
        let period = rules.symbols.index("T").map(|index| (index, seconds));
        let mut floats: Vec<f64> = inputs.base.iter().map(Fraction::to_f64).collect();
        if let Some((index, seconds)) = &period {
            floats[*index] = seconds.to_f64();
        }
        Self {
            rules,
            inputs,
            slots,
            slot: 0,
            floats,
            period,
        }
    }

    fn series(&self, index: usize) -> Option<&'a Exact> {
        self.slots.value(index, self.slot)
    }

    fn find(&mut self, coordinate: &Coordinate<'_>) -> Found<'a> {
        if let Some(series) = coordinate.series {
            return self.series(series).map_or(Found::Nothing, Found::Decimal);
        }
        if coordinate.product {
            for (index, series) in self.inputs.series.iter().enumerate() {
                if let Some(value) = self.series(index) {
                    self.floats[series.symbol] = value.to_f64();
                }
            }
            for (index, formula) in &self.rules.derived {
                self.floats[*index] = formula.value(&self.floats).unwrap_or(f64::NAN);
            }
            return coordinate
                .formula
                .value(&self.floats)
                .map_or(Found::Nothing, Found::Float);
        }
        self.exact(coordinate.formula)
            .map_or(Found::Nothing, Found::Exact)
    }

    fn exact(&self, formula: &Formula) -> Option<Fraction> {
        let mut symbols = self.inputs.base.clone();
        for (index, series) in self.inputs.series.iter().enumerate() {
            symbols[series.symbol] = Fraction::from(self.series(index)?);
        }
        if let Some((index, seconds)) = &self.period {
            symbols[*index] = seconds.clone();
        }
        for (index, derived) in &self.rules.derived {
            symbols[*index] = derived.exact(&symbols).ok()?;
        }
        formula.exact(&symbols).ok()
    }
}
