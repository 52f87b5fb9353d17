//! One bin as it stands on the record, with its verdict and why it may have none.

use numbers::number::{Exact, Fraction};

use super::judgement::{Decided, Judgement};
use super::reading::{Reading, shown};
use crate::comparison::rules::{Bin, ComparisonRules, Decision};
use crate::conclusion::{Code, PointLine, Reason, Verdict};
use crate::gate::scatter;

/// A bin with the readings of its error.
pub(super) struct Point<'a> {
    pub(super) rules: &'a ComparisonRules,
    pub(super) bin: &'a Bin,
    pub(super) class: Option<&'a str>,
    pub(super) slots: usize,
    pub(super) readings: Vec<Reading>,
    /// MPEV where it depends on no reading.
    pub(super) fixed_limit: Option<Fraction>,
    /// Whether a gate of the run leaves everything open.
    pub(super) blocked: bool,
}

impl Point<'_> {
    fn used(&self) -> impl Iterator<Item = &Reading> {
        self.readings.iter().filter(|r| r.line.used)
    }

    /// Largest U of the used readings; without one, the best of the others shows how far it is from being usable.
    fn u95(&self) -> Option<Exact> {
        let largest = self.used().filter_map(|r| r.u95.clone()).max();
        largest.or_else(|| self.readings.iter().filter_map(|r| r.u95.clone()).min())
    }

    /// MPEV at the mean of the used readings; a limit that is the same for all needs none.
    fn limit(&self) -> Option<Fraction> {
        if self.used().next().is_none() {
            return self.fixed_limit.clone();
        }
        let limits: Option<Vec<Fraction>> = self.used().map(|r| r.limit.clone()).collect();
        Fraction::mean(&limits?)
    }

    pub(super) fn line(self) -> PointLine {
        let rules = self.rules;
        let places = rules.unrounded_places;
        let errors: Vec<Fraction> = self.used().filter_map(|r| r.error.clone()).collect();
        let u95 = self.u95();
        let limit_rule = self.bin.limits.of(self.class);
        let interval = limit_rule.and_then(|l| l.interval.as_ref());
        let limit = self.limit();
        let judgement = Judgement::of(rules, &errors, limit.clone(), interval, u95.as_ref());
        let judgement = judgement.as_ref();
        let (verdict, reasons) = self.verdict(judgement, errors.len(), u95.as_ref());
        let deciding = judgement.and_then(|j| j.by(rules.method));
        // A bin that is left open says nothing by either method.
        let judged = deciding.filter(|decided| verdict == Some(decided.verdict) && !self.blocked);
        let word = |decided: Option<&Decided>| judged.and_then(|_| Some(decided?.verdict));
        let cut = judgement.map(|j| j.mean.cut(places));
        let rounded = judgement.and_then(|j| j.rounded.as_ref());
        PointLine {
            bin: self.bin.name.clone(),
            title: self.bin.title.clone(),
            slots: count(self.slots),
            readings_used: count(errors.len()),
            mean_is_complete: cut.as_ref().is_some_and(|(_, complete)| *complete),
            mean: cut.map(|(text, _)| text),
            mean_fraction: judgement.map(|j| j.mean.text()),
            residual: rounded.map_or("", |r| r.residual().mark()).to_owned(),
            rounded: rounded.map(ToString::to_string),
            limit_text: limit_rule.map(|l| l.text.clone()),
            limit: limit.as_ref().map(|limit| shown(limit, places)),
            interval: interval.map(ToString::to_string),
            u95: u95.as_ref().map(Exact::to_string),
            u95_permitted: self.permitted(limit.as_ref()).map(|u| u.cut(places).0),
            decided_by: deciding.map(|d| d.rule.to_owned()),
            accepted_to: deciding.map(|d| d.accepted_to.cut(places).0),
            rejected_from: deciding.map(|d| d.rejected_from.cut(places).0),
            near_limit: judgement.is_some_and(|j| j.near_limit),
            rounded_value_verdict: word(judgement.and_then(|j| j.rounded_value.as_ref())),
            full_value_verdict: word(judgement.and_then(|j| j.full_value.as_ref())),
            verdict,
            reasons,
            readings: self.readings.into_iter().map(|r| r.line).collect(),
        }
    }

    /// MPEV/ratio where readings are gated by their U.
    fn permitted(&self, limit: Option<&Fraction>) -> Option<Fraction> {
        match &self.rules.decision {
            Decision::UncertaintyRatio(ratio) => limit?.over(&Fraction::from(i64::from(*ratio))),
            Decision::Guarded(_) | Decision::None => None,
        }
    }

    /// The verdict of the bin, `None` where the document gives none, and what leaves it open.
    fn verdict(
        &self,
        judgement: Option<&Judgement>,
        count: usize,
        u95: Option<&Exact>,
    ) -> (Option<Verdict>, Vec<Reason>) {
        let mut reasons = self.lacks(judgement, count);
        let deciding = judgement.and_then(|j| j.by(self.rules.method));
        let mut verdict = match (&self.rules.decision, judgement.zip(deciding)) {
            (Decision::None, _) => None,
            (_, Some((judgement, decided))) if reasons.is_empty() && !self.blocked => {
                if decided.verdict == Verdict::Inconclusive {
                    reasons.push(self.inside_guard_band(judgement, decided, u95));
                }
                Some(decided.verdict)
            }
            _ => Some(Verdict::Inconclusive),
        };
        if let Some(reason) = verdict.and_then(|verdict| self.scattered(verdict)) {
            reasons.push(reason);
            verdict = Some(Verdict::Inconclusive);
        }
        (verdict, reasons)
    }

    /// What is missing before this bin can be judged.
    fn lacks(&self, judgement: Option<&Judgement>, count: usize) -> Vec<Reason> {
        let (repeats, places) = (&self.rules.repeats, self.rules.unrounded_places);
        if self.slots == 0 {
            return vec![Reason::plain(Code::NoReadings)];
        }
        let mut reasons: Vec<Reason> = Vec::new();
        if count == 0 {
            // Every cause of an unused reading once, by the reading that came nearest.
            let mut unused: Vec<&Reading> = self.readings.iter().collect();
            unused.sort_by(|a, b| a.u95.cmp(&b.u95));
            for reason in unused.iter().filter_map(|r| r.line.reason.as_ref()) {
                if !reasons.iter().any(|known| known.code == reason.code) {
                    reasons.push(reason.clone());
                }
            }
        }
        if count < repeats.least {
            let (readings, least) = (count.to_string(), repeats.least.to_string());
            let parameters = [("readings", readings.as_str()), ("least", &least)];
            reasons.push(Reason::with(Code::TooFewReadings, &parameters));
        } else if let Some(judgement) = judgement.filter(|j| j.missing > 0) {
            let limit = judgement.limit.as_ref().map(|limit| shown(limit, places));
            reasons.push(Reason::with(
                Code::NearLimitMoreReadings,
                &[
                    ("bin", &self.bin.name),
                    ("mean", &judgement.mean.cut(places).0),
                    ("unit", &self.rules.error.unit.to_string()),
                    ("limit", limit.as_deref().unwrap_or("")),
                    ("from", &repeats.near_from.to_string()),
                    ("to", &repeats.near_to.to_string()),
                    ("missing", &judgement.missing.to_string()),
                ],
            ));
        }
        reasons
    }

    /// Why the readings of a bin contradict each other.
    fn scattered(&self, verdict: Verdict) -> Option<Reason> {
        let windows: Vec<_> = self
            .used()
            .filter_map(|r| {
                Some(scatter::Window {
                    from: r.line.from,
                    to: r.line.to,
                    error: r.error.as_ref()?,
                    u95: r.u95.as_ref()?,
                    limit: r.limit.as_ref()?.abs(),
                })
            })
            .collect();
        let unit = self.rules.error.unit.to_string();
        let places = self.rules.unrounded_places;
        scatter::objection((&self.bin.name, &unit, places), verdict, &windows)
    }

    /// Why a judged bin is still open.
    fn inside_guard_band(&self, judgement: &Judgement, decided: &Decided, u95: Option<&Exact>) -> Reason {
        let cut = |value: &Fraction| value.cut(self.rules.unrounded_places).0;
        Reason::with(
            Code::InsideGuardBand,
            &[
                ("bin", &self.bin.name),
                ("mean", &cut(&judgement.mean)),
                ("unit", &self.rules.error.unit.to_string()),
                ("accepted", &cut(&decided.accepted_to)),
                ("rejected", &cut(&decided.rejected_from)),
                ("u95", &u95.map(Exact::to_string).unwrap_or_default()),
            ],
        )
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
