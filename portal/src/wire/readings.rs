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
            quality: reading.quality,
            unit: unit.to_owned(),
        }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeriesPage {
    pub unit: String,
    pub readings: Vec<Reading>,
    /// More readings stand in the window than were sent.
    pub truncated: bool,
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
