//! A period check (期间核查): an instrument against a second one, or against the assigned value of a check standard.

mod past;
mod point;

use std::collections::BTreeMap;
use std::sync::Arc;

use devices::profile::Point;
use devices::{Profile, Reading, SeriesId, Window};
use ledger::instruments::{Certificate, Instrument};
use numbers::number::Exact;
use rust_decimal::Decimal;
use verification::evidence::on_grid;
use verification::period_check::{Evidence, FORMAT, Procedure, Side, Standard, check};
use verification::verdict::Kind;

use super::work::{Outcome, common_period, compute, declared, multiplier, profile, readings, u95_percent};
use crate::Portal;
use crate::access::Caller;
use crate::problem::Answer;
use crate::refusal;
use crate::run::wire::{GivenValue, RunRequest};

/// Largest permitted error of the subject.
const MPEV: &str = "mpev";
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
    field: &'static str,
}

pub(super) async fn run(
    portal: &Portal,
    caller: &Caller,
    procedure: Arc<Procedure>,
    subject: &Instrument,
    reference: Option<&Instrument>,
    window: Window,
    asked: &RunRequest,
) -> Answer<Outcome> {
    let given = &asked.values;
    if asked.starts_anew && !procedure.uses_past() {
        return Err(refusal::run::nothing_to_start_anew().on_field("starts_anew"));
    }
    let own = profile(portal, &subject.configuration, "instrument_id")?;
    let other = match reference {
        Some(reference) => Some(profile(portal, &reference.configuration, "reference_id")?),
        None => None,
    };
    let (point, other_point) = point::choose(&procedure, asked.point.as_deref(), own, other)?;
    let unit = point.unit.symbol().to_owned();
    check_given(given, &unit, procedure.uses_mpe())?;
    let period_seconds = reference.map_or(subject.configuration.period_seconds, |one| {
        common_period(subject, one)
    });
    let subject_at = At {
        instrument: subject,
        profile: own,
        point,
        field: "instrument_id",
    };
    let reference_side = match (reference, other, other_point) {
        (Some(instrument), Some(profile), Some(point)) => {
            let at = At {
                instrument,
                profile,
                point,
                field: "reference_id",
            };
            Some(side(portal, &at, window, period_seconds).await?)
        }
        _ => None,
    };
    let mut evidence = Evidence {
        format: FORMAT,
        kind: Kind::PeriodCheck,
        window,
        period_seconds,
        quantity: point::quantity(point),
        subject: side(portal, &subject_at, window, period_seconds).await?,
        reference: reference_side,
        standard: standard(given, &unit),
        unit,
        baseline: None,
        history: Vec::new(),
        starts_anew: asked.starts_anew,
        mpev: given.get(MPEV).map(|given| given.value.into()),
        interval_days: subject.configuration.certificate.as_ref().and_then(interval_days),
    };
    if procedure.uses_past() && !asked.starts_anew {
        past::add(portal, caller, &procedure, (subject, reference), &mut evidence).await?;
    }
    let evidence = evidence
        .checked()
        .map_err(|error| refusal::run::evidence_not_usable().because(&error))?;
    compute(move || {
        let conclusion = check(&procedure, &evidence);
        Outcome {
            conclusion,
            evidence: evidence.canonical(),
            procedure: procedure.text().to_owned(),
        }
    })
    .await
}

/// Nothing but what is known, in the unit of the readings, and above zero where it has to be.
fn check_given(given: &BTreeMap<String, GivenValue>, unit: &str, uses_mpe: bool) -> Answer<()> {
    for (symbol, value) in given {
        let field = format!("values.{symbol}");
        match symbol.as_str() {
            MPEV if uses_mpe => {}
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

fn standard(given: &BTreeMap<String, GivenValue>, unit: &str) -> Option<Standard> {
    let (value, u95) = (given.get(STANDARD)?, given.get(U_STANDARD)?);
    Some(Standard {
        name: format!("核查标准 {} {unit}", value.value),
        unit: unit.to_owned(),
        value: value.value.into(),
        u95: u95.value.into(),
    })
}

fn interval_days(held: &Certificate) -> Option<u32> {
    let days = held.due_on.since(held.issued_on).ok()?.get_days();
    u32::try_from(days).ok().filter(|days| *days > 0)
}

async fn side(portal: &Portal, at: &At<'_>, window: Window, period: u32) -> Answer<Side> {
    let configuration = &at.instrument.configuration;
    let stated = configuration
        .certificate
        .as_ref()
        .and_then(|held| held.u95)
        .ok_or_else(|| refusal::run::uncertainty_missing(&configuration.name).on_field(at.field))?;
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
    let point = if factor == Decimal::ONE {
        name.to_string()
    } else {
        format!("{name} × {factor}")
    };
    Ok(Side {
        device: configuration.device.to_string(),
        name: configuration.name.clone(),
        manufacturer: configuration.manufacturer.clone(),
        model: at.profile.model.clone(),
        serial: configuration.serial.clone(),
        u95,
        point,
        readings: samples,
    })
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
