//! What earlier checks say: limits that were fixed by one of them, and their results with dates.

use std::collections::BTreeSet;

use jiff::tz::Offset;
use ledger::instruments::Instrument;
use ledger::runs::{Kind, RunFilter, RunState};
use ledger::{Page, RunId};
use numbers::number::{Exact, NumberError};
use verification::conclusion::{Code, Conclusion};
use verification::evidence::{
    Baseline, Check, Evidence, INDICATION, Instrument as Frozen, PastResult, REFERENCE,
};
use verification::period_check::{FreezeError, PeriodCheckRules};
use verification::procedure::{Procedure, Rules};
use verification::recheck::Bundle;

use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::refusal;
use crate::run::configuration;

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
    rules: &PeriodCheckRules,
    (subject, reference): (&Instrument, Option<&Instrument>),
    evidence: &mut Evidence,
) -> Answer<()> {
    let mut check = evidence.check.take().unwrap_or_default();
    let of = RunFilter {
        state: Some(RunState::Confirmed),
        kind: Some(Kind::PeriodCheck),
        instrument: Some(subject.id),
    };
    let mut numbers = entered_with(portal, caller, subject).await?;
    if let Some(reference) = reference {
        numbers.extend(entered_with(portal, caller, reference).await?);
    }
    let (rows, _) = portal.ledger.runs(&caller.actor, &of, Page::first(MOST)).await?;
    for row in rows {
        // Where the instrument stood as the reference of another, nothing was said of it.
        if row.instrument.id != subject.id || row.window.to > evidence.window.from {
            continue;
        }
        // Another pair, as the row says: whether its bundle can be read makes no difference to this one.
        if row.reference.map(|one| one.id) != reference.map(|one| one.id) {
            continue;
        }
        let frozen = portal.ledger.frozen(&caller.actor, row.id).await?;
        let past = Past::read(&frozen.bundle).map_err(|error| unreadable(row.id, &*error))?;
        if !past.same_pair(&check.quantity, evidence, &numbers) {
            continue;
        }
        past.add_results(format!("run {}", row.id), &mut check)
            .map_err(|error| unreadable(row.id, &error))?;
        if check.baseline.is_none() && past.same_chart(rules, evidence) {
            check.baseline = past.limits().map_err(|error| unreadable(row.id, &error))?;
        }
        if past.check.starts_anew {
            break;
        }
    }
    evidence.check = Some(check);
    Ok(())
}

/// The instrument's present serial number, and those that were corrected into it.
async fn entered_with(portal: &Portal, caller: &Caller, of: &Instrument) -> Answer<Numbers> {
    let history = portal.ledger.configurations(&caller.actor, of.id).await?;
    let spellings = configuration::spellings(&history).into_iter();
    let device = &of.configuration.device;
    Ok(spellings.map(|serial| (device.to_string(), serial)).collect())
}

/// To pass over a check that cannot be read would be to judge by other limits and say nothing of it.
fn unreadable(run: RunId, error: &dyn std::error::Error) -> Problem {
    tracing::error!(%run, %error, "an earlier check cannot be read");
    refusal::ledger::unreadable("run", &run.to_string(), "bundle")
}

/// Device and serial number of the meters that are compared.
type Numbers = BTreeSet<(String, String)>;

/// One earlier check.
struct Past {
    conclusion: Conclusion,
    evidence: Evidence,
    check: Check,
    procedure: Procedure,
}

impl Past {
    fn read(bundle: &[u8]) -> Result<Self, Box<dyn std::error::Error>> {
        let bundle = Bundle::parse(bundle)?;
        let evidence = Evidence::parse(&bundle.evidence)?;
        Ok(Self {
            check: evidence
                .check
                .clone()
                .ok_or("its evidence is none of a period check")?,
            evidence,
            procedure: Procedure::parse(&bundle.procedure)?,
            conclusion: bundle.conclusion,
        })
    }

    /// The same instruments at the same point; the name of the point holds the factor of its transformers.
    fn same_pair(&self, quantity: &str, now: &Evidence, numbers: &Numbers) -> bool {
        let then = &self.evidence;
        let same_point = |symbol: &str| match (then.series.get(symbol), now.series.get(symbol)) {
            (Some(one), Some(other)) => (&one.point, &one.unit) == (&other.point, &other.unit),
            (one, other) => one.is_none() && other.is_none(),
        };
        let same_meter =
            |then: &Frozen, now: &Frozen| numbers.contains(&(now.device.clone(), then.serial.clone()));
        let standard = |of: &Evidence| (of.reference.name.clone(), of.reference.values.clone());
        let references = if now.series.contains_key(REFERENCE) {
            same_meter(&then.reference, &now.reference)
        } else {
            standard(then) == standard(now)
        };
        self.check.quantity == quantity
            && same_meter(&then.subject, &now.subject)
            && references
            && same_point(INDICATION)
            && same_point(REFERENCE)
    }

    fn same_chart(&self, rules: &PeriodCheckRules, now: &Evidence) -> bool {
        let Rules::PeriodCheck(own) = self.procedure.rules() else {
            return false;
        };
        own.same_chart(rules) && self.evidence.period_seconds == now.period_seconds
    }

    /// `None` of a check that has no limits to go on with.
    fn limits(&self) -> Result<Option<Baseline>, FreezeError> {
        if let Some(judged_by) = &self.check.baseline {
            return Ok(Some(judged_by.clone()));
        }
        match Baseline::freeze(&self.conclusion) {
            Ok(own) => Ok(Some(own)),
            Err(unread @ FreezeError::Number(_)) => Err(unread),
            Err(FreezeError::NoChart | FreezeError::AlreadyFrozen | FreezeError::NotInControl(_)) => Ok(None),
        }
    }

    /// Its own result, and those that it knew from before.
    fn add_results(&self, source: String, now: &mut Check) -> Result<(), NumberError> {
        let known = self.check.history.iter().cloned();
        for result in self.result(source)?.into_iter().chain(known) {
            if now.history.iter().all(|one| one.source != result.source) {
                now.history.push(result);
            }
        }
        Ok(())
    }

    /// The difference of a check, on the day in the middle of its window. `None` of a check without one.
    fn result(&self, source: String) -> Result<Option<PastResult>, NumberError> {
        let past = &self.conclusion;
        // A mean of too few readings is no result, and neither is a comparison with itself.
        let none = |code| matches!(code, Code::TooFewPairs | Code::SelfComparison);
        let counts = !past.reasons.iter().any(|reason| none(reason.code));
        let Some((check, difference)) = past
            .period_check()
            .filter(|_| counts)
            .and_then(|check| Some((check, check.difference.as_deref()?)))
        else {
            return Ok(None);
        };
        let (error, u95): (Exact, Exact) = (difference.parse()?, check.u_reference.parse()?);
        let middle = past.window.from + past.window.to.duration_since(past.window.from) / 2;
        Ok(u95.is_positive().then(|| PastResult {
            date: Offset::UTC.to_datetime(middle).date(),
            unit: check.unit.clone(),
            error,
            u95,
            source,
        }))
    }
}
