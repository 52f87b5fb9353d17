//! An online comparison (远程在线检测) by any procedure: what it asks for, read from both instruments and frozen.

use std::collections::{BTreeMap, BTreeSet};

use devices::profile::{InstrumentKind, Point};
use devices::{Profile, Quantity, SeriesId, Window};
use ledger::instruments::{Certificate as Held, Configuration, Instrument};
use numbers::number::Exact;
use numbers::unit;
use rust_decimal::Decimal;
use verification::canonical;
use verification::evidence::{
    Certificate, Evidence, FORMAT, Instrument as Frozen, Negative, Role, Series, Value, on_grid,
};
use verification::procedure::Procedure;
use verification::requirement::{Plan, Requirement, SeriesNeed, ValueNeed, ValueSource};

use super::work::{common_period, multiplier, nameplate, profile, readings, u95_percent};
use crate::Portal;
use crate::problem::{Answer, Problem};
use crate::refusal;
use crate::run::wire::GivenValue;

/// Models do not declare what a minus means. Taken for reversed energy, it lies in no bin: a model that means capacitive
/// load loses those intervals. Taken for capacitive load, reversed energy would be judged by a limit that is not its own.
const POWER_FACTOR_SIGN: Negative = Negative::Reversed;

/// One instrument with its model.
struct Side<'a> {
    configuration: &'a Configuration,
    profile: &'a Profile,
    field: &'static str,
}

impl<'a> Side<'a> {
    fn new(portal: &'a Portal, instrument: &'a Instrument, field: &'static str) -> Answer<Self> {
        let configuration = &instrument.configuration;
        let profile = profile(portal, configuration, field)?;
        Ok(Self {
            configuration,
            profile,
            field,
        })
    }

    /// Transformers stand before energy meters, and every other procedure takes the display itself.
    fn check(&self, transformers: bool) -> Answer<()> {
        let meter = matches!(
            self.profile.instrument,
            InstrumentKind::EnergyMeter | InstrumentKind::ReferenceMeter
        );
        if transformers && !meter {
            return Err(refusal::run::not_energy_meter().on_field(self.field));
        }
        if !transformers && multiplier(self.configuration).factor() != Some(Decimal::ONE) {
            return Err(refusal::run::behind_transformers().on_field(self.field));
        }
        Ok(())
    }

    fn frozen(&self, transformers: bool, values: BTreeMap<String, Value>) -> Frozen {
        let plate = nameplate(self.configuration, self.profile);
        Frozen {
            device: self.configuration.device.to_string(),
            name: self.configuration.name.clone(),
            manufacturer: plate.manufacturer,
            model: plate.model,
            serial: plate.serial,
            accuracy_class: plate.accuracy_class.map(|class| class.0),
            connection: plate.connection.filter(|_| transformers),
            multiplier: transformers.then(|| (&multiplier(self.configuration)).into()),
            values,
        }
    }

    /// A value of the nameplate, or one that was entered; what is missing is 待定 and says so.
    fn value(&self, need: &ValueNeed, given: &BTreeMap<String, GivenValue>) -> Option<Value> {
        let plate = nameplate(self.configuration, self.profile);
        let value: Decimal = match need.source {
            ValueSource::Entered => return entered(need, given),
            ValueSource::BasicCurrent => plate.basic_current?,
            ValueSource::MaximumCurrent => plate.maximum_current?,
            ValueSource::ReferenceVoltage => plate.reference_voltage?,
            ValueSource::Phases if self.profile.point("current.b").is_some() => Decimal::from(3),
            ValueSource::Phases => Decimal::ONE,
            ValueSource::CertificateUncertainty => return None,
        };
        Some(Value {
            value: value.into(),
            unit: need.unit.clone()?,
        })
    }
}

fn entered(need: &ValueNeed, given: &BTreeMap<String, GivenValue>) -> Option<Value> {
    let given = given.get(&need.symbol)?;
    Some(Value {
        value: given.value.into(),
        unit: given.unit.clone().or_else(|| need.unit.clone())?,
    })
}

/// Gathers what the procedure asks for.
pub(super) async fn evidence(
    portal: &Portal,
    procedure: &Procedure,
    (subject, reference): (&Instrument, &Instrument),
    certified: Option<&Configuration>,
    window: Window,
    given: &BTreeMap<String, GivenValue>,
) -> Answer<Evidence> {
    let plan = Plan {
        window,
        period_seconds: common_period(subject, reference),
    };
    let subject = Side::new(portal, subject, "instrument_id")?;
    let reference = Side::new(portal, reference, "reference_id")?;
    let needed =
        verification::requirement(procedure, &plan).ok_or_else(refusal::run::window_without_period)?;
    for side in [&subject, &reference] {
        side.check(needed.transformers)?;
    }
    check_given(&needed, given)?;
    let mut series = BTreeMap::new();
    for need in &needed.series {
        let side = if need.of == Role::Subject {
            &subject
        } else {
            &reference
        };
        if let Some(read) = read(portal, side, need, &needed).await? {
            series.insert(need.symbol.clone(), read);
        }
    }
    let values = |side: &Side<'_>, of: Role| -> BTreeMap<String, Value> {
        let of_it = needed.values.iter().filter(|need| need.of == of);
        of_it
            .filter_map(|need| Some((need.symbol.clone(), side.value(need, given)?)))
            .collect()
    };
    Ok(Evidence {
        format: FORMAT,
        window: needed.window,
        period_seconds: needed.period_seconds,
        subject: subject.frozen(needed.transformers, values(&subject, Role::Subject)),
        reference: reference.frozen(needed.transformers, values(&reference, Role::Reference)),
        certificate: certificate(reference.configuration, certified, &needed, given)?,
        series,
        check: None,
    })
}

/// Everything asked for and nothing else: a value under a wrong symbol would silently not count.
fn check_given(needed: &Requirement, given: &BTreeMap<String, GivenValue>) -> Answer<()> {
    let entered = needed
        .values
        .iter()
        .filter(|need| need.source == ValueSource::Entered);
    let asked: BTreeSet<&str> = entered.clone().map(|need| need.symbol.as_str()).collect();
    if let Some(other) = given.keys().find(|symbol| !asked.contains(symbol.as_str())) {
        return Err(refusal::run::value_not_asked_for(other).on_field(format!("values.{other}")));
    }
    let mut missing = entered.filter(|need| !given.contains_key(&need.symbol));
    let Some(need) = missing.next() else {
        return Ok(());
    };
    let unit = need.unit.as_deref().unwrap_or("1");
    Err(refusal::run::value_missing(&need.title, &need.symbol, unit)
        .on_field(format!("values.{}", need.symbol)))
}

/// `None` of a series that the run can do without and the model has not.
async fn read(
    portal: &Portal,
    side: &Side<'_>,
    need: &SeriesNeed,
    needed: &Requirement,
) -> Answer<Option<Series>> {
    let Some(point) = point(side.profile, need, needed.transformers) else {
        return if need.optional {
            Ok(None)
        } else {
            Err(no_point(side, need))
        };
    };
    let id = SeriesId::new(side.configuration.device.clone(), point.name.clone());
    let stored = readings(portal, &id, needed.fetch, side.configuration.period_seconds).await?;
    Ok(Some(Series {
        of: need.of,
        point: point.name.to_string(),
        unit: point.unit.symbol().to_owned(),
        resolution: point.resolution.filter(|_| need.resolution).map(Exact::from),
        modulus: point.modulus.filter(|_| need.register).map(Exact::from),
        largest_step: None,
        negative: (point.quantity == Quantity::PowerFactor).then_some(POWER_FACTOR_SIGN),
        readings: on_grid(&stored, needed.period_seconds),
    }))
}

fn no_point(side: &Side<'_>, need: &SeriesNeed) -> Problem {
    let (name, point) = (&side.configuration.name, need.point.as_deref().unwrap_or(""));
    let unit = need.unit.as_deref().unwrap_or("1");
    refusal::run::point_in_unit_missing(name, point, unit).on_field(side.field)
}

/// The point of that name, or the only one of its quantity: models name their points in their own way, but energy meters
/// all in one.
fn point<'a>(profile: &'a Profile, need: &SeriesNeed, by_name: bool) -> Option<&'a Point> {
    let wanted = need.unit.as_deref()?;
    let quantity = unit::parse(wanted).ok();
    let fits = |point: &&Point| {
        let own = point.unit.symbol();
        // A plain number has no unit that could be parsed.
        let same = own == wanted
            || unit::parse(own)
                .ok()
                .zip(quantity.as_ref())
                .is_some_and(|(own, wanted)| unit::same_quantity(&own.unit, &wanted.unit));
        point.cumulative == need.register && same
    };
    let named = need
        .point
        .as_deref()
        .and_then(|name| profile.point(name))
        .filter(fits);
    if named.is_some() || by_name {
        return named;
    }
    let mut of_it = profile.points.iter().filter(fits);
    let only = of_it.next()?;
    of_it.next().is_none().then_some(only)
}

/// `None` without a certificate that states what is asked of it: the engine then says 待定 and why.
fn certificate(
    reference: &Configuration,
    certified: Option<&Configuration>,
    needed: &Requirement,
    given: &BTreeMap<String, GivenValue>,
) -> Answer<Option<Certificate>> {
    let (Some(held), Some(certified)) = (&reference.certificate, certified) else {
        return Ok(None);
    };
    let mut values = BTreeMap::new();
    for need in needed.values.iter().filter(|need| need.of == Role::Certificate) {
        let value = match need.source {
            ValueSource::CertificateUncertainty => stated(held, need)?,
            _ => entered(need, given),
        };
        match value {
            Some(value) => values.insert(need.symbol.clone(), value),
            None => return Ok(None),
        };
    }
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

fn stated(held: &Held, need: &ValueNeed) -> Answer<Option<Value>> {
    let (Some(u95), Some(unit)) = (held.u95, need.unit.clone()) else {
        return Ok(None);
    };
    let value = u95_percent(u95)?.into();
    Ok(Some(Value { value, unit }))
}

/// What a calibration of an instrument is for: this one, read by this model behind these transformers.
fn digest(configuration: &Configuration) -> Answer<String> {
    let m = multiplier(configuration);
    let means = serde_json::json!([
        configuration.manufacturer,
        configuration.serial,
        configuration.profile,
        [m.current_ratio.to_string(), m.voltage_ratio.to_string()],
        m.registers_are_primary,
    ]);
    canonical::text(&means)
        .map(|text| canonical::sha256(text.as_bytes()))
        .map_err(|error| Problem::internal(&error))
}
