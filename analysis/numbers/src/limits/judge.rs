//! The two methods of judgement (GB/T 8170-2008 §4.3) and who declared which.

use std::cmp::Ordering;

use serde::Serialize;

use super::{Bound, Limit, Shape};
use crate::number::Exact;
use crate::rounding::{Interval, Reported, Residual, Rounded};

/// A method of comparing with a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Comparison {
    /// 全数值比较法 (§4.3.2): the default where the document is silent (§4.3.1.2).
    #[default]
    #[serde(rename = "full")]
    Full,
    /// 修约值比较法 (§4.3.3): only when the governing document says so.
    #[serde(rename = "rounded")]
    Rounded,
}

/// A method with the document that declared it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Declared {
    /// The method that decides.
    pub method: Comparison,
    /// Who declared it: a document with its clause, or the default of the standard.
    pub by: String,
    /// Interval fixed by that document, where it differs from the digits of the limit.
    pub interval: Option<Interval>,
}

impl Default for Declared {
    fn default() -> Self {
        let by = "GB/T 8170-2008 4.3.1.2 (no special statement)".to_owned();
        Self {
            method: Comparison::Full,
            by,
            interval: None,
        }
    }
}

/// 符合 or 不符合.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// Conforms.
    #[serde(rename = "符合")]
    Conforms,
    /// Does not conform.
    #[serde(rename = "不符合")]
    DoesNotConform,
}

/// What is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A measured value with all its digits.
    Measured(Exact),
    /// A reported value, with a mark when one is known.
    Reported(Reported),
}

/// The result of one method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The method that led to it.
    pub method: Comparison,
    /// The rounded value that was compared; `None` under the full-value method.
    pub rounded: Option<Rounded>,
    /// A doubt that a person must look at.
    pub warning: Option<String>,
}

/// Both methods side by side; only `decides` is *the* verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Both {
    /// By the declared method.
    pub decides: Judgement,
    /// By the other method, for information; absent when it cannot be applied.
    pub other: Option<Judgement>,
    /// Who declared the method.
    pub declared_by: String,
}

/// Why a value cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JudgeError {
    /// A bare number or a class.
    #[error("{0:?} is not a limit that a number can be judged by")]
    NotALimit(String),
    /// A relative limit under the rounded-value method.
    #[error("the digits of a relative limit fix no interval, give one")]
    NoInterval,
}

/// Judges by one method. `interval` overrides that of the limit's digits.
///
/// ```
/// use numbers::limits::{Comparison, Limit, Subject, Verdict, judge};
/// let limit = Limit::parse("≥14×100").unwrap();
/// let measured = Subject::Measured("1351".parse().unwrap());
/// let full = judge(&limit, &measured, Comparison::Full, None).unwrap();
/// assert_eq!(full.verdict, Verdict::DoesNotConform);
/// let rounded = judge(&limit, &measured, Comparison::Rounded, None).unwrap();
/// assert_eq!(rounded.verdict, Verdict::Conforms);
/// assert_eq!(rounded.rounded.unwrap().to_string(), "1400");
/// let class = Limit::parse("优于0.05级").unwrap();
/// assert!(judge(&class, &measured, Comparison::Full, None).is_err());
/// ```
///
/// # Errors
/// [`JudgeError`].
pub fn judge(
    limit: &Limit,
    subject: &Subject,
    method: Comparison,
    interval: Option<&Interval>,
) -> Result<Judgement, JudgeError> {
    if matches!(limit.shape, Shape::Bare(_) | Shape::Class { .. }) {
        return Err(JudgeError::NotALimit(limit.text.clone()));
    }
    let (lower, upper) = limit.bounds();
    match method {
        Comparison::Full => Ok(full(subject, lower.as_ref(), upper.as_ref())),
        Comparison::Rounded => {
            let own = limit.interval();
            let interval = interval.or(own.as_ref()).ok_or(JudgeError::NoInterval)?;
            let rounded = match subject {
                Subject::Measured(value) => interval.round(value),
                Subject::Reported(reported) => reported.round(interval),
            };
            let value = rounded.value();
            let inside = within(lower.as_ref(), upper.as_ref(), |bound| value.cmp(bound));
            Ok(Judgement {
                verdict: verdict(inside),
                method,
                rounded: Some(rounded),
                warning: None,
            })
        }
    }
}

/// Judges by the declared method and shows the other beside it.
///
/// # Errors
/// [`JudgeError`] when the declared method cannot be applied.
pub fn judge_both(limit: &Limit, subject: &Subject, declared: &Declared) -> Result<Both, JudgeError> {
    let interval = declared.interval.as_ref();
    let other = match declared.method {
        Comparison::Full => Comparison::Rounded,
        Comparison::Rounded => Comparison::Full,
    };
    Ok(Both {
        decides: judge(limit, subject, declared.method, interval)?,
        other: judge(limit, subject, other, interval).ok(),
        declared_by: declared.by.clone(),
    })
}

fn full(subject: &Subject, lower: Option<&Bound>, upper: Option<&Bound>) -> Judgement {
    let mut warning = None;
    let inside = match subject {
        Subject::Measured(value) => within(lower, upper, |bound| value.cmp(bound)),
        Subject::Reported(reported) => within(lower, upper, |bound| {
            let order = reported.value().cmp(bound);
            if order != Ordering::Equal {
                return order;
            }
            let away = if reported.value().is_negative() {
                Ordering::Less
            } else {
                Ordering::Greater
            };
            match reported.residual() {
                Some(Residual::Dropped) => away,
                Some(Residual::Raised) => away.reverse(),
                Some(Residual::None) => Ordering::Equal,
                None => {
                    warning = Some("residual unknown".to_owned());
                    Ordering::Equal
                }
            }
        }),
    };
    Judgement {
        verdict: verdict(inside),
        method: Comparison::Full,
        rounded: None,
        warning,
    }
}

fn within(lower: Option<&Bound>, upper: Option<&Bound>, mut compare: impl FnMut(&Exact) -> Ordering) -> bool {
    let mut holds = |bound: Option<&Bound>, inside: Ordering| {
        bound.is_none_or(|b| match compare(&b.value) {
            Ordering::Equal => b.inclusive,
            other => other == inside,
        })
    };
    let above = holds(lower, Ordering::Greater);
    let below = holds(upper, Ordering::Less);
    above && below
}

fn verdict(inside: bool) -> Verdict {
    if inside {
        Verdict::Conforms
    } else {
        Verdict::DoesNotConform
    }
}
