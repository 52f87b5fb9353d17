//! Runs: gather the readings that the engine asks for, freeze them, judge, hand over to the ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use devices::{AccuracyClass, Nameplate, Profile, Reading, SeriesId, Window};
use jiff::{SignedDuration, Timestamp};
use ledger::instruments::{Configuration, ExpandedUncertainty, Instrument, PastConfiguration};
use ledger::runs::{Frozen, Kind, NewRun, RunState};
use ledger::{InstrumentId, LedgerError, RunId};
use numbers::number::Exact;
use numbers::rounding::{Interval, Method};
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use verification::conclusion::Conclusion;
use verification::evidence::Evidence;
use verification::procedure::Procedure;
use verification::recheck::{Bundle, Record, RecordState};

use super::{comparison, configuration, period_check};
use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::procedure::work as procedures;
use crate::refusal;
use crate::run::wire::{self, RunKind, RunRequest};

/// A longer window would not fit into one evidence.
const LONGEST_DAYS: u32 = 92;

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
pub async fn run(portal: &Portal, caller: &Caller, asked: RunRequest) -> Answer<RunId> {
    let window = window(portal, asked.from, asked.to)?;
    let subject = portal
        .ledger
        .instrument(&caller.actor, asked.instrument_id)
        .await?;
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
            let zone = portal.ledger.zones().await?.at(reference.configuration.site_id);
            let certified = configuration::at_calibration(history, &zone);
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
    let new = outcome.record(
        asked.kind.into(),
        subject.id,
        reference.map(|(reference, _)| reference.id),
    );
    let id = portal
        .ledger
        .record_run(&caller.actor, &new, portal.now())
        .await?;
    Ok(id)
}

/// Checks the evidence and judges it, off the async threads.
async fn judge(procedure: Arc<Procedure>, evidence: Evidence) -> Answer<Outcome> {
    let evidence = evidence
        .checked()
        .map_err(|error| refusal::run::evidence_not_usable().because(&error))?;
    compute(move || Outcome {
        conclusion: verification::judge(&procedure, &evidence),
        evidence: evidence.canonical(),
        procedure: procedure.text().to_owned(),
    })
    .await
}

impl Portal {
    pub(super) async fn run(&self, caller: &Caller, id: RunId) -> Answer<wire::Run> {
        let kept = self.ledger.run(&caller.actor, id).await?;
        Ok(wire::Run::new(kept, &self.people().await?)?)
    }
}

/// The frozen bundle with what the ledger holds of the run now. What was frozen stays as it is, byte for byte.
pub(super) async fn bundle(portal: &Portal, caller: &Caller, id: RunId) -> Answer<String> {
    let frozen = portal.ledger.frozen(&caller.actor, id).await?;
    let run = portal.ledger.run(&caller.actor, id).await?;
    let people = portal.people().await?;
    let named = |login: String| {
        let person = people.person(login);
        format!("{} ({})", person.name, person.login)
    };
    let record = Record {
        number: id.into(),
        state: match run.state {
            RunState::AwaitingReview => RecordState::AwaitingReview,
            RunState::Confirmed => RecordState::Confirmed,
            RunState::Returned => RecordState::Returned,
        },
        operator: named(run.operator),
        reviewer: run.reviewer.map(named),
        reviewed_at: run.reviewed,
        taken_at: portal.now(),
    };
    let text = String::from_utf8_lossy(&frozen.bundle);
    let mut members: BTreeMap<&str, &RawValue> = serde_json::from_str(&text)
        .map_err(|error| LedgerError::unreadable("run", id, "bundle", &text, error))?;
    let record = serde_json::value::to_raw_value(&record).map_err(|error| Problem::internal(&error))?;
    members.insert("record", &record);
    serde_json::to_string_pretty(&members).map_err(|error| Problem::internal(&error))
}

/// The instrument to compare with, and its configurations.
async fn reference(
    portal: &Portal,
    caller: &Caller,
    asked: &RunRequest,
    subject: &Instrument,
    window: Window,
) -> Answer<(Instrument, Vec<PastConfiguration>)> {
    let id = asked
        .reference_id
        .or(subject.configuration.reference_id)
        .ok_or_else(no_reference)?;
    if id == subject.id {
        return Err(refusal::run::reference_is_subject().on_field("reference_id"));
    }
    let reference = portal.ledger.instrument(&caller.actor, id).await?;
    let history = history(portal, caller, &reference).await?;
    configuration::check_window(&reference, &history, window)?;
    Ok((reference, history))
}

fn no_reference() -> Problem {
    refusal::run::reference_missing().on_field("reference_id")
}

/// The configurations up to the version that is being judged, with serial numbers as they were corrected.
pub(crate) async fn history(
    portal: &Portal,
    caller: &Caller,
    instrument: &Instrument,
) -> Answer<Vec<PastConfiguration>> {
    let mut history = portal.ledger.configurations(&caller.actor, instrument.id).await?;
    history.retain(|past| past.version <= instrument.version);
    Ok(configuration::corrected(history))
}

impl Outcome {
    fn record(self, kind: Kind, instrument_id: InstrumentId, reference_id: Option<InstrumentId>) -> NewRun {
        let Outcome {
            conclusion,
            evidence,
            procedure,
        } = self;
        let bundle = Bundle {
            format: verification::recheck::FORMAT,
            conclusion: conclusion.clone(),
            evidence: evidence.clone(),
            procedure,
            record: None,
        };
        NewRun {
            kind,
            instrument_id,
            reference_id,
            window: conclusion.window,
            verdict: conclusion.verdict,
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
}

pub(crate) fn window(portal: &Portal, from: Timestamp, to: Timestamp) -> Answer<Window> {
    let window = Window::new(from, to)
        .filter(|window| window.from < window.to)
        .ok_or_else(|| refusal::run::window_upside_down().on_field("to"))?;
    if to > portal.now() {
        return Err(refusal::run::window_in_future().on_field("to"));
    }
    if window.to.duration_since(window.from) > SignedDuration::from_hours(24 * i64::from(LONGEST_DAYS)) {
        return Err(refusal::run::window_too_long(LONGEST_DAYS).on_field("from"));
    }
    Ok(window)
}

pub(crate) fn profile<'a>(
    portal: &'a Portal,
    configuration: &Configuration,
    field: &str,
) -> Answer<&'a Profile> {
    portal
        .catalogue
        .get(&configuration.profile)
        .map(|profile| &**profile)
        .ok_or_else(|| refusal::run::model_gone(&configuration.profile).on_field(field))
}

pub(crate) fn nameplate(configuration: &Configuration, profile: &Profile) -> Nameplate {
    let printed = configuration.accuracy_class.clone().map(AccuracyClass);
    Nameplate {
        manufacturer: configuration.manufacturer.clone(),
        model: profile.model.clone(),
        serial: configuration.serial.clone(),
        accuracy_class: printed.or_else(|| profile.accuracy_class.clone()),
        connection: profile.connection,
        basic_current: profile.ratings.basic_current,
        maximum_current: profile.ratings.maximum_current,
        reference_voltage: profile.ratings.reference_voltage,
    }
}

/// A ratio of 20.00 is the ratio 20: zeros at its end are no digits of a measurement.
pub(crate) fn multiplier(configuration: &Configuration) -> devices::Multiplier {
    let form = &configuration.multiplier;
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
pub(crate) fn u95_percent(stated: ExpandedUncertainty) -> Answer<Decimal> {
    if stated.k >= Decimal::TWO {
        return Ok(stated.percent);
    }
    let doubled = stated.percent.checked_mul(Decimal::TWO);
    let expanded = doubled
        .and_then(|doubled| doubled.checked_div(stated.k))
        .ok_or_else(refusal::run::value_too_large)?;
    declared(expanded)
        .to_decimal()
        .ok_or_else(refusal::run::value_too_large)
}

pub(crate) fn declared(u95: Decimal) -> Exact {
    Interval::power_of_ten(DECLARED_TO)
        .round_by(&Exact::from(u95), Method::Up)
        .value()
        .clone()
}

/// The coarser of the two reading periods: only there both meters have readings.
pub(crate) fn common_period(subject: &Instrument, reference: &Instrument) -> u32 {
    subject
        .configuration
        .period_seconds
        .max(reference.configuration.period_seconds)
}

/// All readings of a window. `finest` is the shortest period in s that the series may have.
pub(crate) async fn readings(
    portal: &Portal,
    series: &SeriesId,
    window: Window,
    finest: u32,
) -> Answer<Vec<Reading>> {
    let seconds = window.to.duration_since(window.from).as_secs() / i64::from(finest.max(1));
    let most = usize::try_from(seconds).unwrap_or(0) + 2;
    portal
        .field
        .range(series, window, most)
        .await
        .map_err(|error| Problem::internal(&error))
}

/// Off the async threads: days of readings are exact integer arithmetic.
pub(crate) async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
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
