//! An online verification of an energy meter (远程在线检测).

use analysis::evidence::{
    self, Certificate, Evidence, Load, LoadSeries, LoadSource, Meter, PowerFactorSign, Register,
};
use analysis::number::Exact;
use analysis::online_verification::{Plan, Procedure, Requirement, requirement, verify};
use analysis::verdict::Kind;
use devices::profile::InstrumentKind;
use devices::{Profile, SeriesId, Window};

use super::{Outcome, cannot_begin, common_period, compute, multiplier, nameplate, profile, readings};
use crate::Portal;
use crate::problem::{Answer, Problem};
use crate::wire::Instrument;

/// One meter with its model.
struct Side<'a> {
    instrument: &'a Instrument,
    profile: &'a Profile,
}

impl<'a> Side<'a> {
    fn new(portal: &'a Portal, instrument: &'a Instrument, field: &str) -> Answer<Self> {
        let profile = profile(portal, instrument, field)?;
        let meter = matches!(
            profile.instrument,
            InstrumentKind::EnergyMeter | InstrumentKind::ReferenceMeter
        );
        if !meter {
            return Err(Problem::invalid(
                field,
                "This is not an energy meter.",
                "该仪表不是电能表。",
            ));
        }
        Ok(Self { instrument, profile })
    }

    fn phases(&self) -> u8 {
        if self.profile.point("current.b").is_some() {
            3
        } else {
            1
        }
    }

    async fn meter(&self, portal: &Portal, series: &SeriesId, fetch: Window, period: u32) -> Answer<Meter> {
        let name = series.point.as_str();
        let point = self.profile.point(name).ok_or_else(|| no_point(name))?;
        let resolution = point.resolution.ok_or_else(|| {
            cannot_begin(
                "The model does not state the register's resolution.",
                "该型号未给出电能示值分辨力。",
            )
        })?;
        let readings = readings(portal, series, fetch, self.instrument.draft.period_seconds).await?;
        let register = Register::of(
            name,
            resolution.into(),
            point.modulus.map(Exact::from),
            &readings,
            period,
        );
        Ok(evidence::meter(
            self.instrument.draft.device.as_str(),
            &self.instrument.draft.name,
            &nameplate(self.instrument, self.profile),
            self.phases(),
            &multiplier(self.instrument),
            register,
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
        let point = self.profile.point(name).ok_or_else(|| no_point(name))?;
        let readings = readings(portal, series, fetch, self.instrument.draft.period_seconds).await?;
        Ok(LoadSeries::of(name, point.unit.symbol(), &readings, period))
    }
}

fn no_point(name: &str) -> Problem {
    cannot_begin(
        format!("The model has no point \"{name}\"."),
        format!("该型号没有测点“{name}”。"),
    )
}

pub(super) async fn run(
    portal: &Portal,
    subject: &Instrument,
    reference: &Instrument,
    window: Window,
) -> Answer<Outcome> {
    let procedure = Procedure::energy_meter_online().map_err(|error| Problem::internal(&error))?;
    let subject = Side::new(portal, subject, "instrument_id")?;
    let reference = Side::new(portal, reference, "reference_id")?;
    let plan = Plan {
        subject: subject.instrument.draft.device.clone(),
        reference: reference.instrument.draft.device.clone(),
        subject_phases: subject.phases(),
        reference_phases: reference.phases(),
        load: LoadSource::Reference,
        window,
        period_seconds: common_period(subject.instrument, reference.instrument),
    };
    let needed = requirement(&procedure, &plan).ok_or_else(|| {
        cannot_begin(
            "The window holds no whole reading period.",
            "时段内没有完整的采集周期。",
        )
    })?;
    let evidence = gather(portal, &subject, &reference, &needed).await?;
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
    needed: &Requirement,
) -> Answer<Evidence> {
    let (fetch, period) = (needed.fetch, needed.period_seconds);
    let subject_meter = subject
        .meter(portal, &needed.register_subject.series, fetch, period)
        .await?;
    let reference_meter = reference
        .meter(portal, &needed.register_reference.series, fetch, period)
        .await?;
    let mut currents = Vec::new();
    for need in &needed.currents {
        currents.push(reference.load(portal, &need.series, fetch, period).await?);
    }
    let power_factor = reference
        .load(portal, &needed.power_factor.series, fetch, period)
        .await?;
    let certificate = certificate(portal, reference.instrument, &reference_meter).await?;
    let evidence = Evidence {
        format: evidence::FORMAT,
        kind: Kind::OnlineVerification,
        window: needed.window,
        period_seconds: period,
        subject: subject_meter,
        reference: reference_meter,
        certificate,
        // A model that reports capacitive load with a minus loses intervals here, but never gets a wrong limit.
        load: Load {
            source: LoadSource::Reference,
            currents,
            power_factor,
            power_factor_sign: PowerFactorSign::NegativeIsReversed,
        },
    };
    evidence
        .checked()
        .map_err(|error| cannot_begin(error.to_string(), format!("证据不可用：{error}")))
}

/// `None` without a certificate that states an uncertainty: the engine then says 待定 and why.
async fn certificate(portal: &Portal, reference: &Instrument, meter: &Meter) -> Answer<Option<Certificate>> {
    let Some(held) = &reference.draft.traceability else {
        return Ok(None);
    };
    let Some(u95) = held.u95_percent else {
        return Ok(None);
    };
    let now = meter.configuration_sha256();
    let at_calibration = portal.records.configuration_at_calibration(reference.id).await?;
    Ok(Some(Certificate {
        number: held.certificate_no.clone(),
        issued_by: held.issued_by.clone(),
        valid_from: Some(held.issued_on),
        valid_to: held.due_on,
        u95_percent: u95.into(),
        configuration_at_calibration: at_calibration.unwrap_or_else(|| now.clone()),
        configuration_now: now,
    }))
}
