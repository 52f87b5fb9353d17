//! Runs: gather the readings that the engine asks for, freeze them, judge, hand over to the ledger.

mod comparison;
mod configuration;
pub(crate) mod estimation;
mod period_check;

use std::sync::Arc;

use axum::http::StatusCode;
use devices::{AccuracyClass, Nameplate, Profile, Reading, SeriesId, Window};
use jiff::{SignedDuration, Timestamp};
use numbers::number::Exact;
use numbers::rounding::{Interval, Method};
use rust_decimal::Decimal;
use verification::conclusion::{Conclusion, Verdict};
use verification::evidence::Evidence;
use verification::procedure::Procedure;
use verification::recheck::Bundle;

use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::procedures;
use crate::records::{Configuration, Frozen, Judged};
use crate::wire::{ExpandedUncertainty, Instrument, InstrumentDraft, RunKind, RunRequest, VerdictName};

/// A longer window would not fit into one evidence.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 92);

/// What one job judged, before it is stored.
struct Outcome {
    conclusion: Conclusion,
    evidence: String,
    procedure: String,
}

/// Runs one job to its end and gives the id of the run in the ledger.
///
/// # Errors
/// 422 with the reason when the run cannot even begin. What can begin but not be judged is 待定, not an error.
pub async fn run(portal: &Portal, caller: &Caller, asked: RunRequest) -> Answer<i64> {
    let window = window(portal, asked.from, asked.to)?;
    let subject = portal.records.instrument(caller, asked.instrument_id).await?;
    configuration::check_window(&subject, &history(portal, caller, &subject).await?, window)?;
    let by_standard = asked.kind == RunKind::PeriodCheck && period_check::has_standard(&asked.values);
    let reference = if by_standard {
        None
    } else {
        Some(reference(portal, caller, &asked, &subject, window).await?)
    };
    let _place = portal
        .runs
        .acquire()
        .await
        .map_err(|error| Problem::internal(&error))?;
    let outcome = match asked.kind {
        RunKind::OnlineVerification => {
            let (reference, history) = reference.as_ref().ok_or_else(no_reference)?;
            let certified = configuration::at_calibration(history);
            let id = asked.procedure.as_deref().unwrap_or(procedures::ENERGY_METER);
            let procedure = procedures::for_run(portal, asked.kind, id).await?;
            let pair = (&subject, reference);
            let evidence =
                comparison::evidence(portal, &procedure, pair, certified, window, &asked.values).await?;
            judge(procedure, evidence).await?
        }
        RunKind::PeriodCheck => {
            let id = asked.procedure.as_deref().unwrap_or(procedures::PERIOD_CHECK);
            let procedure = procedures::for_run(portal, asked.kind, id).await?;
            let against = reference.as_ref().map(|(reference, _)| reference);
            let evidence =
                period_check::evidence(portal, caller, &procedure, &subject, against, window, &asked).await?;
            judge(procedure, evidence).await?
        }
    };
    let request = RunRequest {
        reference_id: reference.map(|(reference, _)| reference.id),
        ..asked
    };
    portal
        .records
        .record_run(caller, judged(request, outcome), portal.now())
        .await
}

/// Checks the evidence and judges it, off the async threads.
async fn judge(procedure: Arc<Procedure>, evidence: Evidence) -> Answer<Outcome> {
    let evidence = evidence
        .checked()
        .map_err(|error| cannot_begin(error.to_string(), format!("证据不可用：{error}")))?;
    compute(move || Outcome {
        conclusion: verification::judge(&procedure, &evidence),
        evidence: evidence.canonical(),
        procedure: procedure.text().to_owned(),
    })
    .await
}

/// The instrument to compare with, and its configurations.
async fn reference(
    portal: &Portal,
    caller: &Caller,
    asked: &RunRequest,
    subject: &Instrument,
    window: Window,
) -> Answer<(Instrument, Vec<Configuration>)> {
    let id = asked
        .reference_id
        .or(subject.draft.reference_id)
        .ok_or_else(no_reference)?;
    if id == subject.id {
        return Err(Problem::invalid(
            "reference_id",
            "A meter cannot check itself.",
            "仪表不能以自身为标准。",
        ));
    }
    let reference = portal.records.instrument(caller, id).await?;
    let history = history(portal, caller, &reference).await?;
    configuration::check_window(&reference, &history, window)?;
    Ok((reference, history))
}

fn no_reference() -> Problem {
    Problem::invalid(
        "reference_id",
        "Choose the reference to compare with.",
        "请选择比对用标准表。",
    )
}

/// The configurations up to the version that is being judged.
async fn history(portal: &Portal, caller: &Caller, instrument: &Instrument) -> Answer<Vec<Configuration>> {
    let mut history = portal.records.configurations(caller, instrument.id).await?;
    history.retain(|past| past.version <= instrument.version);
    Ok(history)
}

fn judged(request: RunRequest, outcome: Outcome) -> Judged {
    let Outcome {
        conclusion,
        evidence,
        procedure,
    } = outcome;
    let bundle = Bundle {
        format: verification::recheck::FORMAT,
        conclusion: conclusion.clone(),
        evidence: evidence.clone(),
        procedure,
    };
    Judged {
        request,
        window: conclusion.window,
        verdict: match conclusion.verdict {
            Verdict::Conforms => VerdictName::Conforms,
            Verdict::DoesNotConform => VerdictName::DoesNotConform,
            Verdict::Inconclusive => VerdictName::Inconclusive,
        },
        engine: conclusion.engine.clone(),
        evidence_sha256: conclusion.evidence_sha256.clone(),
        procedure_sha256: conclusion.procedure_sha256.clone(),
        conclusion: conclusion.to_json(),
        frozen: Frozen {
            evidence: evidence.into_bytes(),
            bundle: bundle.to_json().into_bytes(),
        },
    }
}

fn window(portal: &Portal, from: Timestamp, to: Timestamp) -> Answer<Window> {
    let window = Window::new(from, to)
        .filter(|window| window.from < window.to)
        .ok_or_else(|| {
            Problem::invalid(
                "to",
                "The window ends before it begins.",
                "结束时间须晚于开始时间。",
            )
        })?;
    if to > portal.now() {
        return Err(Problem::invalid(
            "to",
            "The window reaches into the future.",
            "时段不能超过当前时间。",
        ));
    }
    if window.to.duration_since(window.from) > LONGEST {
        return Err(Problem::invalid(
            "from",
            "A window has at most 92 days.",
            "时段最长 92 天。",
        ));
    }
    Ok(window)
}

fn profile<'a>(portal: &'a Portal, draft: &InstrumentDraft, field: &str) -> Answer<&'a Profile> {
    portal
        .catalogue
        .get(&draft.profile)
        .map(|profile| &**profile)
        .ok_or_else(|| {
            Problem::invalid(
                field,
                format!("The model \"{}\" is no longer in the catalogue.", draft.profile),
                format!("型号“{}”已不在目录中。", draft.profile),
            )
        })
}

fn nameplate(draft: &InstrumentDraft, profile: &Profile) -> Nameplate {
    let printed = draft.accuracy_class.clone().map(AccuracyClass);
    Nameplate {
        manufacturer: draft.manufacturer.clone(),
        model: profile.model.clone(),
        serial: draft.serial.clone(),
        accuracy_class: printed.or_else(|| profile.accuracy_class.clone()),
        connection: profile.connection,
        basic_current: profile.ratings.basic_current,
        maximum_current: profile.ratings.maximum_current,
        reference_voltage: profile.ratings.reference_voltage,
    }
}

/// A ratio of 20.00 is the ratio 20: zeros at its end are no digits of a measurement.
fn multiplier(draft: &InstrumentDraft) -> devices::Multiplier {
    let form = &draft.multiplier;
    devices::Multiplier {
        current_ratio: form.current_ratio.normalize(),
        voltage_ratio: form.voltage_ratio.normalize(),
        registers_are_primary: form.registers_are_primary,
    }
}

/// U95 is declared in steps of 10⁻⁵, rounded up.
const DECLARED_TO: i32 = -5;

/// The certificate's uncertainty for k = 2, in %. A smaller k is brought up to 2; with a greater one U stays as stated,
/// because few degrees of freedom may be the reason for it.
fn u95_percent(stated: ExpandedUncertainty) -> Answer<Decimal> {
    if stated.k >= Decimal::TWO {
        return Ok(stated.percent);
    }
    let doubled = stated.percent.checked_mul(Decimal::TWO);
    let expanded = doubled
        .and_then(|doubled| doubled.checked_div(stated.k))
        .ok_or_else(too_large)?;
    declared(expanded).to_decimal().ok_or_else(too_large)
}

fn declared(u95: Decimal) -> Exact {
    Interval::power_of_ten(DECLARED_TO)
        .round_by(&Exact::from(u95), Method::Up)
        .value()
        .clone()
}

fn too_large() -> Problem {
    cannot_begin(
        "The values are too large for an exact decimal.",
        "数值过大，无法精确计算。",
    )
}

/// The coarser of the two reading periods: only there both meters have readings.
fn common_period(subject: &Instrument, reference: &Instrument) -> u32 {
    subject.draft.period_seconds.max(reference.draft.period_seconds)
}

/// All readings of a window. `finest` is the shortest period in s that the series may have.
async fn readings(portal: &Portal, series: &SeriesId, window: Window, finest: u32) -> Answer<Vec<Reading>> {
    let seconds = window.to.duration_since(window.from).as_secs() / i64::from(finest.max(1));
    let most = usize::try_from(seconds).unwrap_or(0) + 2;
    portal
        .field
        .range(series, window, most)
        .await
        .map_err(|error| Problem::internal(&error))
}

fn cannot_begin(detail: impl Into<String>, detail_zh: impl Into<String>) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "run-not-possible",
        detail,
        detail_zh,
    )
}

/// Off the async threads: days of readings are exact integer arithmetic.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Problem::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uncertainty_counts_for_no_less_than_it_is_with_k_2() {
        for (percent, k, counts) in [
            ("0.020", "2", "0.020"),
            ("0.02", "1", "0.04000"),
            ("0.02", "1.65", "0.02425"),
            ("0.03", "3", "0.03"),
            ("0.03", "2.13", "0.03"),
        ] {
            let stated = ExpandedUncertainty {
                percent: percent.parse().unwrap(),
                k: k.parse().unwrap(),
            };
            assert_eq!(
                u95_percent(stated).unwrap().to_string(),
                counts,
                "{percent} with k = {k}"
            );
        }
    }
}
