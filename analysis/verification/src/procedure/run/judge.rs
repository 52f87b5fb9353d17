//! From the readings of a bin to its verdict: mean → one rounding → limit or guard band.

use crate::gate;
use crate::procedure::{Bin, Decision, Procedure};
use crate::verdict::{Code, ComparisonMethod, PointLine, Reason, Verdict};
use numbers::decision::{self, decide_fraction};
use numbers::number::{Exact, Fraction};

use super::reading::Reading;

/// One bin against its limit.
struct Judged {
    verdict: Verdict,
    rule: &'static str,
    accepted_to: Fraction,
    rejected_from: Fraction,
}

pub(super) fn point(
    procedure: &Procedure,
    bin: &Bin,
    class: Option<&str>,
    slots: usize,
    readings: Vec<Reading>,
    blocked: bool,
) -> PointLine {
    let places = procedure.unrounded_places();
    let limit_rule = bin.limits.of(class);
    let used: Vec<&Reading> = readings.iter().filter(|r| r.line.used).collect();
    let errors: Vec<Fraction> = used.iter().filter_map(|r| r.error.clone()).collect();
    let limits: Vec<Fraction> = used.iter().filter_map(|r| r.limit.clone()).collect();
    let mean = Fraction::mean(&errors).filter(|_| !errors.is_empty());
    let limit = Fraction::mean(&limits).filter(|_| limits.len() == errors.len() && !limits.is_empty());
    let u95 = used
        .iter()
        .filter_map(|r| r.u95.clone())
        .max()
        // Without a usable reading, the best of the others shows how far it is from being usable.
        .or_else(|| readings.iter().filter_map(|r| r.u95.clone()).min());
    let interval = limit_rule.and_then(|l| l.interval.as_ref());
    let rounded = mean.as_ref().zip(interval).map(|(m, i)| m.round(i));
    let near_limit = mean
        .as_ref()
        .zip(limit.as_ref())
        .is_some_and(|(m, l)| near(procedure, m, l));
    let judge = |value: Option<Fraction>| -> Option<Judged> {
        judged(
            procedure.decision(),
            &value?.abs(),
            &Fraction::from(u95.as_ref()?),
            limit.as_ref()?,
        )
    };
    let full = judge(mean.clone());
    let by_rounded = judge(rounded.as_ref().map(|r| Fraction::from(r.value())));
    let deciding = match procedure.deciding_method() {
        ComparisonMethod::FullValue => full.as_ref(),
        ComparisonMethod::RoundedValue => by_rounded.as_ref(),
    };
    let facts = Facts {
        procedure,
        bin,
        readings: &readings,
        count: errors.len(),
        near_limit,
        mean: mean.as_ref(),
        limit: limit.as_ref(),
        u95: u95.as_ref(),
    };
    let mut reasons = facts.reasons(slots);
    let mut verdict = match (procedure.decision(), deciding) {
        (Decision::None, _) => None,
        (_, Some(judged)) if reasons.is_empty() && !blocked => {
            reasons.extend(facts.undecided(judged));
            Some(judged.verdict)
        }
        _ => Some(Verdict::Inconclusive),
    };
    if let Some(reason) = verdict.and_then(|verdict| facts.scattered(verdict)) {
        reasons.push(reason);
        verdict = Some(Verdict::Inconclusive);
    }
    let cut = mean.as_ref().map(|m| m.cut(places));
    let shown = |f: Option<&Fraction>| f.map(|f| f.cut(places).0);
    PointLine {
        bin: bin.name.clone(),
        title: bin.title.clone(),
        slots: u32::try_from(slots).unwrap_or(u32::MAX),
        readings_used: u32::try_from(errors.len()).unwrap_or(u32::MAX),
        mean_is_complete: cut.as_ref().is_some_and(|(_, complete)| *complete),
        mean: cut.map(|(text, _)| text),
        mean_fraction: mean.as_ref().map(Fraction::text),
        residual: rounded.as_ref().map_or("", |r| r.residual().mark()).to_owned(),
        rounded: rounded.as_ref().map(ToString::to_string),
        limit_text: limit_rule.map(|l| l.text.clone()),
        limit: shown(limit.as_ref()),
        interval: interval.map(ToString::to_string),
        u95: u95.as_ref().map(Exact::to_string),
        decided_by: deciding.map(|d| d.rule.to_owned()),
        accepted_to: shown(deciding.map(|d| &d.accepted_to)),
        rejected_from: shown(deciding.map(|d| &d.rejected_from)),
        near_limit,
        rounded_value_verdict: by_rounded.map(|j| j.verdict),
        full_value_verdict: full.map(|j| j.verdict),
        verdict,
        reasons,
        readings: readings.into_iter().map(|r| r.line).collect(),
    }
}

/// |mean| lies within the declared multiples of the limit, ends included.
fn near(procedure: &Procedure, mean: &Fraction, limit: &Fraction) -> bool {
    let repeats = procedure.repeats();
    let size = mean.abs();
    let times = |factor: &Exact| limit.times(&Fraction::from(factor));
    size >= times(&repeats.near_from) && size <= times(&repeats.near_to)
}

fn judged(decision: &Decision, magnitude: &Fraction, u: &Fraction, limit: &Fraction) -> Option<Judged> {
    match decision {
        Decision::None => None,
        Decision::UncertaintyRatio(_) => Some(Judged {
            verdict: Verdict::of(magnitude <= limit),
            rule: "JJF 1094-2002 5.3.1.4 (U95 ≤ MPEV/3)",
            accepted_to: limit.clone(),
            rejected_from: limit.clone(),
        }),
        Decision::Guarded(rule) => {
            let decided = decide_fraction(rule, magnitude, u, limit);
            Some(Judged {
                verdict: match decided.decision {
                    decision::Decision::Pass => Verdict::Conforms,
                    decision::Decision::Fail => Verdict::DoesNotConform,
                    decision::Decision::Inconclusive => Verdict::Inconclusive,
                },
                rule: decided.rule,
                accepted_to: decided.accepted_to,
                rejected_from: decided.rejected_from,
            })
        }
    }
}

/// What the reasons of a bin are made of.
struct Facts<'a> {
    procedure: &'a Procedure,
    bin: &'a Bin,
    readings: &'a [Reading],
    count: usize,
    near_limit: bool,
    mean: Option<&'a Fraction>,
    limit: Option<&'a Fraction>,
    u95: Option<&'a Exact>,
}

impl Facts<'_> {
    fn cut(&self, value: Option<&Fraction>) -> String {
        value.map_or_else(String::new, |v| v.cut(self.procedure.unrounded_places()).0)
    }

    /// Why this bin cannot be judged.
    fn reasons(&self, slots: usize) -> Vec<Reason> {
        let repeats = self.procedure.repeats();
        let mut reasons = Vec::new();
        if slots == 0 {
            return vec![Reason::plain(Code::NoReadings)];
        }
        // Every cause of an unused reading once.
        for reason in self.readings.iter().filter_map(|r| r.line.reason.as_ref()) {
            if self.count == 0 && !reasons.iter().any(|r: &Reason| r.code == reason.code) {
                reasons.push(reason.clone());
            }
        }
        if self.count < repeats.least {
            reasons.push(Reason::with(
                Code::TooFewReadings,
                &[
                    ("readings", &self.count.to_string()),
                    ("least", &repeats.least.to_string()),
                ],
            ));
        } else if self.near_limit && self.count < repeats.least + repeats.more {
            let unit = self.procedure.error().unit.to_string();
            reasons.push(Reason::with(
                Code::NearLimitMoreReadings,
                &[
                    ("bin", &self.bin.name),
                    ("mean", &self.cut(self.mean)),
                    ("unit", &unit),
                    ("limit", &self.cut(self.limit)),
                    ("from", &repeats.near_from.to_string()),
                    ("to", &repeats.near_to.to_string()),
                    (
                        "missing",
                        &(repeats.least + repeats.more - self.count).to_string(),
                    ),
                ],
            ));
        }
        reasons
    }

    /// Why the readings of a bin contradict each other.
    fn scattered(&self, verdict: Verdict) -> Option<Reason> {
        let used = self.readings.iter().filter(|r| r.line.used);
        let windows: Vec<_> = used
            .filter_map(|r| {
                Some(gate::Window {
                    from: r.line.from,
                    to: r.line.to,
                    error: r.error.as_ref()?,
                    u95: r.u95.as_ref()?,
                    limit: r.limit.as_ref()?.abs(),
                })
            })
            .collect();
        let unit = self.procedure.error().unit.to_string();
        let places = self.procedure.unrounded_places();
        gate::objection((&self.bin.name, &unit, places), verdict, &windows)
    }

    /// Why a judged bin is still open.
    fn undecided(&self, judged: &Judged) -> Option<Reason> {
        if judged.verdict != Verdict::Inconclusive {
            return None;
        }
        let unit = self.procedure.error().unit.to_string();
        Some(Reason::with(
            Code::InsideGuardBand,
            &[
                ("bin", &self.bin.name),
                ("mean", &self.cut(self.mean)),
                ("unit", &unit),
                ("accepted", &self.cut(Some(&judged.accepted_to))),
                ("rejected", &self.cut(Some(&judged.rejected_from))),
                ("u95", &self.u95.map(Exact::to_string).unwrap_or_default()),
            ],
        ))
    }
}
