//! The rules of a period check as they were understood.

use ::uncertainty::document::Text;
use numbers::number::Exact;
use serde::Deserialize;

use super::signal::Signal;
use crate::evidence::{INDICATION, MPEV, REFERENCE, Role, Spans, U_REFERENCE, U_SUBJECT};
use crate::requirement::{Plan, Requirement, SeriesNeed, ValueNeed, ValueSource};

/// Everything that a period check is judged by.
#[derive(Clone, Debug)]
pub struct PeriodCheckRules {
    pub(super) pairing: Pairing,
    pub(super) subgroup: Option<Subgroup>,
    pub(super) chart: Option<Chart>,
    pub(super) drift: Option<DriftRule>,
    pub(super) interval: Option<IntervalRule>,
}

/// Which readings are compared: the table `[check]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pairing {
    /// Point of both instruments; without it each has only one indication.
    pub(super) point: Option<String>,
    pub(super) least_pairs: usize,
    pub(super) largest_skew_seconds: Exact,
    pub(super) places: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subgroup {
    pub(super) seconds: u32,
    pub(super) utc_offset_seconds: i32,
    pub(super) least_readings: usize,
    /// Spans in a row that may be without a point.
    pub(super) most_missing: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chart {
    pub(super) baseline: usize,
    pub(super) least_points: usize,
    pub(super) action: Vec<Signal>,
    pub(super) warning: Vec<Signal>,
    pub(super) lambda: Exact,
    pub(super) width: Exact,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DriftRule {
    pub(super) k: Exact,
    pub(super) least_results: usize,
    pub(super) least_points: usize,
    pub(super) horizon_days: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntervalRule {
    /// |error| up to this share of MPEV lengthens the interval.
    pub(super) within: Exact,
    pub(super) extend: Exact,
    pub(super) reduce: Exact,
    pub(super) least_days: u32,
    pub(super) most_days: u32,
}

impl Subgroup {
    /// The spans that make one point each.
    pub(super) fn spans(&self) -> Spans {
        Spans {
            seconds: self.seconds,
            utc_offset_seconds: self.utc_offset_seconds,
        }
    }
}

impl Chart {
    /// Points that a judgement needs, those of an own baseline included.
    pub(super) fn needed(&self, frozen_baseline: bool) -> usize {
        self.least_points + if frozen_baseline { 0 } else { self.baseline }
    }
}

impl PeriodCheckRules {
    /// Point that both instruments are read at; `None`: the only indication that they have.
    pub fn point(&self) -> Option<&str> {
        self.pairing.point.as_deref()
    }
    /// Whether drift or interval ask for the MPE of the subject.
    pub fn uses_mpe(&self) -> bool {
        self.drift.is_some() || self.interval.is_some()
    }
    /// Whether earlier checks of the same instrument count.
    pub fn uses_past(&self) -> bool {
        self.chart.is_some() || self.uses_mpe()
    }
    /// Whether both judge by one chart: the same points, limits and rules.
    pub fn same_chart(&self, other: &Self) -> bool {
        let chart = |rules: &Self| (rules.chart.clone(), rules.subgroup.clone(), rules.pairing.places);
        self.chart.is_some() && chart(self) == chart(other)
    }
    /// A window shorter than this cannot have enough points, in s.
    pub fn least_window_seconds(&self, frozen_baseline: bool) -> u64 {
        let points = self.chart.as_ref().map_or(0, |c| c.needed(frozen_baseline));
        let span = self.subgroup.as_ref().map_or(0, |s| s.seconds);
        u64::from(span).saturating_mul(u64::try_from(points).unwrap_or(u64::MAX))
    }

    /// `None` of a period of zero.
    pub(crate) fn requirement(&self, plan: &Plan) -> Option<Requirement> {
        let least_samples = u64::try_from(self.pairing.least_pairs).unwrap_or(u64::MAX);
        let series = |symbol: &str, of: Role, optional: bool| SeriesNeed {
            symbol: symbol.to_owned(),
            of,
            point: self.pairing.point.clone(),
            unit: None,
            register: false,
            resolution: false,
            optional,
            least_samples,
        };
        let value = |symbol: &str, of: Role, source: ValueSource, zh: &str, en: &str| ValueNeed {
            symbol: symbol.to_owned(),
            of,
            source,
            unit: None,
            title: Text::new(zh, en),
        };
        let certified = ValueSource::CertificateUncertainty;
        let mut values = vec![
            value(
                U_SUBJECT,
                Role::Subject,
                certified,
                "被核查仪器 U（k=2）",
                "U of the subject (k = 2)",
            ),
            value(
                U_REFERENCE,
                Role::Reference,
                certified,
                "参考值 U（k=2）",
                "U of the reference (k = 2)",
            ),
        ];
        if self.uses_mpe() {
            let mpe = ("最大允许误差绝对值", "largest permitted error, absolute value");
            values.push(value(MPEV, Role::Subject, ValueSource::Entered, mpe.0, mpe.1));
        }
        (plan.period_seconds > 0).then(|| Requirement {
            window: plan.window,
            fetch: plan.window,
            period_seconds: plan.period_seconds,
            // A check standard stands in the place of the second one.
            series: vec![
                series(INDICATION, Role::Subject, false),
                series(REFERENCE, Role::Reference, true),
            ],
            values,
            classes: Vec::new(),
            transformers: true,
            needs_certificate: false,
            least_readings: 0,
        })
    }
}
