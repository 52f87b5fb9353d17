//! Limits and the judgement against them (GB/T 8170-2008 §4, 极限数值的表示和判定).
//!
//! The text of a limit is kept, because its digits fix the rounding interval (§4.3.3): `≥14×100`
//! is judged to hundreds, `≥1400` to ones.

mod judge;

use serde_json::{Value, json};

use crate::number::Exact;
use crate::rounding::Interval;
use crate::unit::Unit;

pub use judge::{Both, Comparison, Declared, JudgeError, Judgement, Subject, Verdict, judge, judge_both};

/// One end of a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The limiting value with its written digits.
    pub value: Exact,
    /// Whether the value itself conforms (≥, ≤).
    pub inclusive: bool,
}

/// The form in which a limit is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A bare number: good for its interval only.
    Bare(Exact),
    /// One or two bounds.
    Interval {
        /// Lower end.
        lower: Option<Bound>,
        /// Upper end.
        upper: Option<Bound>,
    },
    /// A^{+b1}_{-b2}, A±b, or ±b of the quantity itself.
    Deviation {
        /// Basic value A; `None` for ±b.
        basic: Option<Exact>,
        /// Lower deviation with its sign.
        lower: Exact,
        /// Upper deviation with its sign.
        upper: Exact,
        /// Whether the lower, the upper end is excluded.
        excluded: [bool; 2],
    },
    /// A(1±b%).
    Relative {
        /// Basic value A.
        basic: Exact,
        /// Lower deviation in percent, with its sign.
        lower: Exact,
        /// Upper deviation in percent, with its sign.
        upper: Exact,
        /// Whether the lower, the upper end is excluded.
        excluded: [bool; 2],
    },
    /// A limit on an accuracy class.
    Class {
        /// The class.
        name: String,
        /// Whether the class itself conforms; `None` when the wording leaves it open.
        inclusive: Option<bool>,
    },
}

/// Whether a limit admits any value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Proper,
    Empty,
    Reversed,
}

/// A limit with its text.
#[derive(Clone, Debug, Eq)]
pub struct Limit {
    /// The text as given.
    pub text: String,
    /// Its form and numbers.
    pub shape: Shape,
    /// Its unit.
    pub unit: Option<Unit>,
}

impl PartialEq for Limit {
    fn eq(&self, other: &Self) -> bool {
        // The same limit in other words is the same limit, as long as its digits agree.
        let interval = |l: &Self| l.interval().map(|i| i.to_string());
        self.shape == other.shape && self.unit == other.unit && interval(self) == interval(other)
    }
}

impl Limit {
    /// The interval that the written digits call for (§4.3.3): the finest last digit.
    ///
    /// `None` for relative limits and classes, whose digits say nothing about the measured value.
    pub fn interval(&self) -> Option<Interval> {
        let finest = |values: [Option<&Exact>; 3]| {
            values
                .into_iter()
                .flatten()
                .map(Exact::exponent)
                .min()
                .map(Interval::power_of_ten)
        };
        match &self.shape {
            Shape::Bare(value) => finest([Some(value), None, None]),
            Shape::Interval { lower, upper } => finest([
                lower.as_ref().map(|b| &b.value),
                upper.as_ref().map(|b| &b.value),
                None,
            ]),
            Shape::Deviation {
                basic, lower, upper, ..
            } => finest([basic.as_ref(), Some(lower), Some(upper)]),
            Shape::Relative { .. } | Shape::Class { .. } => None,
        }
    }

    /// Both ends as absolute values.
    pub fn bounds(&self) -> (Option<Bound>, Option<Bound>) {
        let bound = |value, excluded: bool| {
            Some(Bound {
                value,
                inclusive: !excluded,
            })
        };
        match &self.shape {
            Shape::Interval { lower, upper } => (lower.clone(), upper.clone()),
            Shape::Deviation {
                basic,
                lower,
                upper,
                excluded,
            } => {
                let zero = Exact::zero();
                let basic = basic.as_ref().unwrap_or(&zero);
                let exponent = basic.exponent().min(lower.exponent()).min(upper.exponent());
                let at = |x: Exact| x.with_exponent(exponent).unwrap_or(x);
                (
                    bound(at(basic + lower), excluded[0]),
                    bound(at(basic + upper), excluded[1]),
                )
            }
            Shape::Relative {
                basic,
                lower,
                upper,
                excluded,
            } => {
                let end = |percent: &Exact| basic + &(basic * percent).scaled(-2);
                let (mut low, mut high) = (bound(end(lower), excluded[0]), bound(end(upper), excluded[1]));
                if basic.is_negative() {
                    std::mem::swap(&mut low, &mut high);
                }
                (low, high)
            }
            Shape::Bare(_) | Shape::Class { .. } => (None, None),
        }
    }

    /// Whether the limit is written as A(1±b%).
    pub fn is_relative(&self) -> bool {
        matches!(self.shape, Shape::Relative { .. })
    }

    /// Canonical writing.
    pub fn print(&self) -> String {
        let unit = self.unit.as_ref().map_or(String::new(), |u| {
            if u.is("%") || u.is("℃") {
                u.to_string()
            } else {
                format!(" {u}")
            }
        });
        match &self.shape {
            Shape::Bare(value) => format!("{}{unit}", written(value)),
            Shape::Interval { lower, upper } => print_interval(lower.as_ref(), upper.as_ref(), &unit),
            Shape::Deviation {
                basic,
                lower,
                upper,
                excluded,
            } => print_deviation(basic.as_ref(), lower, upper, *excluded, &unit),
            Shape::Relative {
                basic,
                lower,
                upper,
                excluded,
            } => {
                let (basic, unit) = (written(basic), unit.trim_start());
                let body = if &-lower == upper {
                    format!("{basic}{unit}(1±{upper}%)")
                } else {
                    format!("{basic}{unit}(1^{{{}}}_{{{}}}%)", signed(upper), signed(lower))
                };
                body + &print_excluded(lower, upper, *excluded, "%")
            }
            Shape::Class {
                name,
                inclusive: None,
            } => format!("优于{name}级"),
            Shape::Class { name, .. } => format!("不低于{name}级"),
        }
    }

    /// The parts under their published names.
    pub fn to_json(&self) -> Value {
        match &self.shape {
            Shape::Class { name, inclusive } => {
                json!({ "class_": name, "or_better": true, "inclusive": inclusive })
            }
            Shape::Relative {
                basic,
                lower,
                upper,
                excluded,
            } => json!({
                "basic": basic, "unit": self.unit, "lower_pct": lower, "upper_pct": upper,
                "lower_inclusive": !excluded[0], "upper_inclusive": !excluded[1],
            }),
            _ => {
                let (lower, upper) = self.bounds();
                let value = |b: &Option<Bound>| b.as_ref().map(|b| b.value.to_string());
                let inclusive = |b: &Option<Bound>| b.as_ref().map(|b| b.inclusive);
                json!({
                    "lower": value(&lower), "lower_inclusive": inclusive(&lower),
                    "upper": value(&upper), "upper_inclusive": inclusive(&upper),
                    "unit": self.unit, "rounding_interval": self.interval(),
                })
            }
        }
    }
}

impl Shape {
    /// Excludes the end that 不含 names; false when it names none.
    pub(crate) fn exclude(&mut self, named: &Exact, signed: bool) -> bool {
        match self {
            Self::Interval { lower, upper } => {
                for bound in [lower, upper].into_iter().flatten() {
                    if &bound.value == named {
                        bound.inclusive = false;
                        return true;
                    }
                }
                false
            }
            Self::Deviation {
                lower,
                upper,
                excluded,
                ..
            } => {
                let (low, high) = if signed {
                    (&*lower == named, &*upper == named)
                } else {
                    (lower.abs() == *named, upper.abs() == *named)
                };
                excluded[0] |= low;
                excluded[1] |= high;
                low || high
            }
            Self::Relative {
                lower,
                upper,
                excluded,
                ..
            } => {
                // §4.2.3.3 例2: (不含5%) leaves out the upper end; the lower needs its sign.
                let high = &*upper == named;
                let low = !high && (&*lower == named || (!signed && lower.abs() == *named));
                excluded[0] |= low;
                excluded[1] |= high;
                low || high
            }
            Self::Bare(_) | Self::Class { .. } => false,
        }
    }

    pub(crate) fn order(&self) -> Order {
        let (low, high, open) = match self {
            Self::Interval {
                lower: Some(l),
                upper: Some(u),
            } => (&l.value, &u.value, !(l.inclusive && u.inclusive)),
            Self::Deviation {
                lower,
                upper,
                excluded,
                ..
            }
            | Self::Relative {
                lower,
                upper,
                excluded,
                ..
            } => (lower, upper, excluded.contains(&true)),
            _ => return Order::Proper,
        };
        match low.cmp(high) {
            std::cmp::Ordering::Greater => Order::Reversed,
            std::cmp::Ordering::Equal if open => Order::Empty,
            _ => Order::Proper,
        }
    }
}

/// A number with its last digit visible: 14×10², not 1400.
fn written(value: &Exact) -> String {
    if value.exponent() > 0 && !value.is_zero() {
        let power = crate::glyph::to_superscript(value.exponent());
        return format!("{}×10{power}", value.mantissa());
    }
    value.to_string()
}

fn signed(value: &Exact) -> String {
    if value.is_negative() {
        written(value)
    } else {
        format!("+{}", written(value))
    }
}

fn print_interval(lower: Option<&Bound>, upper: Option<&Bound>, unit: &str) -> String {
    let sign =
        |b: &Bound, with: &'static str, without: &'static str| if b.inclusive { with } else { without };
    match (lower, upper) {
        (Some(l), None) => format!("{}{}{unit}", sign(l, "≥", ">"), written(&l.value)),
        (None, Some(u)) => format!("{}{}{unit}", sign(u, "≤", "<"), written(&u.value)),
        (Some(l), Some(u)) => {
            let (open, close) = (sign(l, "", ">"), sign(u, "", "<"));
            format!("{open}{}～{close}{}{unit}", written(&l.value), written(&u.value))
        }
        (None, None) => String::new(),
    }
}

fn print_deviation(
    basic: Option<&Exact>,
    lower: &Exact,
    upper: &Exact,
    excluded: [bool; 2],
    unit: &str,
) -> String {
    let tail = print_excluded(lower, upper, excluded, "");
    let symmetric = &-lower == upper && lower.exponent() == upper.exponent();
    match basic {
        None => format!("±{}{unit}{tail}", written(upper)),
        Some(basic) if symmetric => format!("{}±{}{tail}{unit}", written(basic), written(upper)),
        Some(basic) => format!(
            "{}^{{{}}}_{{{}}}{tail}{unit}",
            written(basic),
            signed(upper),
            signed(lower)
        ),
    }
}

fn print_excluded(lower: &Exact, upper: &Exact, excluded: [bool; 2], percent: &str) -> String {
    let mut text = String::new();
    for (end, out) in [(upper, excluded[1]), (lower, excluded[0])] {
        if out {
            text.push_str(&format!("(不含{}{percent})", signed(end)));
        }
    }
    text
}
