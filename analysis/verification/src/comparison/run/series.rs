//! A series of the evidence as the procedure reads it: its unit, its register, its transformers.

use std::borrow::Cow;

use ::uncertainty::expression;
use numbers::number::{Exact, Fraction};
use numbers::register::Register;
use numbers::unit::{Unit, same_quantity};

use crate::comparison::rules::ComparisonRules;
use crate::comparison::symbols::{Origin, Symbol};
use crate::conclusion::{Code, Reason};
use crate::evidence::{Evidence, Instrument, Role, Sample, Series};

/// The series of one symbol.
pub(super) struct InputSeries<'a> {
    pub(super) symbol: usize,
    pub(super) of: Role,
    /// Of a cumulative register, in its own unit.
    pub(super) register: Option<Register>,
    /// What one step of the series is in the unit of the symbol; `None` is 1.
    factor: Option<Exact>,
    pub(super) readings: &'a [Sample],
}

impl InputSeries<'_> {
    /// A value of the series in the unit of its symbol.
    pub(super) fn scaled<'v>(&self, value: &'v Exact) -> Cow<'v, Exact> {
        match &self.factor {
            None => Cow::Borrowed(value),
            Some(factor) => Cow::Owned(value * factor),
        }
    }

    /// Least step of its register in the unit of its symbol.
    pub(super) fn least_step(&self) -> Option<Exact> {
        let step = self.register.as_ref()?.resolution.as_ref()?;
        Some(self.scaled(step).into_owned())
    }
}

pub(super) fn misfit(place: &str, detail: &str) -> Reason {
    Reason::with(Code::EvidenceDoesNotFit, &[("place", place), ("detail", detail)])
}

pub(super) fn incomplete(field: &str) -> Reason {
    Reason::with(Code::NameplateIncomplete, &[("field", field)])
}

/// What one `from` is in `to`; scales with different zeros are refused.
pub(super) fn unit_factor(from: &str, to: &Unit) -> Result<Fraction, String> {
    let own = expression::unit(from).map_err(|e| format!("unit {from:?}: {e}"))?;
    if own == *to {
        return Ok(Fraction::from(1));
    }
    let scale = |unit: &Unit| unit.is_lone("℃") || unit.is_lone("K") || unit.is_lone("°F");
    if !same_quantity(&own, to) || (scale(&own) && scale(to)) {
        return Err(format!("unit {own} where {to} is asked for"));
    }
    let size = |unit: &Unit| unit.size().map_err(|e| e.to_string());
    let (a, b) = (size(&own)?, size(to)?);
    if a.turns != b.turns {
        return Err(format!("{own} to {to} goes through π and has no exact factor"));
    }
    let quotient = a.rational().and_then(|a| a.over(&b.rational()?));
    quotient.ok_or_else(|| format!("unit {to} has no size"))
}

pub(super) fn instrument(evidence: &Evidence, role: Role) -> &Instrument {
    match role {
        Role::Subject => &evidence.subject,
        Role::Reference | Role::Certificate => &evidence.reference,
    }
}

/// The series of a symbol, and what a step of it must be multiplied by; transformers count where energy is read.
fn found<'a>(
    rules: &ComparisonRules,
    evidence: &'a Evidence,
    symbol: &Symbol,
    of: Role,
) -> Result<(&'a Series, Option<Exact>), Reason> {
    let refuse = |detail: &str| misfit(&format!("series {}", symbol.name), detail);
    let series = evidence
        .series
        .get(&symbol.name)
        .ok_or_else(|| refuse("is missing"))?;
    if series.of != of {
        return Err(refuse(&format!("is of the {}", series.of.name())));
    }
    let factor = unit_factor(&series.unit, &symbol.unit).map_err(|e| refuse(&e))?;
    let Some(factor) = factor.decimal() else {
        return Err(refuse("its unit cannot be converted without loss"));
    };
    let one = Exact::from(1);
    let multiplier = instrument(evidence, of).multiplier.as_ref();
    let multiplier = multiplier.map_or(one.clone(), |m| m.factor());
    if rules.reader.energy().is_none() {
        if multiplier != one {
            return Err(refuse(
                "is read behind transformers, and the procedure takes the display itself",
            ));
        }
        return Ok((series, Some(factor).filter(|f| *f != one)));
    }
    if factor != one {
        return Err(refuse(&format!("unit {} must be kWh", series.unit)));
    }
    Ok((series, Some(multiplier).filter(|f| *f != one)))
}

pub(super) fn series<'a>(
    rules: &ComparisonRules,
    evidence: &'a Evidence,
    index: usize,
    symbol: &Symbol,
    of: Role,
) -> Result<InputSeries<'a>, Reason> {
    let (series, factor) = found(rules, evidence, symbol, of)?;
    let register = symbol.is_register_of(of).then(|| Register {
        resolution: series.resolution.clone(),
        modulus: series.modulus.clone(),
        largest: series.largest_step.clone().map(Into::into),
    });
    Ok(InputSeries {
        symbol: index,
        of,
        register,
        factor,
        readings: &series.readings,
    })
}

/// Least step of a series in the unit of its symbol.
pub(super) fn resolution(
    rules: &ComparisonRules,
    evidence: &Evidence,
    of: &Symbol,
) -> Result<Fraction, Reason> {
    let Origin::Series { of: role, .. } = &of.origin else {
        return Err(misfit(&of.name, "is no series"));
    };
    let (series, factor) = found(rules, evidence, of, *role)?;
    let Some(step) = series.resolution.as_ref() else {
        return Err(misfit(
            &format!("series {}", of.name),
            "its resolution is missing",
        ));
    };
    Ok(Fraction::from(
        &factor.map_or(step.clone(), |factor| step * &factor),
    ))
}
