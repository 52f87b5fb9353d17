//! Terms of the uncertainty of one reading.

use ::uncertainty::budget::load;
use ::uncertainty::document::{FileError, Source, Text};
use numbers::number::{Exact, Fraction};
use numbers::unit::Unit;
use toml::Spanned;

use crate::comparison::file::{TermTable, UncertaintyTable};
use crate::comparison::symbols::SymbolTable;
use crate::comparison::uncertainty::{Amount, Sensitivity, Term, UncertaintyRule};

type Loaded<T> = Result<T, FileError>;

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
    let (amount, shape) = amount(source, spanned, symbols, &unit, &place)?;
    let slope_unit = error.over(&unit);
    let sensitivity = match (&table.sensitivity, of) {
        (Some(text), _) => match Exact::parse(text.get_ref()) {
            Ok(one) if one == Exact::from(1) && unit == *error => Sensitivity::One,
            _ => {
                let slope = load::formula(source, text, &place, &symbols.units(), &slope_unit)?;
                Sensitivity::Formula(Box::new(slope))
            }
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

/// The amount of a term and the name of its shape.
fn amount(
    source: Source<'_>,
    spanned: &Spanned<TermTable>,
    symbols: &SymbolTable,
    unit: &Unit,
    place: &str,
) -> Loaded<(Amount, String)> {
    let table = spanned.get_ref();
    let refuse = |reason: &str| Err(source.error(spanned.span().start, place, reason));
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
        |text: &Spanned<String>, unit: &Unit| load::formula(source, text, place, &symbols.units(), unit);
    let over = |n: i64| {
        Fraction::from(1)
            .over(&Fraction::from(n))
            .unwrap_or_else(Fraction::zero)
    };
    let scale = |text: &Spanned<String>, factor: Fraction, shape: &str| {
        Ok((Amount::Scale(formula(text, unit)?, factor), shape.to_owned()))
    };
    if let Some(text) = &table.variance {
        let variance = formula(text, &unit.squared())?;
        return Ok((Amount::Variance(variance), "u²".to_owned()));
    }
    if let Some(text) = &table.u {
        return scale(text, Fraction::from(1), "u");
    }
    if let (Some(text), Some(k)) = (&table.expanded, &table.k) {
        let square = Fraction::from(k.get_ref()).squared();
        let Some(factor) = Fraction::from(1)
            .over(&square)
            .filter(|_| k.get_ref().is_positive())
        else {
            return Err(source.error(k.span().start, place, "k is above zero"));
        };
        return scale(text, factor, &format!("k={}", k.get_ref()));
    }
    if let Some(text) = &table.step {
        return scale(text, over(12), "rectangular");
    }
    let (Some(text), Some(shape)) = (&table.half_width, &table.distribution) else {
        return refuse("a term has one of u, U, half_width, step, variance");
    };
    let factor = match shape.get_ref().as_str() {
        "rectangular" => over(3),
        "triangular" => over(6),
        "arcsine" => over(2),
        other => {
            let reason = format!("distribution {other:?}: one of rectangular, triangular, arcsine");
            return Err(source.error(shape.span().start, place, reason));
        }
    };
    scale(text, factor, shape.get_ref())
}
