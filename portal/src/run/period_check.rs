//! A period check (期间核查): an instrument against a second one, or against the assigned value of a check standard.

mod past;
mod point;

use std::collections::BTreeMap;

use devices::profile::Point;
use devices::{Profile, Reading, SeriesId, Window};
use ledger::instruments::{Certificate, Instrument};
use numbers::number::Exact;
use rust_decimal::Decimal;
use verification::evidence::{
    Check, Evidence, FORMAT, INDICATION, Instrument as Frozen, MPEV, REFERENCE, Role, Series, U_REFERENCE,
    U_SUBJECT, Value, on_grid,
};
use verification::procedure::{Procedure, Rules};

use super::work::{common_period, declared, multiplier, profile, readings, u95_percent};
use crate::Portal;
use crate::access::Caller;
use crate::problem::Answer;
use crate::refusal;
use crate::run::wire::{GivenValue, RunRequest};

/// Largest permitted error of the subject.
const GIVEN_MPEV: &str = "mpev";
/// Assigned value of a check standard and its U (k = 2).
const STANDARD: &str = "standard";
const U_STANDARD: &str = "U_standard";

/// Whether a check standard takes the place of a reference.
pub(super) fn has_standard(given: &BTreeMap<String, GivenValue>) -> bool {
    given.contains_key(STANDARD) || given.contains_key(U_STANDARD)
}

/// One instrument at the point that is checked.
struct At<'a> {
    instrument: &'a Instrument,
    profile: &'a Profile,
    point: &'a Point,
    role: Role,
}

/// Gathers what a period check is judged by.
pub(super) async fn evidence(
    portal: &Portal,
    caller: &Caller,
    procedure: &Procedure,
    subject: &Instrument,
    reference: Option<&Instrument>,
    window: Window,
    asked: &RunRequest,
) -> Answer<Evidence> {
    let Rules::PeriodCheck(rules) = procedure.rules() else {
        return Err(refusal::procedure::is_verification(procedure.id()).on_field("procedure"));
    };
    let given = &asked.values;
    if asked.starts_anew && !rules.uses_past() {
        return Err(refusal::run::nothing_to_start_anew().on_field("starts_anew"));
    }
    let own = profile(portal, &subject.configuration, "instrument_id")?;
    let other = match reference {
        Some(reference) => Some(profile(portal, &reference.configuration, "reference_id")?),
        None => None,
    };
    let (point, other_point) = point::choose(rules, asked.point.as_deref(), own, other)?;
    let unit = point.unit.symbol().to_owned();
    check_given(given, &unit, rules.uses_mpe())?;
    let period = reference.map_or(subject.configuration.period_seconds, |one| {
        common_period(subject, one)
    });
    let at = |instrument, profile, point, role| At {
        instrument,
        profile,
        point,
        role,
    };
    let mut series = BTreeMap::new();
    let (mut frozen, indication) =
        side(portal, &at(subject, own, point, Role::Subject), window, period).await?;
    series.insert(INDICATION.to_owned(), indication);
    if let Some(mpev) = given.get(GIVEN_MPEV) {
        frozen.values.insert(MPEV.to_owned(), value(mpev.value, &unit));
    }
    let compared = match (reference, other, other_point) {
        (Some(instrument), Some(profile), Some(point)) => {
            let at = at(instrument, profile, point, Role::Reference);
            let (frozen, readings) = side(portal, &at, window, period).await?;
            series.insert(REFERENCE.to_owned(), readings);
            frozen
        }
        _ => standard(given, &unit),
    };
    let mut evidence = Evidence {
        format: FORMAT,
        window,
        period_seconds: period,
        subject: frozen,
        reference: compared,
        certificate: None,
        series,
        check: Some(Check {
            quantity: point::quantity(point),
            starts_anew: asked.starts_anew,
            interval_days: subject.configuration.certificate.as_ref().and_then(interval_days),
            ..Check::default()
        }),
    };
    if rules.uses_past() && !asked.starts_anew {
        past::add(portal, caller, rules, (subject, reference), &mut evidence).await?;
    }
    Ok(evidence)
}

/// Nothing but what is known, in the unit of the readings, and above zero where it has to be.
fn check_given(given: &BTreeMap<String, GivenValue>, unit: &str, uses_mpe: bool) -> Answer<()> {
    for (symbol, value) in given {
        let field = format!("values.{symbol}");
        match symbol.as_str() {
            GIVEN_MPEV if uses_mpe => {}
            STANDARD | U_STANDARD => {}
            _ => {
                return Err(refusal::run::value_not_asked_for(symbol).on_field(field));
            }
        }
        if value.unit.as_deref().is_some_and(|given| given != unit) {
            return Err(refusal::run::value_in_other_unit(unit).on_field(field));
        }
        if symbol != STANDARD && value.value <= Decimal::ZERO {
            return Err(refusal::run::value_not_positive().on_field(field));
        }
    }
    if given.contains_key(STANDARD) == given.contains_key(U_STANDARD) {
        return Ok(());
    }
    Err(refusal::run::standard_incomplete().on_field("values.U_standard"))
}

fn value(value: Decimal, unit: &str) -> Value {
    Value {
        value: value.into(),
        unit: unit.to_owned(),
    }
}

/// A check standard in the place of a second instrument; what was not given is missing, and refused as such.
fn standard(given: &BTreeMap<String, GivenValue>, unit: &str) -> Frozen {
    let symbols = [(STANDARD, REFERENCE), (U_STANDARD, U_REFERENCE)];
    let values = symbols.iter().filter_map(|(asked, symbol)| {
        let given = given.get(*asked)?;
        Some(((*symbol).to_owned(), value(given.value, unit)))
    });
    let assigned = given.get(STANDARD).map(|given| given.value.to_string());
    Frozen {
        name: format!("核查标准 {} {unit}", assigned.unwrap_or_default()),
        values: values.collect(),
        ..Frozen::default()
    }
}

fn interval_days(held: &Certificate) -> Option<u32> {
    let days = held.due_on.since(held.issued_on).ok()?.get_days();
    u32::try_from(days).ok().filter(|days| *days > 0)
}

/// One instrument with its U, and its readings as primary values.
async fn side(portal: &Portal, at: &At<'_>, window: Window, period: u32) -> Answer<(Frozen, Series)> {
    let configuration = &at.instrument.configuration;
    let (field, u_symbol) = match at.role {
        Role::Subject => ("instrument_id", U_SUBJECT),
        Role::Reference | Role::Certificate => ("reference_id", U_REFERENCE),
    };
    let stated = configuration
        .certificate
        .as_ref()
        .and_then(|held| held.u95)
        .ok_or_else(|| refusal::run::uncertainty_missing(&configuration.name).on_field(field))?;
    let series = SeriesId::new(configuration.device.clone(), at.point.name.clone());
    let stored = readings(portal, &series, window, configuration.period_seconds).await?;
    let factor = multiplier(configuration)
        .of(at.point.quantity)
        .ok_or_else(refusal::run::value_too_large)?;
    let u95 = declared_u95(&stored, u95_percent(stated)?, factor)?;
    let exact = Exact::from(factor);
    let mut samples = on_grid(&stored, period);
    // Exact products: both sides are compared as primary values, and the factor stands in the point's name.
    for sample in &mut samples {
        sample.value = sample.value.as_ref().map(|value| value * &exact);
    }
    let name = &at.point.name;
    let unit = at.point.unit.symbol().to_owned();
    let point = if factor == Decimal::ONE {
        name.to_string()
    } else {
        format!("{name} × {factor}")
    };
    let u95 = Value {
        value: u95,
        unit: unit.clone(),
    };
    let frozen = Frozen {
        device: configuration.device.to_string(),
        name: configuration.name.clone(),
        manufacturer: configuration.manufacturer.clone(),
        model: at.profile.model.clone(),
        serial: configuration.serial.clone(),
        values: BTreeMap::from([(u_symbol.to_owned(), u95)]),
        ..Frozen::default()
    };
    let series = Series {
        of: at.role,
        point,
        unit,
        resolution: None,
        modulus: None,
        largest_step: None,
        negative: None,
        readings: samples,
    };
    Ok((frozen, series))
}

/// The certificate's relative U95 at the mean of the good readings, rounded up once and declared so.
fn declared_u95(readings: &[Reading], percent: Decimal, factor: Decimal) -> Answer<Exact> {
    let good: Vec<Decimal> = readings
        .iter()
        .filter(|reading| reading.quality.is_good())
        .filter_map(|reading| reading.value)
        .collect();
    let sum = good
        .iter()
        .try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value.abs()))
        .ok_or_else(refusal::run::value_too_large)?;
    let count = Decimal::from(good.len().max(1));
    let u95 = sum
        .checked_div(count)
        .and_then(|mean| mean.checked_mul(factor))
        .and_then(|mean| mean.checked_mul(percent))
        .and_then(|mean| mean.checked_div(Decimal::ONE_HUNDRED))
        .ok_or_else(refusal::run::value_too_large)?;
    Ok(declared(u95))
}
