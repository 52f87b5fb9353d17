//! One component of the file.

use toml::Spanned;

use super::{Loaded, unit};
use crate::budget::distribution::{Component, Distribution, Evaluated};
use crate::budget::file::ComponentTable;
use crate::document::Source;
use crate::document::Text;
use numbers::number::{Exact, Fraction};
use numbers::unit::{Unit, same_quantity};

pub(super) fn mean(readings: &[Exact]) -> Option<Fraction> {
    let sum = readings.iter().fold(Exact::zero(), |sum, x| &sum + x);
    Fraction::new(&sum, &Exact::new(readings.len(), 0))
}

pub(crate) fn component(
    source: Source<'_>,
    place: &str,
    table: &Spanned<ComponentTable>,
    input_unit: &Unit,
    value: &Fraction,
) -> Loaded<Component> {
    let part = table.get_ref();
    let start = table.span().start;
    let refuse = |reason: &str| Err(source.error(start, place, reason));
    let amounts = [
        part.readings.is_some(),
        part.u.is_some(),
        part.expanded.is_some(),
        part.half_width.is_some(),
        part.step.is_some(),
    ];
    if amounts.iter().filter(|given| **given).count() != 1 {
        return refuse("a component has one of readings, u, U, half_width, step");
    }
    let dof = degrees(source, place, part)?;
    let shape = part.distribution.as_ref().map(|d| d.get_ref().as_str());
    if part.expanded.is_none() && (part.k.is_some() || part.p.is_some()) {
        return refuse("k and p belong to an expanded uncertainty U");
    }
    if part.beta.is_some() && shape != Some("trapezoid") {
        return refuse("beta belongs to distribution = \"trapezoid\"");
    }
    if part.averaged.is_some() && part.readings.is_none() {
        return refuse("averaged belongs to readings");
    }
    let mut found = if let Some(readings) = &part.readings {
        from_readings(source, place, part, readings, shape)?
    } else {
        let (amount, stated) = amount(source, place, table, input_unit, value)?;
        let mut found = of_amount(source, place, part, start, shape, &amount, dof)?;
        found.stated = stated;
        found
    };
    if dof.is_some() {
        found.dof = dof;
    }
    found.name = Text::new(&*part.name_zh, &*part.name_en);
    match part.evaluated.as_deref() {
        None => {}
        Some("A") => found.evaluated = Evaluated::A,
        Some("B") if part.readings.is_none() => {}
        Some("B") => return refuse("readings are evaluated by type A"),
        Some(_) => return refuse("type is \"A\" or \"B\""),
    }
    Ok(found)
}

fn degrees(source: Source<'_>, place: &str, part: &ComponentTable) -> Loaded<Option<f64>> {
    let dof = match (&part.dof, &part.reliability) {
        (None, None) => return Ok(None),
        (Some(dof), None) => {
            if !dof.get_ref().is_positive() {
                let reason = "zero degrees of freedom: one observation says nothing about its spread; leave dof out if u is certain";
                return Err(source.error(dof.span().start, place, reason));
            }
            dof.get_ref().to_f64()
        }
        (None, Some(share)) => {
            let r = share.get_ref();
            if !r.is_positive() || *r > Exact::from(1) {
                let reason = "reliability is Δu/u, above 0 and at most 1, as in \"0.25\"";
                return Err(source.error(share.span().start, place, reason));
            }
            let r = r.to_f64();
            1.0 / (2.0 * r * r)
        }
        (Some(dof), Some(_)) => {
            return Err(source.error(dof.span().start, place, "give dof or reliability, not both"));
        }
    };
    Ok(Some(dof))
}

fn from_readings(
    source: Source<'_>,
    place: &str,
    part: &ComponentTable,
    readings: &Spanned<Vec<Exact>>,
    shape: Option<&str>,
) -> Loaded<Component> {
    let start = readings.span().start;
    if readings.get_ref().len() < 2 {
        let reason = "zero degrees of freedom: readings need two values or more";
        return Err(source.error(start, place, reason));
    }
    if part.unit.is_some() || part.relative {
        return Err(source.error(start, place, "readings are in the unit of the input"));
    }
    if !matches!(shape, None | Some("t" | "normal")) {
        return Err(source.error(start, place, "the mean of readings is normal or t"));
    }
    let averaged = part.averaged.as_ref().map(|m| *m.get_ref());
    let Some((_, mut found)) = Component::readings(readings.get_ref(), averaged) else {
        return Err(source.error(start, place, "averaged is a number of readings above zero"));
    };
    if shape == Some("normal") {
        found.distribution = Distribution::Normal;
    }
    Ok(found)
}

/// The stated amount in the unit of the input, and its text.
fn amount(
    source: Source<'_>,
    place: &str,
    table: &Spanned<ComponentTable>,
    input_unit: &Unit,
    value: &Fraction,
) -> Loaded<(Fraction, String)> {
    let part = table.get_ref();
    let start = table.span().start;
    let given = [&part.u, &part.expanded, &part.half_width, &part.step];
    let Some(given) = given.into_iter().flatten().next() else {
        return Err(source.error(start, place, "a component needs an amount"));
    };
    if !given.get_ref().is_positive() {
        let reason = "an uncertainty is above zero; leave the component out if there is none";
        return Err(source.error(given.span().start, place, reason));
    }
    let own = match &part.unit {
        Some(text) => Some((unit(source, text, place)?, text.span().start)),
        None => None,
    };
    let number = Fraction::from(given.get_ref());
    let factor = |unit: &Unit| {
        let size = unit
            .size()
            .map_err(|e| source.error(start, place, e.to_string()))?;
        Ok::<_, crate::document::FileError>(size.fraction().unwrap_or_else(Fraction::zero))
    };
    if part.relative {
        let (share, at) = own.unwrap_or((Unit::single("%"), start));
        if share.dimension() != Unit::one().dimension() {
            return Err(source.error(at, place, "a relative amount is in %, ‰ or 1"));
        }
        if value.is_zero() {
            return Err(source.error(
                start,
                place,
                "relative to a value of zero, give the amount itself",
            ));
        }
        let stated = format!("{} {share}", given.get_ref());
        return Ok((number.times(&factor(&share)?).times(&value.abs()), stated));
    }
    let stated = |unit: &Unit| format!("{} {unit}", given.get_ref());
    match own {
        None => Ok((number, stated(input_unit))),
        Some((unit, at)) => {
            if !same_quantity(&unit, input_unit) {
                let reason = format!(
                    "unit {unit} does not fit {input_unit}; for a share of the value say relative = true"
                );
                return Err(source.error(at, place, reason));
            }
            let into = factor(&unit)?
                .over(&factor(input_unit)?)
                .unwrap_or_else(Fraction::zero);
            Ok((number.times(&into), stated(&unit)))
        }
    }
}

fn of_amount(
    source: Source<'_>,
    place: &str,
    part: &ComponentTable,
    start: usize,
    shape: Option<&str>,
    amount: &Fraction,
    dof: Option<f64>,
) -> Loaded<Component> {
    let refuse = |reason: &str| Err(source.error(start, place, reason));
    if part.u.is_some() || part.expanded.is_some() {
        match shape {
            None | Some("normal") => {}
            Some("t") if dof.is_some() => {}
            Some("t") => return refuse("distribution t needs dof"),
            Some(_) => return refuse("u and U are normal or t; give a half_width for other shapes"),
        }
    }
    if part.u.is_some() {
        let shape = if shape == Some("t") || (shape.is_none() && dof.is_some()) {
            Distribution::T
        } else {
            Distribution::Normal
        };
        return Ok(Component::bare(shape, amount, dof));
    }
    if part.expanded.is_some() {
        let mut found = match (&part.k, &part.p) {
            (Some(k), None) if k.get_ref().is_positive() => {
                match Component::expanded(amount, k.get_ref(), dof) {
                    Some(found) => found,
                    None => return refuse("k is above zero"),
                }
            }
            (None, Some(p)) if p.get_ref().is_positive() && *p.get_ref() < Exact::from(1) => {
                Component::probable(amount, p.get_ref().to_f64(), dof)
            }
            (Some(_), None) => return refuse("k is above zero"),
            (None, Some(_)) => return refuse("p lies between 0 and 1, as in p = \"0.95\""),
            _ => return refuse("U needs its k or its p, one of them"),
        };
        if shape == Some("normal") {
            found.distribution = Distribution::Normal;
        }
        return Ok(found);
    }
    if part.step.is_some() {
        if !matches!(shape, None | Some("rectangular")) {
            return refuse("a resolution step is rectangular");
        }
        let half = amount.over(&Fraction::from(2)).unwrap_or_else(Fraction::zero);
        let mut found = Component::bare(Distribution::Rectangular, &half, dof);
        found.divisor = "2√3".to_owned();
        return Ok(found);
    }
    let shape = match (shape, &part.beta) {
        (Some("rectangular"), _) => Distribution::Rectangular,
        (Some("triangular"), _) => Distribution::Triangular,
        (Some("arcsine"), _) => Distribution::Arcsine,
        (Some("trapezoid"), Some(beta)) => {
            if beta.get_ref().is_negative() || *beta.get_ref() > Exact::from(1) {
                return Err(source.error(beta.span().start, place, "beta lies between 0 and 1"));
            }
            Distribution::Trapezoid(beta.get_ref().clone())
        }
        (Some("trapezoid"), None) => return refuse("a trapezoid needs beta, its top over its base"),
        (None, _) => {
            return refuse(
                "a half_width needs its distribution: rectangular, triangular, arcsine or trapezoid",
            );
        }
        (Some(other), _) => {
            return refuse(&format!(
                "distribution {other:?} has no half_width: rectangular, triangular, arcsine or trapezoid do"
            ));
        }
    };
    Ok(Component::bare(shape, amount, dof))
}
