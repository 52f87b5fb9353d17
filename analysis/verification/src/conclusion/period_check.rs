//! The body of a period check: the comparison, and charts, drift and interval where the procedure asks for them.

use serde::{Deserialize, Serialize};

use uncertainty::document::Text;

use super::reason::Reason;

/// One point of the chart: the mean difference of one span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartPoint {
    pub from: jiff::Timestamp,
    pub to: jiff::Timestamp,
    pub readings: u32,
    /// Rounded to the declared decimals; this value is judged.
    pub value: String,
    /// |value − value before|; none behind a span without a point.
    pub moving_range: Option<String>,
    pub ewma: String,
    pub ewma_lower: String,
    pub ewma_upper: String,
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
    pub moving_range_centre: String,
    pub moving_range_upper: String,
    /// Lag-1 autocorrelation of the points, for reading: near 1 the limits are too narrow.
    pub autocorrelation: Option<String>,
    pub points: Vec<ChartPoint>,
}

/// A drift with its uncertainty, and when it would cross the MPE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftLine {
    /// Dated results, or points of the chart.
    pub results: u32,
    /// Of the residuals, where the points follow each other closely.
    pub autocorrelation: Option<String>,
    /// Independent points that the points are worth.
    pub effective_results: Option<String>,
    pub rate_per_year: String,
    /// Expanded with the declared k; for points with t of the same probability and `effective_results` − 2.
    pub u_rate_per_year: String,
    /// |rate| > U(rate), as recorded.
    pub significant: bool,
    /// Error and U at the end of the window by the line, rounded before they are compared with the MPE.
    pub error_now: String,
    pub u_now: String,
    pub mpev: Option<String>,
    /// Day on which the line crosses the MPE, within the horizon.
    pub crossing: Option<String>,
    /// First day on which line and U together reach the MPE.
    pub earliest_crossing: Option<String>,
    /// First day on which the line has left the MPE by more than U.
    pub latest_crossing: Option<String>,
}

/// A suggestion for the interval of calibration; nothing is changed by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalLine {
    pub present_days: u32,
    /// By the staircase of ILAC-G24 / OIML D 10.
    pub staircase_days: u32,
    /// From the last result until the earliest crossing of the drift; none within the horizon.
    pub drift_days: Option<u32>,
    /// The shorter of both within the declared bounds.
    pub suggested_days: u32,
    pub rule: Text,
}

/// What a period check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodCheck {
    pub quantity: String,
    pub unit: String,
    /// Pairs of readings taken into the means.
    pub pairs: u32,
    pub subject_mean: Option<String>,
    pub reference_mean: Option<String>,
    pub difference: Option<String>,
    /// (x − X)² cut after the declared digits.
    pub difference_squared: Option<String>,
    pub u_subject: String,
    pub u_reference: String,
    /// U² + U_ref².
    pub permitted_squared: String,
    /// |E_n| rounded up, for reading only; the squares decide.
    pub e_n: Option<String>,
    /// √(U² + U_ref²) rounded up, for reading only.
    pub permitted_difference: String,
    pub chart: Option<ChartLine>,
    /// By dated results: calibrations, checks, and the mean of this window.
    pub drift: Option<DriftLine>,
    /// By the points of this window.
    pub window_drift: Option<DriftLine>,
    pub interval: Option<IntervalLine>,
    /// What a reader should know and what decided nothing.
    pub notes: Vec<Reason>,
}
