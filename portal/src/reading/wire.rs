//! Readings and their way back to the wire.

use devices::Quality;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

/// One reading; the value is exact text (trailing zeros mean something), `null` exactly when the quality is bad.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reading {
    /// `device/point`
    pub series: String,
    #[schema(value_type = String, format = DateTime)]
    pub nominal: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub taken: Timestamp,
    #[schema(value_type = Option<String>)]
    pub value: Option<Decimal>,
    /// Of a meter behind transformers whose value is a secondary one (二次值): the primary value (一次值), exact. Only live
    /// and latest readings say so; `null` where the value is what flows.
    pub primary: Option<String>,
    /// `good`, or the short name of the doubt or failure.
    #[schema(value_type = String)]
    pub quality: Quality,
    pub unit: String,
}

impl Reading {
    pub fn new(reading: devices::Reading, unit: &str) -> Self {
        Self {
            series: reading.series.to_string(),
            nominal: reading.nominal,
            taken: reading.taken,
            value: reading.value,
            primary: None,
            quality: reading.quality,
            unit: unit.to_owned(),
        }
    }
}

/// One point over a window, never cut silently.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeriesPage {
    pub unit: String,
    /// What was asked, within the period that the caller may see.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Not included.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// Every reading from here to `to` is in the answer. Later than `from` only if the window holds more readings than
    /// one answer takes in: then the newest are kept.
    #[schema(value_type = String, format = DateTime)]
    pub complete_from: Timestamp,
    /// Readings that the answer took in.
    pub count: u64,
    /// When two good readings have a gap between them, and no line; in order of time, the first holds from the beginning.
    pub gaps: Vec<GapRule>,
    pub curve: Curve,
}

/// From `since` on, the next reading is missing when it comes later than this: two of the reading periods that were
/// registered. Of the time before the registration no period is known, and at least an hour is waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GapRule {
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    pub seconds: u32,
}

/// The readings themselves where they are few, otherwise what becomes of them in spans of one length.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Curve {
    Readings {
        readings: Vec<Reading>,
    },
    Buckets {
        bucket_seconds: i64,
        buckets: Vec<Bucket>,
    },
}

/// A value, and the nominal time of its reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ValueAt {
    #[schema(value_type = String, format = DateTime)]
    pub nominal: Timestamp,
    #[schema(value_type = String)]
    pub value: Decimal,
}

/// Exact values of readings of one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Extent {
    pub count: u64,
    pub first: ValueAt,
    pub min: ValueAt,
    pub max: ValueAt,
    pub last: ValueAt,
}

/// The readings of one span; a span without any is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bucket {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    pub count: u64,
    /// Readings without a value.
    pub failed: u64,
    /// `good`, or the short name of the worst doubt or failure.
    #[schema(value_type = String)]
    pub worst: Quality,
    pub good: Option<Extent>,
    pub doubtful: Option<Extent>,
    /// Gaps between good readings within the span.
    pub gaps: u64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProvenanceCard {
    /// The registers as received, or the message.
    pub raw: String,
    /// `model@version` that decoded them.
    pub profile: String,
}

/// Data of an SSE event `sweep`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LiveSweepCard {
    pub device: String,
    pub readings: Vec<Reading>,
}
