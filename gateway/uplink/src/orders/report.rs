//! What a collector makes of its orders, told to the gateway each time it has taken some up.

use serde::{Deserialize, Serialize};

use crate::Networks;

/// Replaces the report before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The orders that are in force.
    pub version: u64,
    /// Devices of these orders that are not read, at most [`Report::MOST_NAMED`].
    pub not_read: Vec<NotRead>,
    /// How many more are not read.
    pub unnamed: u64,
    /// Networks (`10.0.0.0/8`) to which this collector opens Modbus TCP connections.
    pub networks: Networks,
}

impl Report {
    pub const MOST_NAMED: usize = 500;
    /// Characters of a detail.
    pub const LONGEST_DETAIL: usize = 300;

    pub fn new(version: u64, not_read: Vec<NotRead>, networks: Networks) -> Self {
        let mut report = Self {
            version,
            not_read,
            unnamed: 0,
            networks,
        };
        report.bound();
        report
    }

    /// Cuts what is too long; both ends do, since neither trusts the other with its memory.
    pub fn bound(&mut self) {
        self.unnamed += self.not_read.len().saturating_sub(Self::MOST_NAMED) as u64;
        self.not_read.truncate(Self::MOST_NAMED);
        for one in &mut self.not_read {
            for text in [&mut one.device, &mut one.detail] {
                if let Some((end, _)) = text.char_indices().nth(Self::LONGEST_DETAIL) {
                    text.truncate(end);
                }
            }
        }
    }
}

/// A device that the collector does not read, although it was told to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotRead {
    pub device: String,
    pub cause: NotReadCause,
    /// As in the collector's own log.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotReadCause {
    /// An access kind or a field that this collector does not know: it wants an update.
    NotUnderstood,
    /// Outside of the networks to which it opens connections.
    AddressNotAllowed,
    /// The detail says why: a model, a broker or settings that do not fit there.
    NotPossible,
    /// Said by a collector that is newer than this gateway.
    #[serde(other)]
    Unknown,
}
