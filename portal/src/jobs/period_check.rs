//! A period check (期间核查): mean active power of two instruments over one window, compared by E_n.

use analysis::evidence::{FORMAT, on_grid};
use analysis::number::Exact;
use analysis::period_check::{Evidence, Procedure, Side, check};
use analysis::verdict::Kind;
use devices::{PointName, Reading, SeriesId, Window};
use rust_decimal::Decimal;

use super::{
    Outcome, cannot_begin, common_period, compute, declared, multiplier, profile, readings, too_large,
    u95_percent,
};
use crate::Portal;
use crate::problem::{Answer, Problem};
use crate::wire::Instrument;

/// The check quantity. Power and not energy, because it needs no equal starting register.
const POINT: &str = "power.active";

pub(super) async fn run(
    portal: &Portal,
    subject: &Instrument,
    reference: &Instrument,
    window: Window,
) -> Answer<Outcome> {
    let procedure = Procedure::shipped().map_err(|error| Problem::internal(&error))?;
    let period_seconds = common_period(subject, reference);
    let (subject, unit) = side(portal, subject, window, period_seconds, "instrument_id").await?;
    let (reference, other) = side(portal, reference, window, period_seconds, "reference_id").await?;
    if unit != other {
        return Err(cannot_begin(
            format!("The two instruments report in {unit} and {other}."),
            format!("两台仪表单位不同：{unit} 与 {other}。"),
        ));
    }
    let evidence = Evidence {
        format: FORMAT,
        kind: Kind::PeriodCheck,
        window,
        period_seconds,
        quantity: "active-power".to_owned(),
        unit,
        subject,
        reference,
    };
    let evidence = evidence
        .checked()
        .map_err(|error| cannot_begin(error.to_string(), format!("证据不可用：{error}")))?;
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

async fn side(
    portal: &Portal,
    instrument: &Instrument,
    window: Window,
    period: u32,
    field: &str,
) -> Answer<(Side, String)> {
    let profile = profile(portal, &instrument.draft, field)?;
    let point = profile.point(POINT).ok_or_else(|| {
        Problem::invalid(
            field,
            "This model has no active power.",
            "该型号没有有功功率测点。",
        )
    })?;
    let stated = instrument
        .draft
        .traceability
        .as_ref()
        .and_then(|held| held.u95_percent)
        .ok_or_else(|| {
            Problem::invalid(
                field,
                format!(
                    "\"{}\" has no certificate with an uncertainty; E_n needs one on both sides.",
                    instrument.draft.name
                ),
                format!(
                    "“{}”没有给出不确定度的证书，E_n 核查双方均须有不确定度。",
                    instrument.draft.name
                ),
            )
        })?;
    let name = PointName::new(POINT).map_err(|error| Problem::internal(&error))?;
    let series = SeriesId::new(instrument.draft.device.clone(), name);
    let stored = readings(portal, &series, window, instrument.draft.period_seconds).await?;
    let factor = multiplier(&instrument.draft).factor().ok_or_else(too_large)?;
    let u95 = declared_u95(&stored, u95_percent(stated)?, factor)?;
    let exact = Exact::from(factor);
    let mut samples = on_grid(&stored, period);
    // Exact products: both sides are compared as primary values, and the factor stands in the point's name.
    for sample in &mut samples {
        sample.value = sample.value.as_ref().map(|value| value * &exact);
    }
    let point_name = if factor == Decimal::ONE {
        POINT.to_owned()
    } else {
        format!("{POINT} × {factor}")
    };
    let side = Side {
        device: instrument.draft.device.to_string(),
        name: instrument.draft.name.clone(),
        manufacturer: instrument.draft.manufacturer.clone(),
        model: profile.model.clone(),
        serial: instrument.draft.serial.clone(),
        u95,
        point: point_name,
        readings: samples,
    };
    Ok((side, point.unit.symbol().to_owned()))
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
        .ok_or_else(too_large)?;
    let count = Decimal::from(good.len().max(1));
    let u95 = sum
        .checked_div(count)
        .and_then(|mean| mean.checked_mul(factor))
        .and_then(|mean| mean.checked_mul(percent))
        .and_then(|mean| mean.checked_div(Decimal::ONE_HUNDRED))
        .ok_or_else(too_large)?;
    Ok(declared(u95))
}
