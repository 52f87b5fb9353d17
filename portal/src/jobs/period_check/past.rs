//! What earlier checks say: limits that were fixed by one of them, and their results with dates.

use analysis::number::Exact;
use analysis::period_check::{Baseline, Evidence, PastResult, Procedure};
use analysis::recheck::Bundle;
use analysis::verdict::{Code, Conclusion};
use jiff::tz::Offset;

use crate::Portal;
use crate::access::Caller;
use crate::problem::Answer;
use crate::records::{PageOf, RunFilter};
use crate::wire::{Instrument, RunKind, RunState};

/// Earlier checks that are looked at, newest first.
const MOST: u32 = 100;

/// Adds the confirmed checks of the same two instruments that ended before the window begins.
///
/// The limits come from the newest of them that conforms and set its own. A check by other rules of the chart, of
/// another quantity, another serial number or another period has other limits, and is passed over.
pub(super) async fn add(
    portal: &Portal,
    caller: &Caller,
    procedure: &Procedure,
    subject: &Instrument,
    evidence: &mut Evidence,
) -> Answer<()> {
    let of = RunFilter {
        state: Some(RunState::Confirmed),
        kind: Some(RunKind::PeriodCheck),
        instrument: Some(subject.id),
    };
    let page = PageOf {
        number: 1,
        rows: MOST,
    };
    for row in portal.records.runs(caller, of, page).await?.rows {
        // Where the instrument stood as the reference of another, nothing was said of it.
        if row.instrument.id != subject.id || row.window.to > evidence.window.from {
            continue;
        }
        let frozen = portal.records.frozen(caller, row.id).await?;
        let Ok(bundle) = Bundle::parse(&frozen.bundle) else {
            tracing::error!(run = row.id, "the bundle of a run is not read by this engine");
            continue;
        };
        if !same_pair(&bundle.conclusion, evidence) {
            continue;
        }
        let source = format!("run {}", row.id);
        evidence.history.extend(result(&bundle.conclusion, source));
        if evidence.baseline.is_none() && same_chart(&bundle, procedure, evidence) {
            evidence.baseline = Baseline::freeze(&bundle.conclusion).ok();
        }
    }
    Ok(())
}

fn same_pair(past: &Conclusion, evidence: &Evidence) -> bool {
    let Some(check) = &past.period_check else {
        return false;
    };
    let reference = match (&evidence.reference, &evidence.standard) {
        (Some(side), _) => (side.device.as_str(), side.serial.as_str()),
        (None, Some(_)) => ("", ""),
        (None, None) => return false,
    };
    let standard = evidence.standard.as_ref().map(|standard| standard.name.as_str());
    (check.quantity.as_str(), check.unit.as_str()) == (&evidence.quantity, &evidence.unit)
        && past.subject.serial == evidence.subject.serial
        && (past.reference.device.as_str(), past.reference.serial.as_str()) == reference
        && standard.is_none_or(|name| name == past.reference.name)
}

fn same_chart(past: &Bundle, procedure: &Procedure, evidence: &Evidence) -> bool {
    let Ok(by) = Procedure::parse(&past.procedure) else {
        return false;
    };
    let (then, now) = (by.sheet(), procedure.sheet());
    let places = (then.places, past.conclusion.period_seconds);
    now.chart.is_some() && then.chart == now.chart && places == (now.places, evidence.period_seconds)
}

/// The difference of a check, on the day in the middle of its window. `None` of a check without one.
fn result(past: &Conclusion, source: String) -> Option<PastResult> {
    let check = past.period_check.as_ref()?;
    let (from, to) = (past.window.from.as_second(), past.window.to.as_second());
    let middle = jiff::Timestamp::from_second(from + (to - from) / 2).ok()?;
    let u95: Exact = check.u_reference.parse().ok()?;
    // A mean of too few readings is no result.
    let counts = past.reasons.iter().all(|reason| reason.code != Code::TooFewPairs);
    (counts && u95.is_positive()).then_some(PastResult {
        date: Offset::UTC.to_datetime(middle).date(),
        unit: check.unit.clone(),
        error: check.difference.as_deref()?.parse().ok()?,
        u95,
        source,
    })
}
