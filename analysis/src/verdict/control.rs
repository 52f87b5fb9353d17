//! The record of a period check by charts and drift.

use serde::{Deserialize, Serialize};

use super::Text;

/// One point of the chart: the mean difference of one span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartPoint {
    pub from: jiff::Timestamp,
    pub to: jiff::Timestamp,
    pub readings: u32,
    /// Rounded to the declared decimals; this value is judged.
    pub value: String,
    /// |value − value before|.
    pub moving_range: Option<String>,
    pub ewma: Option<String>,
    pub ewma_lower: Option<String>,
    pub ewma_upper: Option<String>,
    /// Whether it belongs to the baseline.
    pub baseline: bool,
    /// Rules that are met at this point.
    pub signals: Vec<String>,
}

/// The chart with its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartLine {
    /// Where centre and σ come from.
    pub baseline: Text,
    pub centre: String,
    /// MR/1.128 of the baseline, rounded to four digits before it limits anything.
    pub sigma: String,
    pub upper: String,
    pub lower: String,
    pub moving_range_upper: String,
    /// Lag-1 autocorrelation of the points, for reading: near 1 the limits are too narrow.
    pub autocorrelation: Option<String>,
    pub points: Vec<ChartPoint>,
}

/// Drift from dated results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftLine {
    pub results: u32,
    pub rate_per_year: String,
    /// Expanded with the declared k.
    pub u_rate_per_year: String,
    /// |rate| > U(rate).
    pub significant: bool,
    /// Error and U today (end of the window) by the line.
    pub error_now: String,
    pub u_now: String,
    pub mpev: Option<String>,
    /// Day on which the line crosses the MPE, within the horizon.
    pub crossing: Option<String>,
    /// First day on which line and U reach the MPE.
    pub earliest_crossing: Option<String>,
}

/// A suggestion for the interval of calibration; nothing is changed by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalLine {
    pub present_days: u32,
    /// By the staircase of ILAC-G24 / OIML D 10.
    pub staircase_days: Option<u32>,
    /// Until the earliest crossing of the drift.
    pub drift_days: Option<u32>,
    /// The shorter of both within the declared bounds.
    pub suggested_days: Option<u32>,
    pub reason: Text,
}

/// Charts, drift and interval of one period check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlLine {
    pub unit: String,
    pub chart: Option<ChartLine>,
    pub drift: Option<DriftLine>,
    pub interval: Option<IntervalLine>,
}
