//! What earlier checks say: limits that were fixed by one of them, and their results with dates.

use analysis::number::Exact;
use analysis::period_check::{Baseline, Evidence, PastResult, Procedure, Side};
use analysis::recheck::Bundle;
use analysis::verdict::{Code, Conclusion};
use jiff::tz::Offset;

use crate::Portal;
use crate::access::Caller;
use crate::problem::Answer;
use crate::records::{PageOf, RunFilter};
use crate::wire::{Instrument, RunKind, RunState};

/// Earlier checks that are looked at, newest first. Each brings the limits and results that it was judged with.
const MOST: u32 = 50;

/// Adds the confirmed checks of the same two instruments that ended before the window begins.
///
/// The limits are those of the newest of them: the ones that it was judged by, or its own if it conforms. A check by
/// other rules of the chart, of another point, another serial number or another period has other limits, and is passed
/// over. One that started anew, after a repair, is the last that counts.
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
        let Some(past) = Past::read(&frozen.bundle) else {
            tracing::error!(run = row.id, "the bundle of a run is not read by this engine");
            continue;
        };
        if !past.same_pair(evidence) {
            continue;
        }
        past.add_results(format!("run {}", row.id), evidence);
        if evidence.baseline.is_none() && past.same_chart(procedure, evidence) {
            evidence.baseline = past.limits();
        }
        if past.evidence.starts_anew {
            break;
        }
    }
    Ok(())
}

/// One earlier check.
struct Past {
    conclusion: Conclusion,
    evidence: Evidence,
    procedure: Procedure,
}

impl Past {
    fn read(bundle: &[u8]) -> Option<Self> {
        let bundle = Bundle::parse(bundle).ok()?;
        Some(Self {
            evidence: Evidence::parse(&bundle.evidence).ok()?,
            procedure: Procedure::parse(&bundle.procedure).ok()?,
            conclusion: bundle.conclusion,
        })
    }

    fn same_pair(&self, now: &Evidence) -> bool {
        // The name of the point holds the factor of its transformers.
        let same = |one: &Side, other: &Side| (&one.serial, &one.point) == (&other.serial, &other.point);
        let then = &self.evidence;
        let references = match (&then.reference, &now.reference) {
            (Some(one), Some(other)) => same(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same(&then.subject, &now.subject)
            && references
            && then.standard == now.standard
            && (&then.quantity, &then.unit) == (&now.quantity, &now.unit)
    }

    fn same_chart(&self, procedure: &Procedure, now: &Evidence) -> bool {
        let (by, sheet) = (self.procedure.sheet(), procedure.sheet());
        sheet.chart.is_some()
            && by.chart == sheet.chart
            && (by.places, self.evidence.period_seconds) == (sheet.places, now.period_seconds)
    }

    fn limits(&self) -> Option<Baseline> {
        let frozen = || Baseline::freeze(&self.conclusion).ok();
        self.evidence.baseline.clone().or_else(frozen)
    }

    /// Its own result, and those that it knew from before.
    fn add_results(&self, source: String, now: &mut Evidence) {
        let known = self.evidence.history.iter().cloned();
        for result in self.result(source).into_iter().chain(known) {
            if now.history.iter().all(|one| one.source != result.source) {
                now.history.push(result);
            }
        }
    }

    /// The difference of a check, on the day in the middle of its window. `None` of a check without one.
    fn result(&self, source: String) -> Option<PastResult> {
        let past = &self.conclusion;
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
}
