//! An online verification of an energy meter (远程在线检测).
use analysis::evidence::{
    self, Certificate, Evidence, Load, LoadSeries, LoadSource, Meter, PowerFactorSign, Register,
};
use analysis::number::Exact;
use analysis::online_verification::{Plan, Procedure, Requirement, requirement, verify};
use analysis::verdict::Kind;
use devices::profile::InstrumentKind;
use devices::{Profile, Reading, SeriesId, Window};
use ledger::instruments::{Configuration, Instrument};

use super::work::{Outcome, common_period, compute, multiplier, nameplate, profile, readings, u95_percent};
use crate::Portal;
use crate::problem::{Answer, Problem};
use crate::refusal;

/// Models do not declare what a minus means. Taken for reversed energy, it lies in no bin: a model that means capacitive
/// load loses those intervals. Taken for capacitive load, reversed energy would be judged by a limit that is not its own.
const POWER_FACTOR_SIGN: PowerFactorSign = PowerFactorSign::NegativeIsReversed;

/// One meter with its model.
struct Side<'a> {
    configuration: &'a Configuration,
    profile: &'a Profile,
}

impl<'a> Side<'a> {
    fn new(portal: &'a Portal, configuration: &'a Configuration, field: &str) -> Answer<Self> {
        let profile = profile(portal, configuration, field)?;
        let meter = matches!(
            profile.instrument,
            InstrumentKind::EnergyMeter | InstrumentKind::ReferenceMeter
        );
        if !meter {
            return Err(refusal::run::not_energy_meter().on_field(field));
        }
        Ok(Self {
            configuration,
            profile,
        })
    }

    fn phases(&self) -> u8 {
        if self.profile.point("current.b").is_some() {
            3
        } else {
            1
        }
    }

    async fn read(&self, portal: &Portal, series: &SeriesId, fetch: Window) -> Answer<Vec<Reading>> {
        readings(portal, series, fetch, self.configuration.period_seconds).await
    }

    fn meter(&self, register: &str, readings: &[Reading], period: u32) -> Answer<Meter> {
        let point = self
            .profile
            .point(register)
            .ok_or_else(|| refusal::run::point_missing(register))?;
        let resolution = point.resolution.ok_or_else(refusal::run::resolution_unknown)?;
        let modulus = point.modulus.map(Exact::from);
        Ok(evidence::meter(
            self.configuration.device.as_str(),
            &self.configuration.name,
            &nameplate(self.configuration, self.profile),
            self.phases(),
            &multiplier(self.configuration),
            Register::of(register, resolution.into(), modulus, readings, period),
        ))
    }

    async fn load(
        &self,
        portal: &Portal,
        series: &SeriesId,
        fetch: Window,
        period: u32,
    ) -> Answer<LoadSeries> {
        let name = series.point.as_str();
        let point = self
            .profile
            .point(name)
            .ok_or_else(|| refusal::run::point_missing(name))?;
        let readings = self.read(portal, series, fetch).await?;
        Ok(LoadSeries::of(name, point.unit.symbol(), &readings, period))
    }
}

pub(super) async fn run(
    portal: &Portal,
    file: &analysis::procedure::Procedure,
    subject: &Instrument,
    reference: &Instrument,
    certified: Option<&Configuration>,
    window: Window,
) -> Answer<Outcome> {
    let procedure = Procedure::parse(file.text()).map_err(|error| Problem::internal(&error))?;
    let period_seconds = common_period(subject, reference);
    let subject = Side::new(portal, &subject.configuration, "instrument_id")?;
    let reference = Side::new(portal, &reference.configuration, "reference_id")?;
    let plan = Plan {
        subject: subject.configuration.device.clone(),
        reference: reference.configuration.device.clone(),
        subject_phases: subject.phases(),
        reference_phases: reference.phases(),
        load: LoadSource::Reference,
        window,
        period_seconds,
    };
    let needed = requirement(&procedure, &plan).ok_or_else(refusal::run::window_without_period)?;
    let evidence = gather(portal, &subject, &reference, certified, &needed).await?;
    compute(move || {
        let conclusion = verify(&procedure, &evidence);
        Outcome {
            conclusion,
            evidence: evidence.canonical(),
            procedure: procedure.text().to_owned(),
        }
    })
    .await
}

async fn gather(
    portal: &Portal,
    subject: &Side<'_>,
    reference: &Side<'_>,
    certified: Option<&Configuration>,
    needed: &Requirement,
) -> Answer<Evidence> {
    let (fetch, period) = (needed.fetch, needed.period_seconds);
    let register = &needed.register_subject.series;
    let subject_readings = subject.read(portal, register, fetch).await?;
    let subject_meter = subject.meter(register.point.as_str(), &subject_readings, period)?;
    let register = &needed.register_reference.series;
    let reference_readings = reference.read(portal, register, fetch).await?;
    let reference_meter = reference.meter(register.point.as_str(), &reference_readings, period)?;
    let mut currents = Vec::new();
    for need in &needed.currents {
        currents.push(reference.load(portal, &need.series, fetch, period).await?);
    }
    let power_factor = reference
        .load(portal, &needed.power_factor.series, fetch, period)
        .await?;
    let certificate = certificate(portal, reference.configuration, &reference_meter, certified)?;
    let evidence = Evidence {
        format: evidence::FORMAT,
        kind: Kind::OnlineVerification,
        window: needed.window,
        period_seconds: period,
        subject: subject_meter,
        reference: reference_meter,
        certificate,
        load: Load {
            source: LoadSource::Reference,
            currents,
            power_factor,
            power_factor_sign: POWER_FACTOR_SIGN,
        },
    };
    evidence
        .checked()
        .map_err(|error| refusal::run::evidence_not_usable().because(&error))
}

/// `None` without a certificate that states an uncertainty: the engine then says 待定 and why.
fn certificate(
    portal: &Portal,
    reference: &Configuration,
    meter: &Meter,
    certified: Option<&Configuration>,
) -> Answer<Option<Certificate>> {
    let (Some(held), Some(certified)) = (&reference.certificate, certified) else {
        return Ok(None);
    };
    let Some(u95) = held.u95 else {
        return Ok(None);
    };
    Ok(Some(Certificate {
        number: held.certificate_no.clone(),
        issued_by: held.issued_by.clone(),
        valid_from: Some(held.issued_on),
        valid_to: held.due_on,
        u95_percent: u95_percent(u95)?.into(),
        configuration_at_calibration: digest(portal, certified, &meter.register.point)?,
        configuration_now: meter.configuration_sha256(),
    }))
}

/// The digest of a configuration of the past. One whose model has left the catalogue is no meter any more and gets the
/// digest of its record, which no meter has.
fn digest(portal: &Portal, configuration: &Configuration, register: &str) -> Answer<String> {
    let meter =
        Side::new(portal, configuration, "reference_id").and_then(|side| side.meter(register, &[], 1));
    match meter {
        Ok(meter) => Ok(meter.configuration_sha256()),
        Err(_) => Ok(evidence::canonical::sha256(configuration.canonical().as_bytes())),
    }
}
