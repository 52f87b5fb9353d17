//! The chart: limits, rules by exact comparison, what they mean for the verdict.

use std::ops::Range;

use ::uncertainty::budget::significant;
use ::uncertainty::statistics::run_rules::met;
use ::uncertainty::statistics::{count, univariate};
use numbers::number::Exact;

use super::limits::{Limits, limits, moving_ranges};
use super::points::Point;
use super::rules::{Chart, PeriodCheckRules};
use super::signal::Signal;
use crate::conclusion::{ChartLine, ChartPoint, Code, Reason};
use crate::evidence::Baseline;

/// The chart and what it means for the verdict.
#[derive(Default)]
pub(super) struct Charted {
    pub(super) line: Option<ChartLine>,
    /// Signals that decide, then those that warn.
    pub(super) actions: Vec<Reason>,
    pub(super) warnings: Vec<Reason>,
    /// Why nothing can be said.
    pub(super) open: Vec<Reason>,
    /// What a reader should know.
    pub(super) notes: Vec<Reason>,
}

pub(super) fn chart(
    rules: &PeriodCheckRules,
    rule: &Chart,
    baseline: Option<&Baseline>,
    points: &[Point],
) -> Charted {
    let mut charted = Charted::default();
    let needed = rule.needed(baseline.is_some());
    if points.len() < needed {
        let (have, least) = (points.len().to_string(), needed.to_string());
        let parameters = [("points", have.as_str()), ("least", &least)];
        charted.open.push(Reason::with(Code::TooFewPoints, &parameters));
        return charted;
    }
    charted.open.extend(gaps(rules, points));
    let Some(limits) = limits(rules, rule, baseline, points) else {
        charted.open.push(Reason::plain(Code::NoSpread));
        return charted;
    };
    let found = Signals::of(rules, rule, &limits, points);
    for signal in rule.action.iter().chain(&rule.warning) {
        let acts = rule.action.contains(signal);
        for run in found.runs(*signal, limits.own) {
            let own = run.start < limits.own;
            let said = |code| said(code, *signal, &points[run.start], run.len());
            match (own, acts) {
                (true, true) => charted.open.push(said(Code::BaselineUnstable)),
                // A warning in the past asks for nothing.
                (true, false) => {}
                (false, true) => charted.actions.push(said(Code::ControlSignal)),
                (false, false) => charted.warnings.push(said(Code::ControlSignal)),
            }
        }
    }
    let floats: Vec<f64> = points.iter().map(|p| p.value.to_f64()).collect();
    let lag1 = univariate(&floats).ok().and_then(|u| u.lag1);
    if let Some(r) = lag1.filter(|r| *r > 2.0 / count(points.len()).sqrt()) {
        let parameters = [("r", &*significant(r, 2))];
        charted
            .notes
            .push(Reason::with(Code::PointsAutocorrelated, &parameters));
    }
    charted.line = Some(found.line(&limits, points, lag1));
    charted
}

/// Every stretch without points that is longer than declared.
fn gaps<'a>(rules: &'a PeriodCheckRules, points: &'a [Point]) -> impl Iterator<Item = Reason> + 'a {
    let most = rules.subgroup.as_ref().map_or(0, |s| s.most_missing);
    points.windows(2).filter_map(move |w| {
        let missing = w[1].span - w[0].span - 1;
        (missing > i64::from(most)).then(|| {
            let texts = (missing.to_string(), most.to_string(), w[0].to.to_string());
            let parameters = [
                ("missing", texts.0.as_str()),
                ("most", &texts.1),
                ("after", &texts.2),
            ];
            Reason::with(Code::ChartGap, &parameters)
        })
    })
}

fn said(code: Code, signal: Signal, point: &Point, count: usize) -> Reason {
    let (zh, en) = signal.texts();
    let (at, value) = (point.from.to_string(), point.value.to_string());
    let count = count.to_string();
    let parameters = [
        ("zh", zh),
        ("rule", en),
        ("at", &*at),
        ("value", &value),
        ("count", &count),
    ];
    Reason::with(code, &parameters)
}

/// What every point says.
struct Signals {
    ranges: Vec<Option<Exact>>,
    moving_range: (Exact, Exact),
    ewma: Vec<(Exact, Exact, Exact)>,
    signals: Vec<Vec<Signal>>,
}

impl Signals {
    fn of(rules: &PeriodCheckRules, rule: &Chart, limits: &Limits, points: &[Point]) -> Self {
        let values: Vec<Exact> = points.iter().map(|p| p.value.clone()).collect();
        let places = rules.pairing.places;
        let mut found = Self {
            ranges: moving_ranges(points),
            moving_range: limits.moving_range(places),
            // Two decimals more than the points: z moves by λ of their last digit.
            ewma: limits.ewma(rule, &values.iter().collect::<Vec<_>>(), places + 2),
            signals: vec![Vec::new(); points.len()],
        };
        for signal in rule.action.iter().chain(&rule.warning) {
            for index in found.met(*signal, &values, limits) {
                found.signals[index].push(*signal);
            }
        }
        found
    }

    fn met(&self, signal: Signal, values: &[Exact], limits: &Limits) -> Vec<usize> {
        let upper = &self.moving_range.1;
        match signal {
            Signal::Rule(rule) => met(rule, values, &limits.centre, &limits.sigma),
            Signal::MovingRange => {
                let ranges = self.ranges.iter().enumerate();
                let above = ranges.filter(|(_, range)| range.as_ref().is_some_and(|r| r > upper));
                above.map(|(index, _)| index).collect()
            }
            Signal::Ewma => {
                let points = self.ewma.iter().enumerate();
                let outside = points.filter(|(_, (z, low, high))| z < low || z > high);
                outside.map(|(index, _)| index).collect()
            }
        }
    }

    /// Points in a row with one signal, so that a shift is one reason and not hundreds; a run ends
    /// with the baseline.
    fn runs(&self, signal: Signal, own: usize) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (index, found) in self.signals.iter().enumerate() {
            if !found.contains(&signal) {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.end == index && index != own => run.end = index + 1,
                _ => runs.push(index..index + 1),
            }
        }
        runs
    }

    fn line(&self, limits: &Limits, points: &[Point], lag1: Option<f64>) -> ChartLine {
        let (lower, upper) = limits.three();
        let lines = points.iter().enumerate().map(|(index, point)| {
            let (z, low, high) = &self.ewma[index];
            ChartPoint {
                from: point.from,
                to: point.to,
                readings: u32::try_from(point.readings).unwrap_or(u32::MAX),
                value: point.value.to_string(),
                moving_range: self.ranges[index].as_ref().map(Exact::to_string),
                ewma: z.to_string(),
                ewma_lower: low.to_string(),
                ewma_upper: high.to_string(),
                baseline: index < limits.own,
                signals: self.signals[index].iter().map(|s| s.name()).collect(),
            }
        });
        ChartLine {
            baseline: limits.source.clone(),
            centre: limits.centre.to_string(),
            sigma: limits.sigma.to_string(),
            upper: upper.to_string(),
            lower: lower.to_string(),
            moving_range_centre: self.moving_range.0.to_string(),
            moving_range_upper: self.moving_range.1.to_string(),
            autocorrelation: lag1.map(|r| significant(r, 2)),
            points: lines.collect(),
        }
    }
}
