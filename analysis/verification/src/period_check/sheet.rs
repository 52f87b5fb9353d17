//! What a period check does, for the eyes of an approver.

use serde::Serialize;

use ::uncertainty::document::Text;

use super::rules::PeriodCheckRules;
use super::signal::Signal;
use crate::conclusion::Basis;
use crate::head::Head;

/// A period check laid open; numbers as the file writes them.
#[derive(Clone, Debug, Serialize)]
pub struct PeriodCheckSheet {
    pub id: String,
    pub version: u32,
    pub basis: Basis,
    /// Point of both instruments; `None`: the only indication that they have.
    pub point: Option<String>,
    pub least_pairs: usize,
    pub largest_skew_seconds: String,
    pub places: u32,
    pub chart: Option<ChartSheet>,
    pub drift: Option<DriftSheet>,
    pub interval: Option<IntervalSheet>,
    pub sha256: String,
}

/// Points, limits and rules of the chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChartSheet {
    /// One point is the mean difference of so long.
    pub span_seconds: u32,
    pub least_readings: usize,
    pub most_missing: u32,
    /// Points that set centre and σ when no frozen limits are at hand.
    pub baseline: usize,
    pub least_points: usize,
    /// Signals that decide.
    pub action: Vec<Text>,
    /// Signals that ask for a look.
    pub warning: Vec<Text>,
    pub lambda: String,
    pub width: String,
}

/// When a drift is computed.
#[derive(Clone, Debug, Serialize)]
pub struct DriftSheet {
    pub k: String,
    pub least_results: usize,
    pub least_points: usize,
    pub horizon_days: u32,
}

/// How an interval is suggested.
#[derive(Clone, Debug, Serialize)]
pub struct IntervalSheet {
    pub within: String,
    pub extend: String,
    pub reduce: String,
    pub least_days: u32,
    pub most_days: u32,
}

fn texts(signals: &[Signal]) -> Vec<Text> {
    let text = |signal: &Signal| {
        let (zh, en) = signal.texts();
        Text::new(zh, en)
    };
    signals.iter().map(text).collect()
}

impl PeriodCheckRules {
    /// Lays the rules open.
    pub(crate) fn sheet(&self, head: &Head) -> PeriodCheckSheet {
        let subgroup = self.subgroup.as_ref();
        let chart = self.chart.as_ref().zip(subgroup);
        PeriodCheckSheet {
            id: head.basis.procedure.clone(),
            version: head.basis.procedure_version,
            basis: head.basis.clone(),
            point: self.pairing.point.clone(),
            least_pairs: self.pairing.least_pairs,
            largest_skew_seconds: self.pairing.largest_skew_seconds.to_string(),
            places: self.pairing.places,
            chart: chart.map(|(chart, subgroup)| ChartSheet {
                span_seconds: subgroup.seconds,
                least_readings: subgroup.least_readings,
                most_missing: subgroup.most_missing,
                baseline: chart.baseline,
                least_points: chart.least_points,
                action: texts(&chart.action),
                warning: texts(&chart.warning),
                lambda: chart.lambda.to_string(),
                width: chart.width.to_string(),
            }),
            drift: self.drift.as_ref().map(|drift| DriftSheet {
                k: drift.k.to_string(),
                least_results: drift.least_results,
                least_points: drift.least_points,
                horizon_days: drift.horizon_days,
            }),
            interval: self.interval.as_ref().map(|rule| IntervalSheet {
                within: rule.within.to_string(),
                extend: rule.extend.to_string(),
                reduce: rule.reduce.to_string(),
                least_days: rule.least_days,
                most_days: rule.most_days,
            }),
            sha256: head.sha256(),
        }
    }
}
