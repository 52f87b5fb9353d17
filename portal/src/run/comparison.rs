//! An online verification (远程在线检测) by any procedure that is data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use analysis::evidence::{canonical, on_grid};
use analysis::number::Exact;
use analysis::procedure::{
    Certificate, EVIDENCE_FORMAT, Evidence, Instrument as Side, Owner, Procedure, Requirement, Series,
    SeriesNeed, Value, run as judge,
};
use analysis::unit;
use analysis::verdict::Kind;
use devices::profile::Point;
use devices::{Profile, SeriesId, Window};
use ledger::instruments::{Configuration, Instrument};
use rust_decimal::Decimal;

use super::work::{Outcome, common_period, compute, multiplier, nameplate, profile, readings};
use crate::Portal;
use crate::problem::{Answer, Problem};
use crate::refusal;
use crate::run::wire::GivenValue;

/// Both instruments with their models.
struct Pair<'a> {
    subject: (&'a Instrument, &'a Profile),
    reference: (&'a Instrument, &'a Profile),
}

pub(super) async fn run(
    portal: &Portal,
    procedure: Arc<Procedure>,
    (subject, reference): (&Instrument, &Instrument),
    certified: Option<&Configuration>,
    window: Window,
    given: &BTreeMap<String, GivenValue>,
) -> Answer<Outcome> {
    let pair = Pair {
        subject: (subject, profile(portal, &subject.configuration, "instrument_id")?),
        reference: (
            reference,
            profile(portal, &reference.configuration, "reference_id")?,
        ),
    };
    check_plain(subject, "instrument_id")?;
    check_plain(reference, "reference_id")?;
    let period = common_period(subject, reference);
    let needed = procedure
        .requirement(window, period)
        .ok_or_else(refusal::run::window_without_period)?;
    check_given(&needed, given)?;
    let evidence = gather(portal, &pair, certified, &needed, given).await?;
    compute(move || {
        let conclusion = judge(&procedure, &evidence);
        Outcome {
            conclusion,
            evidence: evidence.canonical(),
            procedure: procedure.text().to_owned(),
        }
    })
    .await
}

/// These procedures read indications as displayed; energy behind transformers has a procedure of its own.
fn check_plain(instrument: &Instrument, field: &str) -> Answer<()> {
    if multiplier(&instrument.configuration).factor() == Some(Decimal::ONE) {
        return Ok(());
    }
    Err(refusal::run::behind_transformers().on_field(field))
}

/// Everything asked for and nothing else: a value under a wrong symbol would silently not count.
fn check_given(needed: &Requirement, given: &BTreeMap<String, GivenValue>) -> Answer<()> {
    let asked: BTreeSet<&str> = needed.values.iter().map(|need| need.symbol.as_str()).collect();
    if let Some(other) = given.keys().find(|symbol| !asked.contains(symbol.as_str())) {
        return Err(refusal::run::value_not_asked_for(other).on_field(format!("values.{other}")));
    }
    let Some(need) = needed
        .values
        .iter()
        .find(|need| !given.contains_key(&need.symbol))
    else {
        return Ok(());
    };
    Err(refusal::run::value_missing(&need.title, &need.symbol, &need.unit)
        .on_field(format!("values.{}", need.symbol)))
}

async fn gather(
    portal: &Portal,
    pair: &Pair<'_>,
    certified: Option<&Configuration>,
    needed: &Requirement,
    given: &BTreeMap<String, GivenValue>,
) -> Answer<Evidence> {
    let mut series = BTreeMap::new();
    for need in &needed.series {
        series.insert(need.symbol.clone(), read(portal, pair, need, needed).await?);
    }
    let values = |of: Owner| -> BTreeMap<String, Value> {
        let of_it = needed.values.iter().filter(|need| need.of == of);
        let value = |need: &analysis::procedure::ValueNeed| {
            let given = given.get(&need.symbol)?;
            let value = Value {
                value: given.value.into(),
                unit: given.unit.clone().unwrap_or_else(|| need.unit.clone()),
            };
            Some((need.symbol.clone(), value))
        };
        of_it.filter_map(value).collect()
    };
    let evidence = Evidence {
        format: EVIDENCE_FORMAT,
        kind: Kind::OnlineVerification,
        window: needed.window,
        period_seconds: needed.period_seconds,
        subject: side(pair.subject, values(Owner::Subject)),
        reference: side(pair.reference, values(Owner::Reference)),
        certificate: certificate(
            &pair.reference.0.configuration,
            certified,
            values(Owner::Certificate),
        )?,
        series,
    };
    evidence
        .checked()
        .map_err(|error| refusal::run::evidence_not_usable().because(&error))
}

fn side((instrument, profile): (&Instrument, &Profile), values: BTreeMap<String, Value>) -> Side {
    let plate = nameplate(&instrument.configuration, profile);
    Side {
        device: instrument.configuration.device.to_string(),
        name: instrument.configuration.name.clone(),
        manufacturer: plate.manufacturer,
        model: plate.model,
        serial: plate.serial,
        accuracy_class: plate.accuracy_class.map(|class| class.0),
        values,
    }
}

async fn read(portal: &Portal, pair: &Pair<'_>, need: &SeriesNeed, needed: &Requirement) -> Answer<Series> {
    let (field, (instrument, profile)) = match need.of {
        Owner::Subject => ("instrument_id", pair.subject),
        Owner::Reference | Owner::Certificate => ("reference_id", pair.reference),
    };
    let point = point(profile, need).ok_or_else(|| {
        refusal::run::point_in_unit_missing(&instrument.configuration.name, &need.point, &need.unit)
            .on_field(field)
    })?;
    let series = SeriesId::new(instrument.configuration.device.clone(), point.name.clone());
    let stored = readings(
        portal,
        &series,
        needed.fetch,
        instrument.configuration.period_seconds,
    )
    .await?;
    Ok(Series {
        point: point.name.to_string(),
        unit: point.unit.symbol().to_owned(),
        resolution: point.resolution.filter(|_| need.resolution).map(Exact::from),
        modulus: point.modulus.filter(|_| need.register).map(Exact::from),
        largest_step: None,
        readings: on_grid(&stored, needed.period_seconds),
    })
}

/// The point of that name, or the only one of its quantity: models name their points in their own way.
fn point<'a>(profile: &'a Profile, need: &SeriesNeed) -> Option<&'a Point> {
    let wanted = unit::parse(&need.unit).ok()?.unit;
    let fits = |point: &&Point| {
        let own = unit::parse(point.unit.symbol());
        point.cumulative == need.register && own.is_ok_and(|own| unit::same_quantity(&own.unit, &wanted))
    };
    if let Some(named) = profile.point(&need.point).filter(fits) {
        return Some(named);
    }
    let mut of_it = profile.points.iter().filter(fits);
    let only = of_it.next()?;
    of_it.next().is_none().then_some(only)
}

/// `None` without a certificate: the engine then says 待定 and why.
fn certificate(
    reference: &Configuration,
    certified: Option<&Configuration>,
    values: BTreeMap<String, Value>,
) -> Answer<Option<Certificate>> {
    let (Some(held), Some(certified)) = (&reference.certificate, certified) else {
        return Ok(None);
    };
    Ok(Some(Certificate {
        number: held.certificate_no.clone(),
        issued_by: held.issued_by.clone(),
        valid_from: Some(held.issued_on),
        valid_to: held.due_on,
        values,
        configuration_at_calibration: digest(certified)?,
        configuration_now: digest(reference)?,
    }))
}

/// What a calibration of an instrument is for: this one, read by this model.
fn digest(configuration: &Configuration) -> Answer<String> {
    let means = serde_json::json!([
        configuration.manufacturer,
        configuration.serial,
        configuration.profile,
        configuration.multiplier
    ]);
    serde_json::to_vec(&means)
        .map(|bytes| canonical::sha256(&bytes))
        .map_err(|error| Problem::internal(&error))
}
