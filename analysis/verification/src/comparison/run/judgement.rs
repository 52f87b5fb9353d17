//! From the readings of a bin to what they say of its limit: mean → one rounding → limit or guard band.

use numbers::decision::{self, decide_fraction};
use numbers::number::{Exact, Fraction};
use numbers::rounding::{Interval, Rounded};

use crate::comparison::rules::{ComparisonRules, Decision};
use crate::conclusion::{ComparisonMethod, Verdict};

/// What used readings of the error say of a limit.
pub(crate) struct Judgement {
    /// Exact, never rounded.
    pub(crate) mean: Fraction,
    pub(crate) limit: Option<Fraction>,
    /// Rounded once from the exact mean (GB/T 8170-2008 §3.3.1).
    pub(crate) rounded: Option<Rounded>,
    /// |mean| lies at 0.8 to 1.2 of the limit (or as declared), ends included.
    pub(crate) near_limit: bool,
    /// Readings that are missing before a verdict may be given.
    pub(crate) missing: usize,
    /// 修约值比较法
    pub(crate) rounded_value: Option<Decided>,
    /// 全数值比较法
    pub(crate) full_value: Option<Decided>,
}

/// One value against the limit.
pub(crate) struct Decided {
    pub(crate) verdict: Verdict,
    /// Document and clause.
    pub(crate) rule: &'static str,
    pub(crate) accepted_to: Fraction,
    pub(crate) rejected_from: Fraction,
}

impl Judgement {
    /// `None` of no readings.
    pub(crate) fn of(
        rules: &ComparisonRules,
        errors: &[Fraction],
        limit: Option<Fraction>,
        interval: Option<&Interval>,
        u95: Option<&Exact>,
    ) -> Option<Self> {
        let mean = Fraction::mean(errors).filter(|_| !errors.is_empty())?;
        let rounded = interval.map(|interval| mean.round(interval));
        let near_limit = limit
            .as_ref()
            .is_some_and(|limit| rules.repeats.near(&mean, limit));
        let decide = |value: &Fraction| {
            let u = Fraction::from(u95?);
            decided(&rules.decision, &value.abs(), &u, limit.as_ref()?)
        };
        Some(Self {
            missing: rules.repeats.missing(errors.len(), near_limit),
            rounded_value: rounded.as_ref().and_then(|r| decide(&Fraction::from(r.value()))),
            full_value: decide(&mean),
            near_limit,
            rounded,
            limit,
            mean,
        })
    }

    /// By the method that the document declares, whatever readings are missing.
    pub(crate) fn by(&self, method: ComparisonMethod) -> Option<&Decided> {
        match method {
            ComparisonMethod::FullValue => self.full_value.as_ref(),
            ComparisonMethod::RoundedValue => self.rounded_value.as_ref(),
        }
    }
}

fn decided(decision: &Decision, magnitude: &Fraction, u: &Fraction, limit: &Fraction) -> Option<Decided> {
    match decision {
        Decision::None => None,
        Decision::UncertaintyRatio(_) => Some(Decided {
            verdict: Verdict::of(magnitude <= limit),
            rule: "JJF 1094-2002 5.3.1.4 (U95 ≤ MPEV/3)",
            accepted_to: limit.clone(),
            rejected_from: limit.clone(),
        }),
        Decision::Guarded(rule) => {
            let decided = decide_fraction(rule, magnitude, u, limit);
            Some(Decided {
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
