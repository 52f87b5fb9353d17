//! Terms of the uncertainty of one reading.

use toml::Spanned;

use super::Loaded;
use crate::procedure::file::{TermTable, UncertaintyTable};
use crate::procedure::symbols::SymbolTable;
use crate::procedure::uncertainty::{Amount, Sensitivity, Term, UncertaintyRule};
use crate::procedure::whole;
use numbers::number::{Exact, Fraction};
use numbers::unit::Unit;
use uncertainty::budget::load;
use uncertainty::document::Source;
use uncertainty::document::Text;

pub(super) fn rule(
    source: Source<'_>,
    table: &UncertaintyTable,
    symbols: &SymbolTable,
    error: &Unit,
) -> Loaded<UncertaintyRule> {
    if !table.k.get_ref().is_positive() {
        return Err(source.error(table.k.span().start, "uncertainty", "k is above zero"));
    }
    if *table.places.get_ref() > 12 {
        let reason = "more than 12 decimals of U, nobody knows them";
        return Err(source.error(table.places.span().start, "uncertainty", reason));
    }
    if table.term.is_empty() {
        let reason = "no term: an uncertainty of nothing decides nothing, add [[uncertainty.term]]";
        return Err(source.error(table.k.span().start, "uncertainty", reason));
    }
    let terms = table.term.iter().map(|t| term(source, t, symbols, error));
    Ok(UncertaintyRule {
        k: table.k.get_ref().clone(),
        places: *table.places.get_ref(),
        terms: terms.collect::<Loaded<_>>()?,
    })
}

fn term(
    source: Source<'_>,
    spanned: &Spanned<TermTable>,
    symbols: &SymbolTable,
    error: &Unit,
) -> Loaded<Term> {
    let table = spanned.get_ref();
    let place = format!("uncertainty term {}", table.en);
    let start = spanned.span().start;
    let refuse = |reason: &str| Err(source.error(start, place.clone(), reason));
    let of = match &table.of {
        None => None,
        Some(name) => match symbols.index(name.get_ref()) {
            Some(index) => Some(index),
            None => {
                let reason = format!("{} is no symbol of this procedure", name.get_ref());
                return Err(source.error(name.span().start, place, reason));
            }
        },
    };
    if of.is_some() && table.sensitivity.is_some() {
        return refuse("of derives the sensitivity, drop one of them");
    }
    let unit = match (&table.unit, of) {
        (Some(text), _) => load::unit(source, text, &place)?,
        (None, Some(index)) => symbols.all()[index].unit.clone(),
        (None, None) => error.clone(),
    };
    if let Some(index) = of
        && unit.dimension() != symbols.all()[index].unit.dimension()
    {
        return refuse("the unit is not that of the symbol");
    }
    let given = [
        table.u.is_some(),
        table.expanded.is_some(),
        table.half_width.is_some(),
        table.step.is_some(),
        table.variance.is_some(),
    ];
    if given.iter().filter(|g| **g).count() != 1 {
        return refuse("a term has one of u, U, half_width, step, variance");
    }
    if table.k.is_some() != table.expanded.is_some() {
        return refuse("U and its k belong together");
    }
    if table.distribution.is_some() != table.half_width.is_some() {
        return refuse("half_width and its distribution belong together");
    }
    let formula =
        |text: &Spanned<String>, unit: &Unit| load::formula(source, text, &place, &symbols.units(), unit);
    let over = |n: i64| whole(1).over(&whole(n)).unwrap_or_else(Fraction::zero);
    let (amount, shape) = if let Some(text) = &table.variance {
        (Amount::Variance(formula(text, &unit.squared())?), "u²".to_owned())
    } else if let Some(text) = &table.u {
        (Amount::Scale(formula(text, &unit)?, whole(1)), "u".to_owned())
    } else if let (Some(text), Some(k)) = (&table.expanded, &table.k) {
        let square = Fraction::from(k.get_ref()).squared();
        let Some(factor) = whole(1).over(&square).filter(|_| k.get_ref().is_positive()) else {
            return Err(source.error(k.span().start, place, "k is above zero"));
        };
        (
            Amount::Scale(formula(text, &unit)?, factor),
            format!("k={}", k.get_ref()),
        )
    } else if let Some(text) = &table.step {
        (
            Amount::Scale(formula(text, &unit)?, over(12)),
            "rectangular".to_owned(),
        )
    } else if let (Some(text), Some(shape)) = (&table.half_width, &table.distribution) {
        let factor = match shape.get_ref().as_str() {
            "rectangular" => over(3),
            "triangular" => over(6),
            "arcsine" => over(2),
            other => {
                let reason = format!("distribution {other:?}: one of rectangular, triangular, arcsine");
                return Err(source.error(shape.span().start, place, reason));
            }
        };
        (
            Amount::Scale(formula(text, &unit)?, factor),
            shape.get_ref().clone(),
        )
    } else {
        return refuse("a term has one of u, U, half_width, step, variance");
    };
    let slope_unit = error.over(&unit);
    let sensitivity = match (&table.sensitivity, of) {
        (Some(text), _) => match Exact::parse(text.get_ref()) {
            Ok(one) if one == Exact::from(1) && unit == *error => Sensitivity::One,
            _ => Sensitivity::Formula(Box::new(formula(text, &slope_unit)?)),
        },
        (None, Some(index)) => {
            // The derivative is per unit of the symbol; an amount in another unit needs a factor.
            if unit != symbols.all()[index].unit {
                return refuse("of: state the amount in the unit of the symbol");
            }
            Sensitivity::Derived(index)
        }
        (None, None) if unit.dimension() == error.dimension() && unit == *error => Sensitivity::One,
        (None, None) => return refuse("the unit is not that of the error: give of or sensitivity"),
    };
    Ok(Term {
        name: Text::new(&*table.zh, &*table.en),
        amount,
        sensitivity,
        shape,
    })
}
