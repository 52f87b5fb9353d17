//! A reading: what one instrument said about one quantity at one time.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Quality, SeriesId};

/// One reading. Trailing zeros of the value mean something: `220.10` is not `220.1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    pub series: SeriesId,
    /// The time that the schedule asked for, e.g. the full quarter of an hour.
    pub nominal: Timestamp,
    /// When the value was really taken, as well as the collector knows it.
    pub taken: Timestamp,
    /// Exact; `None` exactly when the quality is bad.
    pub value: Option<Decimal>,
    pub quality: Quality,
}

/// The way back from a reading to what was on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Registers as received (big-endian words as hexadecimal), or the bytes of the message.
    pub raw: String,
    /// `model@version` of the profile that decoded them.
    pub profile: String,
}
