//! The whole arithmetic at the examples of the file, and whether bins overlap there.

use ::uncertainty::document::{FileError, Source};
use ::uncertainty::expression::Trouble;
use numbers::number::Fraction;

use crate::comparison::file::{BinTable, ErrorTable};
use crate::comparison::rules::{Bin, ComparisonRules};

type Loaded<T> = Result<T, FileError>;

pub(super) fn run(
    source: Source<'_>,
    rules: &ComparisonRules,
    error: &ErrorTable,
    tables: &[BinTable],
) -> Loaded<()> {
    let values = rules.symbols.examples();
    let formula = &rules.error.formula;
    // A verdict never passes through f64, so the formula must have exact values.
    if let Err(e) = formula.exact(&values) {
        let why = match e.trouble {
            Trouble::NotExact(_) => "; an error of indication keeps to + - * / and whole powers",
            _ => " at the examples",
        };
        let reason = format!("{}{why}", e.trouble);
        return Err(source.inside(error.formula.span(), "error", (e.line, e.column), reason));
    }
    if rules.uncertainty.expanded(formula, &values).is_none() {
        let reason = "the uncertainty has no value at the examples; check its terms and the examples";
        return Err(source.error(error.formula.span().start, "uncertainty", reason));
    }
    for (index, bin) in rules.bins.iter().enumerate() {
        let start = tables.get(index).map_or(0, |t| t.name.span().start);
        bin_at(bin, &rules.bins[..index], &values)
            .map_err(|reason| source.error(start, format!("bin {}", bin.name), reason))?;
    }
    Ok(())
}

/// Why a bin cannot work at these values.
fn bin_at(bin: &Bin, earlier: &[Bin], values: &[Fraction]) -> Result<(), String> {
    for limit in bin.limits.all() {
        let positive = |value: Fraction| !value.is_negative() && !value.is_zero();
        if !limit.value(values).is_ok_and(positive) {
            return Err(format!(
                "the limit {} has no exact value above zero at the examples",
                limit.text
            ));
        }
    }
    for condition in &bin.conditions {
        if condition.of.exact(values).is_err() {
            return Err(format!(
                "{} has no exact value at the examples",
                condition.of.text()
            ));
        }
    }
    if let Some(reason) = bin.empty(values) {
        return Err(reason);
    }
    match earlier.iter().find(|earlier| !bin.apart(earlier, values)) {
        Some(earlier) => Err(format!(
            "overlaps bin {}; a reading must have one bin: part them by from and to of the same formula",
            earlier.name
        )),
        None => Ok(()),
    }
}
