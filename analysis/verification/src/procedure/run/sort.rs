//! Which bin a slot belongs to.

use crate::procedure::Procedure;
use crate::verdict::Code;
use numbers::number::{Exact, Fraction};
use uncertainty::expression::Formula;

use super::fit::Fit;
use super::slots::Slots;

/// A formula that bins ask for, computed once per slot.
struct Asked<'a> {
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
    asked: usize,
    from: Option<Edge>,
    to: Option<Edge>,
    to_included: bool,
}

/// The value of an asked formula in one slot.
enum Found<'a> {
    Decimal(&'a Exact),
    Float(f64),
    Exact(Fraction),
    Nothing,
}

/// Slots of every bin, and the reason of every slot that lies in none.
pub(super) fn sort(
    procedure: &Procedure,
    fit: &Fit<'_>,
    slots: &Slots<'_>,
) -> (Vec<Vec<usize>>, Vec<(usize, Code)>) {
    let mut asked: Vec<Asked<'_>> = Vec::new();
    let mut tests: Vec<Vec<Test>> = Vec::new();
    let edge = |formula: &Option<Formula>| {
        let exact = formula.as_ref()?.exact(&fit.base).ok()?;
        Some(Edge {
            decimal: exact.decimal(),
            float: exact.to_f64(),
            exact,
        })
    };
    for bin in procedure.bins() {
        let mut of_bin = Vec::new();
        for condition in &bin.conditions {
            let same = |a: &Asked<'_>| a.formula.text() == condition.of.text();
            let index = asked.iter().position(same).unwrap_or_else(|| {
                asked.push(ask(procedure, fit, &condition.of));
                asked.len() - 1
            });
            of_bin.push(Test {
                asked: index,
                from: edge(&condition.from),
                to: edge(&condition.to),
                to_included: condition.to_included,
            });
        }
        tests.push(of_bin);
    }
    let mut members = vec![Vec::new(); tests.len()];
    let mut outside = Vec::new();
    let mut values = Values::new(procedure, fit, slots);
    for (slot, state) in slots.states.iter().enumerate() {
        if let Err(code) = state {
            outside.push((slot, *code));
            continue;
        }
        values.move_to(slot);
        let found: Vec<Found<'_>> = asked.iter().map(|a| values.find(a)).collect();
        let bin = tests.iter().position(|bin| {
            bin.iter().all(|test| {
                let asked = &asked[test.asked];
                let at_least =
                    |e: &Edge| order(&found[test.asked], e, || values.exact(asked.formula)).is_ge();
                let below = |e: &Edge| {
                    let order = order(&found[test.asked], e, || values.exact(asked.formula));
                    order.is_lt() || (test.to_included && order.is_eq())
                };
                !matches!(found[test.asked], Found::Nothing)
                    && test.from.as_ref().is_none_or(at_least)
                    && test.to.as_ref().is_none_or(below)
            })
        });
        match bin {
            Some(bin) => members[bin].push(slot),
            None => outside.push((slot, Code::OutsideBins)),
        }
    }
    (members, outside)
}

fn ask<'a>(procedure: &Procedure, fit: &Fit<'_>, formula: &'a Formula) -> Asked<'a> {
    let alone = formula.lone_symbol();
    let products = |f: &Formula| f.is_product();
    Asked {
        series: alone.and_then(|symbol| fit.series.iter().position(|s| s.symbol == symbol)),
        product: products(formula)
            && procedure
                .derived
                .iter()
                .all(|(index, f)| !formula.uses(*index) || products(f)),
        formula,
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
    procedure: &'a Procedure,
    fit: &'a Fit<'a>,
    slots: &'a Slots<'a>,
    slot: usize,
    floats: Vec<f64>,
    period: Option<(usize, Fraction)>,
}

impl<'a> Values<'a> {
    fn new(procedure: &'a Procedure, fit: &'a Fit<'a>, slots: &'a Slots<'a>) -> Self {
        let seconds = Fraction::from(slots.grid.period());
        let period = procedure.symbols().index("T").map(|index| (index, seconds));
        let mut floats: Vec<f64> = fit.base.iter().map(Fraction::to_f64).collect();
        if let Some((index, seconds)) = &period {
            floats[*index] = seconds.to_f64();
        }
        Self {
            procedure,
            fit,
            slots,
            slot: 0,
            floats,
            period,
        }
    }

    fn move_to(&mut self, slot: usize) {
        self.slot = slot;
    }

    fn series(&self, index: usize) -> Option<&'a Exact> {
        self.slots.values[index].get(self.slot)?.as_deref()
    }

    fn find(&mut self, asked: &Asked<'_>) -> Found<'a> {
        if let Some(series) = asked.series {
            return self.series(series).map_or(Found::Nothing, Found::Decimal);
        }
        if asked.product {
            for (index, series) in self.fit.series.iter().enumerate() {
                if let Some(value) = self.series(index) {
                    self.floats[series.symbol] = value.to_f64();
                }
            }
            for (index, formula) in &self.procedure.derived {
                self.floats[*index] = formula.value(&self.floats).unwrap_or(f64::NAN);
            }
            return asked
                .formula
                .value(&self.floats)
                .map_or(Found::Nothing, Found::Float);
        }
        self.exact(asked.formula).map_or(Found::Nothing, Found::Exact)
    }

    fn exact(&self, formula: &Formula) -> Option<Fraction> {
        let mut symbols = self.fit.base.clone();
        for (index, series) in self.fit.series.iter().enumerate() {
            symbols[series.symbol] = Fraction::from(self.series(index)?);
        }
        if let Some((index, seconds)) = &self.period {
            symbols[*index] = seconds.clone();
        }
        for (index, derived) in &self.procedure.derived {
            symbols[*index] = derived.exact(&symbols).ok()?;
        }
        formula.exact(&symbols).ok()
    }
}
