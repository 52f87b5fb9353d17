//! Zones of values: where a result passes, and beyond which it fails.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

use super::DecisionError;
use crate::limits::Bound;
use crate::number::Exact;

/// A stretch of the number line, open to one side where a bound is missing; it may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    lower: Option<Bound>,
    upper: Option<Bound>,
}

/// The two zones of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Zones {
    /// Passes here.
    pub accepted: Zone,
    /// Fails outside of this; between the two nothing is shown.
    pub tolerated: Zone,
}

impl Zone {
    pub(super) fn new(lower: Option<Bound>, upper: Option<Bound>) -> Result<Self, DecisionError> {
        match (&lower, &upper) {
            (None, None) => Err(DecisionError::Unbounded),
            (Some(l), Some(u)) if l.value > u.value => {
                Err(DecisionError::Reversed(l.value.clone(), u.value.clone()))
            }
            _ => Ok(Self { lower, upper }),
        }
    }

    /// The lower end.
    pub fn lower(&self) -> Option<&Bound> {
        self.lower.as_ref()
    }

    /// The upper end.
    pub fn upper(&self) -> Option<&Bound> {
        self.upper.as_ref()
    }

    /// Whether a value lies in the zone.
    pub fn holds(&self, value: &Exact) -> bool {
        let inside = |bound: Option<&Bound>, side: Ordering| {
            bound.is_none_or(|b| match value.cmp(&b.value) {
                Ordering::Equal => b.inclusive,
                other => other == side,
            })
        };
        inside(self.lower(), Ordering::Greater) && inside(self.upper(), Ordering::Less)
    }

    /// Twice MPEV; `None` for a one-sided limit.
    pub(super) fn width(&self) -> Option<Exact> {
        Some(&self.upper.as_ref()?.value - &self.lower.as_ref()?.value)
    }

    /// Both ends moved inwards; the edge of a guarded zone belongs to it unless asked otherwise.
    fn moved(&self, inwards: &Exact, inclusive: bool) -> Self {
        let shift = |bound: &Bound, by: &Exact| Bound {
            value: &bound.value + by,
            inclusive,
        };
        Self {
            lower: self.lower().map(|b| shift(b, inwards)),
            upper: self.upper().map(|b| shift(b, &-inwards)),
        }
    }

    /// No guard band: the limit accepts and rejects.
    pub(super) fn simple(&self) -> Zones {
        Zones {
            accepted: self.clone(),
            tolerated: self.clone(),
        }
    }

    /// One guard band inside the limit: what is not accepted fails (binary).
    pub(super) fn one_guard(&self, w: &Exact) -> Zones {
        if w.is_zero() {
            return self.simple();
        }
        let accepted = self.moved(w, true);
        Zones {
            tolerated: accepted.clone(),
            accepted,
        }
    }

    /// A guard band on both sides of the limit; a value on the outer edge fails.
    pub(super) fn guarded(&self, inside: &Exact, outside: &Exact) -> Zones {
        if inside.is_zero() && outside.is_zero() {
            return self.simple();
        }
        Zones {
            accepted: self.moved(inside, true),
            tolerated: self.moved(&-outside, false),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.lower {
            Some(b) => write!(f, "{}{}", if b.inclusive { '[' } else { '(' }, b.value)?,
            None => f.write_str("(−∞")?,
        }
        match &self.upper {
            Some(b) => write!(f, ", {}{}", b.value, if b.inclusive { ']' } else { ')' }),
            None => f.write_str(", +∞)"),
        }
    }
}
impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
