//! A span of time, closed at its start and open at its end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `[from, to)` in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Window {
    /// `None` if `to` is before `from`.
    pub fn new(from: Timestamp, to: Timestamp) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }

    pub fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.to
    }
}
