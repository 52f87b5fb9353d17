//! The chart: baseline, limits as rounded decimals, rules by exact comparison.

use super::points::Point;
use super::procedure::{Chart, Companion, Signal};
use super::{Evidence, Procedure};
use crate::number::{Exact, Fraction};
use crate::procedure::places_interval;
use crate::rounding::{Method, round_significant};
use crate::stats::chart::individuals;
use crate::stats::run_rules::{RunRule, met};
use crate::stats::univariate;
use crate::uncertainty::significant;
use crate::verdict::{ChartLine, ChartPoint, Code, Reason, Text};

/// The chart and what it means for the verdict.
pub(super) struct Charted {
    pub(super) line: Option<ChartLine>,
    /// Signals that decide, then those that warn.
    pub(super) actions: Vec<Reason>,
    pub(super) warnings: Vec<Reason>,
    /// Why nothing can be said.
    pub(super) open: Vec<Reason>,
}

struct Limits {
    centre: Exact,
    sigma: Exact,
    /// Points that belong to the baseline.
    own: usize,
    source: Text,
}

pub(super) fn chart(procedure: &Procedure, rule: &Chart, evidence: &Evidence, points: &[Point]) -> Charted {
    let mut charted = Charted {
        line: None,
        actions: Vec::new(),
        warnings: Vec::new(),
        open: Vec::new(),
    };
    let needed = rule.least_points
        + if evidence.baseline.is_some() {
            0
        } else {
            rule.baseline
        };
    if points.len() < needed {
        charted.open.push(Reason::with(
            Code::TooFewPoints,
            &[
                ("points", &points.len().to_string()),
                ("least", &needed.to_string()),
            ],
        ));
        return charted;
    }
    let Some(limits) = limits(procedure, rule, evidence, points) else {
        charted.open.push(Reason::plain(Code::NoSpread));
        return charted;
    };
    let values: Vec<Exact> = points.iter().map(|p| p.value.clone()).collect();
    let floats: Vec<f64> = values.iter().map(Exact::to_f64).collect();
    let ranges = moving_ranges(&values);
    let mr_upper = mr_upper(&limits, procedure);
    let ewma = ewma(rule, &limits, &values, procedure.check().places);
    let mut signals: Vec<Vec<Signal>> = vec![Vec::new(); points.len()];
    for rule in RunRule::ALL {
        for index in met(rule, &values, &limits.centre, &limits.sigma) {
            signals[index].push(Signal::Rule(rule));
        }
    }
    for (index, found) in signals.iter_mut().enumerate() {
        if ranges[index].as_ref().is_some_and(|r| *r > mr_upper) {
            found.push(Signal::Companion(Companion::MovingRange));
        }
        let (z, low, high) = &ewma[index];
        if z < low || z > high {
            found.push(Signal::Companion(Companion::Ewma));
        }
        found.retain(|s| rule.action.contains(s) || rule.warning.contains(s));
    }
    for (index, found) in signals.iter().enumerate() {
        for signal in found {
            let reason = said(*signal, &points[index]);
            let decides = rule.action.contains(signal);
            match (index < limits.own, decides) {
                (true, true) => charted.open.push(Reason::with(
                    Code::BaselineUnstable,
                    &[("zh", signal.texts().0), ("rule", signal.texts().1)],
                )),
                (true, false) => {}
                (false, true) => charted.actions.push(reason),
                (false, false) => charted.warnings.push(reason),
            }
        }
    }
    charted.open.dedup();
    let three = &Exact::from(3) * &limits.sigma;
    let places = procedure.check().places;
    let shown = |x: &Exact| {
        let exact = Fraction::from(x);
        exact
            .round_by(&places_interval(places + 2), Method::HalfEven)
            .value()
            .normalized()
            .to_string()
    };
    let lines = points.iter().enumerate().map(|(index, point)| ChartPoint {
        from: point.from,
        to: point.to,
        readings: u32::try_from(point.readings).unwrap_or(u32::MAX),
        value: point.value.to_string(),
        moving_range: ranges[index].as_ref().map(Exact::to_string),
        ewma: Some(shown(&ewma[index].0)),
        ewma_lower: Some(shown(&ewma[index].1)),
        ewma_upper: Some(shown(&ewma[index].2)),
        baseline: index < limits.own,
        signals: signals[index].iter().map(|s| s.name()).collect(),
    });
    charted.line = Some(ChartLine {
        baseline: limits.source.clone(),
        upper: (&limits.centre + &three).to_string(),
        lower: (&limits.centre - &three).to_string(),
        moving_range_upper: mr_upper.to_string(),
        autocorrelation: univariate(&floats)
            .ok()
            .and_then(|u| u.lag1)
            .map(|r| significant(r, 2)),
        points: lines.collect(),
        centre: limits.centre.to_string(),
        sigma: limits.sigma.to_string(),
    });
    charted
}

fn limits(procedure: &Procedure, rule: &Chart, evidence: &Evidence, points: &[Point]) -> Option<Limits> {
    if let Some(baseline) = &evidence.baseline {
        let (from, to) = (baseline.from, baseline.to);
        return Some(Limits {
            centre: baseline.centre.clone(),
            sigma: baseline.sigma.clone(),
            own: 0,
            source: Text::new(
                format!("{from} 至 {to} 的受控数据"),
                format!("data in control from {from} to {to}"),
            ),
        });
    }
    let first: Vec<f64> = points
        .iter()
        .take(rule.baseline)
        .map(|p| p.value.to_f64())
        .collect();
    let found = individuals(&first).ok()?;
    let sigma = Exact::from_f64(found.mr_bar / 1.128)?;
    let (sigma, _) = round_significant(&sigma, 4)?;
    let mean = points
        .iter()
        .take(rule.baseline)
        .fold(Exact::zero(), |sum, p| &sum + &p.value);
    let mean = Fraction::new(&mean, &Exact::new(rule.baseline, 0))?;
    let centre = mean.round_by(&places_interval(procedure.check().places), Method::HalfEven);
    sigma.value().is_positive().then(|| Limits {
        centre: centre.value().clone(),
        sigma: sigma.value().clone(),
        own: rule.baseline,
        source: Text::new(
            format!("本窗口前 {} 点", rule.baseline),
            format!("the first {} points of this window", rule.baseline),
        ),
    })
}

fn moving_ranges(values: &[Exact]) -> Vec<Option<Exact>> {
    let steps = values.windows(2).map(|w| Some((&w[1] - &w[0]).abs()));
    std::iter::once(None).chain(steps).take(values.len()).collect()
}

/// 3.267·MR with MR = 1.128·σ, rounded up to the declared decimals.
fn mr_upper(limits: &Limits, procedure: &Procedure) -> Exact {
    let factor = &Exact::new(3_267, -3) * &Exact::new(1_128, -3);
    places_interval(procedure.check().places)
        .round_by(&(&factor * &limits.sigma), Method::Up)
        .value()
        .clone()
}

/// (z, lower, upper) by point; z rounded to two decimals more than the points.
fn ewma(rule: &Chart, limits: &Limits, values: &[Exact], places: u32) -> Vec<(Exact, Exact, Exact)> {
    let interval = places_interval(places + 2);
    let lambda = &rule.lambda;
    let rest = &Exact::from(1) - lambda;
    let (l, width, sigma) = (lambda.to_f64(), rule.width.to_f64(), limits.sigma.to_f64());
    let (mut z, mut decay) = (limits.centre.clone(), 1.0);
    values
        .iter()
        .map(|x| {
            z = interval.round(&(&(lambda * x) + &(&rest * &z))).value().clone();
            decay *= (1.0 - l) * (1.0 - l);
            let half = width * sigma * (l / (2.0 - l) * (1.0 - decay)).sqrt();
            let half = Exact::from_f64(half).unwrap_or_else(Exact::zero);
            let half = interval.round(&half).value().clone();
            (z.clone(), &limits.centre - &half, &limits.centre + &half)
        })
        .collect()
}

fn said(signal: Signal, point: &Point) -> Reason {
    let (zh, en) = signal.texts();
    Reason::with(
        Code::ControlSignal,
        &[
            ("zh", zh),
            ("rule", en),
            ("at", &point.from.to_string()),
            ("value", &point.value.to_string()),
        ],
    )
}
