//! The whole arithmetic at the examples of the file, and whether bins overlap there.

use super::Loaded;
use crate::procedure::file::{BinTable, ErrorTable};
use crate::procedure::{Bin, Condition, Procedure};
use numbers::number::Fraction;
use uncertainty::document::Source;
use uncertainty::expression::{Formula, Trouble};

pub(super) fn run(
    source: Source<'_>,
    procedure: &Procedure,
    error: &ErrorTable,
    tables: &[BinTable],
) -> Loaded<()> {
    let values = procedure.symbols.examples();
    let formula = &procedure.error.formula;
    // A verdict never passes through f64, so the formula must have exact values.
    if let Err(e) = formula.exact(&values) {
        let why = match e.trouble {
            Trouble::NotExact(_) => "; an error of indication keeps to + - * / and whole powers",
            _ => " at the examples",
        };
        let reason = format!("{}{why}", e.trouble);
        return Err(source.inside(error.formula.span(), "error", (e.line, e.column), reason));
    }
    if procedure.uncertainty.expanded(formula, &values).is_none() {
        let reason = "the uncertainty has no value at the examples; check its terms and the examples";
        return Err(source.error(error.formula.span().start, "uncertainty", reason));
    }
    let start = |index: usize| tables.get(index).map_or(0, |t| t.name.span().start);
    for (index, bin) in procedure.bins.iter().enumerate() {
        let place = format!("bin {}", bin.name);
        for limit in bin.limits.all() {
            let positive = limit
                .value(&values)
                .is_ok_and(|v| !v.is_negative() && !v.is_zero());
            if !positive {
                let reason = format!(
                    "the limit {} has no exact value above zero at the examples",
                    limit.text
                );
                return Err(source.error(start(index), place, reason));
            }
        }
        for condition in &bin.conditions {
            if condition.of.exact(&values).is_err() {
                let reason = format!("{} has no exact value at the examples", condition.of.text());
                return Err(source.error(start(index), place, reason));
            }
        }
        if let Some(reason) = empty(bin, &values) {
            return Err(source.error(start(index), place, reason));
        }
        for earlier in procedure.bins.iter().take(index) {
            if !apart(bin, earlier, &values) {
                let reason = format!(
                    "overlaps bin {}; a reading must have one bin: part them by from and to of the same formula",
                    earlier.name
                );
                return Err(source.error(start(index), place, reason));
            }
        }
    }
    Ok(())
}

fn bound(formula: Option<&Formula>, values: &[Fraction]) -> Option<Fraction> {
    formula.and_then(|f| f.exact(values).ok())
}

/// Why a bin can take nothing.
pub(crate) fn empty(bin: &Bin, values: &[Fraction]) -> Option<String> {
    for condition in &bin.conditions {
        let from = bound(condition.from.as_ref(), values);
        let to = bound(condition.to.as_ref(), values);
        if let (Some(from), Some(to)) = (from, to)
            && to <= from
        {
            return Some(format!("of {}: from must lie below to", condition.of.text()));
        }
    }
    None
}

/// Whether one condition of both on the same formula parts them.
pub(crate) fn apart(a: &Bin, b: &Bin, values: &[Fraction]) -> bool {
    let below = |low: &Condition, high: &Condition| {
        let (to, from) = (bound(low.to.as_ref(), values), bound(high.from.as_ref(), values));
        match (to, from) {
            (Some(to), Some(from)) => to < from || (to == from && !low.to_included),
            _ => false,
        }
    };
    a.conditions.iter().any(|x| {
        b.conditions
            .iter()
            .filter(|y| x.of.text() == y.of.text() && x.unit == y.unit)
            .any(|y| below(x, y) || below(y, x))
    })
}
