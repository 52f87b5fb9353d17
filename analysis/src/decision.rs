//! Decisions of conformity with uncertainty, in exact decimals.
//!
//! Named options: JJF 1094-2002 §5.3.1, ISO 14253-1, ILAC-G8:09/2019 guard bands. The
//! uncertainty is a declared, rounded decimal; no square root and no f64 takes part.

use serde::Serialize;

use crate::number::{Exact, Fraction};

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

/// A decision with the numbers that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// The outcome.
    pub decision: Decision,
    /// The document and clause that rules.
    pub rule: &'static str,
    /// |Δ|.
    pub magnitude: Exact,
    /// Passes up to and including this.
    pub accepted_to: Exact,
    /// Fails from here on; above it for rules whose rejection limit is open.
    pub rejected_from: Exact,
    /// Why it is inconclusive.
    pub reason: Option<String>,
}

/// A rule of decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// JJF 1094-2002 §5.3.1: U95 ≤ MPEV/3 decides by MPEV alone, else guarded by U95.
    Jjf1094,
    /// ISO 14253-1: proof of conformity and of nonconformity both guarded by U.
    Iso14253,
    /// ILAC-G8 simple acceptance: no guard band.
    IlacSimple,
    /// ILAC-G8 guarded acceptance, w = factor·U; fails beyond the guarded limit.
    IlacGuarded(Exact),
    /// ILAC-G8 non-binary: between the guard bands neither passes nor fails.
    IlacNonBinary(Exact),
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
}

/// Name of the rule, limit of acceptance, limit of rejection, and whether the latter belongs to
/// the rejected values; `small` says U95 ≤ MPEV/3.
fn guard_bands<N: Clone>(
    rule: &Rule,
    small: bool,
    u: &N,
    mpev: &N,
    plus: impl Fn(&N, &N) -> N,
    minus: impl Fn(&N, &N) -> N,
    times: impl Fn(&Exact, &N) -> N,
) -> (&'static str, N, N, bool) {
    let simple = |name| (name, mpev.clone(), mpev.clone(), false);
    let both = |name, w: &N| (name, minus(mpev, w), plus(mpev, w), true);
    match rule {
        Rule::Jjf1094 if small => simple("JJF 1094-2002 5.3.1.4 (U95 ≤ MPEV/3)"),
        Rule::Jjf1094 => both("JJF 1094-2002 5.3.1.5 (U95 > MPEV/3)", u),
        Rule::Iso14253 => both("ISO 14253-1:2017", u),
        Rule::IlacSimple => simple("ILAC-G8:09/2019 4.2.1 simple acceptance"),
        Rule::IlacGuarded(factor) => {
            let limit = minus(mpev, &times(factor, u));
            (
                "ILAC-G8:09/2019 4.2.2 guarded acceptance",
                limit.clone(),
                limit,
                false,
            )
        }
        Rule::IlacNonBinary(factor) => both("ILAC-G8:09/2019 4.2.3 non-binary", &times(factor, u)),
    }
}

/// A decision on exact fractions, as [`decide`] on decimals.
pub(crate) struct DecidedFraction {
    pub(crate) decision: Decision,
    pub(crate) rule: &'static str,
    pub(crate) accepted_to: Fraction,
    pub(crate) rejected_from: Fraction,
}

/// `magnitude` = |Δ|; U not negative, MPEV above zero.
pub(crate) fn decide_fraction(
    rule: &Rule,
    magnitude: &Fraction,
    u: &Fraction,
    mpev: &Fraction,
) -> DecidedFraction {
    let small = u.times(&Fraction::from(3)) <= *mpev;
    let (rule, accepted_to, rejected_from, closed) =
        guard_bands(rule, small, u, mpev, Fraction::plus, Fraction::minus, |f, u| {
            Fraction::from(f).times(u)
        });
    let rejected = *magnitude > rejected_from || (closed && *magnitude == rejected_from);
    let decision = if *magnitude <= accepted_to {
        Decision::Pass
    } else if rejected {
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

/// Decides on an error of indication.
///
/// ```
/// use analysis::decision::{Decision, Rule, decide};
/// let exact = |t: &str| t.parse().unwrap();
/// let d = decide(&Rule::Jjf1094, &exact("0.1"), &exact("0.2"), &exact("0.3")).unwrap();
/// assert_eq!(d.decision, Decision::Pass);
/// assert!(decide(&Rule::Jjf1094, &exact("0.1"), &exact("-0.2"), &exact("0.3")).is_err());
/// ```
///
/// # Errors
/// [`DecisionError`].
pub fn decide(rule: &Rule, error: &Exact, u95: &Exact, mpev: &Exact) -> Result<Decided, DecisionError> {
    if u95.is_negative() {
        return Err(DecisionError::NegativeUncertainty(u95.clone()));
    }
    if !mpev.is_positive() {
        return Err(DecisionError::LimitNotPositive(mpev.clone()));
    }
    if let Rule::IlacGuarded(factor) | Rule::IlacNonBinary(factor) = rule
        && factor.is_negative()
    {
        return Err(DecisionError::NegativeGuard(factor.clone()));
    }
    let magnitude = error.abs();
    let small = &(u95 * &Exact::from(3)) <= mpev;
    let (name, accepted_to, rejected_from, closed) =
        guard_bands(rule, small, u95, mpev, |a, b| a + b, |a, b| a - b, |f, u| f * u);
    let rejected = if closed {
        magnitude >= rejected_from
    } else {
        magnitude > rejected_from
    };
    let decision = if magnitude <= accepted_to {
        Decision::Pass
    } else if rejected {
        Decision::Fail
    } else {
        Decision::Inconclusive
    };
    let reason = (decision == Decision::Inconclusive).then(|| {
        format!("|Δ| = {magnitude} lies between MPEV−U = {accepted_to} and MPEV+U = {rejected_from}")
    });
    Ok(Decided {
        decision,
        rule: name,
        magnitude,
        accepted_to,
        rejected_from,
        reason,
    })
}

/// |E_n| ≤ 1, decided as (x−X)² ≤ U² + U_ref² without a square root.
pub fn en_conforms(x: &Exact, reference: &Exact, u: &Exact, u_reference: &Exact) -> bool {
    let d = x - reference;
    &d * &d <= &(u * u) + &(u_reference * u_reference)
}

/// Validation of a standard, |y_lab − y_ref| ≤ √(U_lab² + U_ref²) (JJF 1033-2016 附录 C.4).
pub fn validated(y_lab: &Exact, y_ref: &Exact, u_lab: &Exact, u_ref: &Exact) -> bool {
    en_conforms(y_lab, y_ref, u_lab, u_ref)
}
