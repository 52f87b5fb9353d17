//! Decisions of conformity with uncertainty, in exact decimals.
//!
//! Named options: JJF 1094-2002 §5.3.1, ISO 14253-1, ILAC-G8:09/2019 guard bands. The
//! uncertainty is a declared, rounded decimal; no square root and no f64 takes part. [`Score`] grades
//! E_n, z, z′ and ζ the same way.

mod score;
#[cfg(test)]
mod tests;
mod zone;

use std::fmt;

use serde::{Serialize, Serializer};

use crate::limits::Bound;
use crate::number::{Exact, Fraction};

pub use score::{Grade, Score, ScoreError};
pub use zone::{Zone, Zones};

/// The outcome of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Decision {
    /// 合格.
    #[serde(rename = "合格")]
    Pass,
    /// 不合格.
    #[serde(rename = "不合格")]
    Fail,
    /// 待定.
    #[serde(rename = "待定")]
    Inconclusive,
}

/// Why neither conformity nor nonconformity is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Inside the limit, but nearer to it than the guard band (ILAC-G8 4.2.3: conditional pass).
    InsideGuard(Zones),
    /// Outside the limit, but nearer to it than the guard band (ILAC-G8 4.2.3: conditional fail).
    OutsideGuard(Zones),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (side, zones) = match self {
            Self::InsideGuard(zones) => ("inside the limit, nearer to it than the guard band", zones),
            Self::OutsideGuard(zones) => ("outside the limit, nearer to it than the guard band", zones),
        };
        write!(
            f,
            "{side}: passes within {}, fails beyond {}",
            zones.accepted, zones.tolerated
        )
    }
}
impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A decision with the numbers that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// The outcome.
    pub decision: Decision,
    /// The document and clause that rules.
    pub(crate) rule: &'static str,
    /// What was judged: a value, or an error of indication.
    pub value: Exact,
    /// Its expanded uncertainty.
    pub u95: Exact,
    /// Where it passes and beyond which it fails.
    #[serde(flatten)]
    pub zones: Zones,
    /// Why it is inconclusive.
    pub reason: Option<Reason>,
}

/// A rule of decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// JJF 1094-2002 §5.3.1: U95 ≤ MPEV/3 decides by MPEV alone, else guarded by U95.
    Jjf1094,
    /// ISO 14253-1:2017: conformity or nonconformity at 95 %, guard band 1.65·u = 0.825·U (k = 2).
    Iso14253,
    /// ISO 14253-1:2013 and earlier (GB/T 18779.1-2002): both proofs guarded by the whole U.
    Iso14253Full,
    /// ILAC-G8 simple acceptance: no guard band.
    IlacSimple,
    /// ILAC-G8 guarded acceptance, w = factor·U; fails beyond the guarded limit.
    IlacGuarded(Exact),
    /// ILAC-G8 non-binary: between the guard bands neither passes nor fails.
    IlacNonBinary(Exact),
}

impl Rule {
    /// A rule by its name on the command line and in procedures; `guard` is the factor of
    /// ILAC-G8 (w = guard·U), 1 where it is not given.
    ///
    /// ```
    /// use numbers::decision::Rule;
    /// assert_eq!(Rule::by_name("iso-14253-1", None), Some(Rule::Iso14253));
    /// assert_eq!(Rule::by_name("coin", None), None);
    /// ```
    pub fn by_name(name: &str, guard: Option<Exact>) -> Option<Self> {
        let factor = || guard.clone().unwrap_or_else(|| Exact::from(1));
        Some(match name {
            "jjf-1094" => Self::Jjf1094,
            "iso-14253-1" => Self::Iso14253,
            "iso-14253-1-2013" => Self::Iso14253Full,
            "ilac-simple" => Self::IlacSimple,
            "ilac-guarded" => Self::IlacGuarded(factor()),
            "ilac-non-binary" => Self::IlacNonBinary(factor()),
            _ => return None,
        })
    }

    /// The names that [`Rule::by_name`] knows.
    pub const NAMES: [&'static str; 6] = [
        "jjf-1094",
        "iso-14253-1",
        "iso-14253-1-2013",
        "ilac-simple",
        "ilac-guarded",
        "ilac-non-binary",
    ];
}

/// The inputs contradict themselves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// U below zero.
    #[error("the uncertainty {0} is negative")]
    NegativeUncertainty(Exact),
    /// MPEV not above zero.
    #[error("the limit of error {0} is not greater than zero")]
    LimitNotPositive(Exact),
    /// Guard factor below zero.
    #[error("the guard factor {0} is negative")]
    NegativeGuard(Exact),
    /// JJF 1094 compares U with MPEV, which a one-sided limit does not have.
    #[error("JJF 1094 needs a limit on both sides, for U95 is compared with half its width")]
    OneSided,
    /// No limit at all.
    #[error("the limit has no bounds that a value can be judged by")]
    Unbounded,
    /// The lower bound lies above the upper.
    #[error("the lower limit {0} lies above the upper limit {1}")]
    Reversed(Exact, Exact),
}

/// Where a rule puts its guard bands.
enum Guard {
    None,
    /// Inside the limit; what is not accepted fails.
    Inside,
    /// On both sides of the limit; between them nothing is shown.
    Both,
}

impl Rule {
    /// The rule by its name, its guard bands, and their width in multiples of U; `small` says U95 ≤ MPEV/3.
    fn guard(&self, small: bool) -> (&'static str, Guard, Exact) {
        let one = || Exact::from(1);
        match self {
            Rule::Jjf1094 if small => ("JJF 1094-2002 5.3.1.4 (U95 ≤ MPEV/3)", Guard::None, one()),
            Rule::Jjf1094 => ("JJF 1094-2002 5.3.1.5 (U95 > MPEV/3)", Guard::Both, one()),
            Rule::Iso14253 => ("ISO 14253-1:2017 (0.825 U)", Guard::Both, Exact::new(825, -3)),
            Rule::Iso14253Full => ("ISO 14253-1:2013 (U)", Guard::Both, one()),
            Rule::IlacSimple => ("ILAC-G8:09/2019 4.2.1 simple acceptance", Guard::None, one()),
            Rule::IlacGuarded(factor) => (
                "ILAC-G8:09/2019 4.2.2 guarded acceptance",
                Guard::Inside,
                factor.clone(),
            ),
            Rule::IlacNonBinary(factor) => ("ILAC-G8:09/2019 4.2.3 non-binary", Guard::Both, factor.clone()),
        }
    }
}

/// A decision on exact fractions, as [`decide`] on decimals.
pub struct DecidedFraction {
    pub decision: Decision,
    pub rule: &'static str,
    pub accepted_to: Fraction,
    pub rejected_from: Fraction,
}

/// `magnitude` = |Δ|; U and guard factor not negative, MPEV above zero.
pub fn decide_fraction(rule: &Rule, magnitude: &Fraction, u: &Fraction, mpev: &Fraction) -> DecidedFraction {
    let small = u.times(&Fraction::from(3)) <= *mpev;
    let (rule, guard, factor) = rule.guard(small);
    let w = Fraction::from(&factor).times(u);
    let (accepted_to, rejected_from) = match guard {
        Guard::None => (mpev.clone(), mpev.clone()),
        Guard::Inside => (mpev.minus(&w), mpev.minus(&w)),
        Guard::Both => (mpev.minus(&w), mpev.plus(&w)),
    };
    let decision = if *magnitude <= accepted_to {
        Decision::Pass
    } else if *magnitude >= rejected_from {
        Decision::Fail
    } else {
        Decision::Inconclusive
    };
    DecidedFraction {
        decision,
        rule,
        accepted_to,
        rejected_from,
    }
}

/// Decides on an error of indication against ±MPEV.
///
/// ```
/// use numbers::decision::{Decision, Rule, decide};
/// let exact = |t: &str| t.parse().unwrap();
/// let d = decide(&Rule::Jjf1094, &exact("0.1"), &exact("0.2"), &exact("0.3")).unwrap();
/// assert_eq!(d.decision, Decision::Pass);
/// assert!(decide(&Rule::Jjf1094, &exact("0.1"), &exact("-0.2"), &exact("0.3")).is_err());
/// ```
///
/// # Errors
/// [`DecisionError`].
pub fn decide(rule: &Rule, error: &Exact, u95: &Exact, mpev: &Exact) -> Result<Decided, DecisionError> {
    if !mpev.is_positive() {
        return Err(DecisionError::LimitNotPositive(mpev.clone()));
    }
    let bound = |value| Bound {
        value,
        inclusive: true,
    };
    decide_within(rule, error, u95, Some(&bound(-mpev)), Some(&bound(mpev.clone())))
}

/// Decides on a value against a lower limit, an upper limit or both.
///
/// ```
/// use numbers::decision::{Decision, Rule, decide_within};
/// use numbers::limits::Limit;
/// let exact = |t: &str| t.parse().unwrap();
/// let (lower, upper) = Limit::parse("10.0±0.1").unwrap().bounds();
/// let by = |rule: &Rule, value: &str| {
///     decide_within(rule, &exact(value), &exact("0.04"), lower.as_ref(), upper.as_ref()).unwrap()
/// };
/// // The guard band of ISO 14253-1:2017 is 0.825·0.04 = 0.033.
/// assert_eq!(by(&Rule::Iso14253, "10.067").decision, Decision::Pass);
/// let between = by(&Rule::Iso14253, "10.068");
/// assert_eq!(between.decision, Decision::Inconclusive);
/// assert_eq!(between.zones.accepted.to_string(), "[9.933, 10.067]");
/// assert_eq!(by(&Rule::IlacSimple, "10.1").decision, Decision::Pass);
/// assert!(decide_within(&Rule::IlacSimple, &exact("1"), &exact("0.1"), None, None).is_err());
/// ```
///
/// # Errors
/// [`DecisionError`].
pub fn decide_within(
    rule: &Rule,
    value: &Exact,
    u95: &Exact,
    lower: Option<&Bound>,
    upper: Option<&Bound>,
) -> Result<Decided, DecisionError> {
    if u95.is_negative() {
        return Err(DecisionError::NegativeUncertainty(u95.clone()));
    }
    let limit = Zone::new(lower.cloned(), upper.cloned())?;
    let small = match rule {
        // U95 ≤ MPEV/3, where MPEV is half the width.
        Rule::Jjf1094 => u95 * &Exact::from(6) <= limit.width().ok_or(DecisionError::OneSided)?,
        _ => false,
    };
    let (name, guard, factor) = rule.guard(small);
    if factor.is_negative() {
        return Err(DecisionError::NegativeGuard(factor));
    }
    let w = (&factor * u95).normalized();
    let zones = match guard {
        Guard::None => limit.simple(),
        Guard::Inside => limit.one_guard(&w),
        Guard::Both => limit.guarded(&w, &w),
    };
    let decision = if zones.accepted.holds(value) {
        Decision::Pass
    } else if zones.tolerated.holds(value) {
        Decision::Inconclusive
    } else {
        Decision::Fail
    };
    let reason = (decision == Decision::Inconclusive).then(|| {
        if limit.holds(value) {
            Reason::InsideGuard(zones.clone())
        } else {
            Reason::OutsideGuard(zones.clone())
        }
    });
    Ok(Decided {
        decision,
        rule: name,
        value: value.clone(),
        u95: u95.clone(),
        zones,
        reason,
    })
}
