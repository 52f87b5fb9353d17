//! Limits of the chart as rounded decimals, by integers alone.

use ::uncertainty::document::Text;
use numbers::number::{Exact, Fraction};
use numbers::rounding::{Interval, Method, round_significant};

use super::points::Point;
use super::rules::{Chart, PeriodCheckRules};
use crate::evidence::Baseline;

/// Centre and σ, rounded before they limit anything.
pub(super) struct Limits {
    pub(super) centre: Exact,
    pub(super) sigma: Exact,
    /// Points of this window that belong to the baseline.
    pub(super) own: usize,
    pub(super) source: Text,
}

/// d₂ of two: the mean range of two normal values is 1.128 σ.
fn d2() -> Exact {
    Exact::new(1_128, -3)
}

/// `None` when the baseline does not vary.
pub(super) fn limits(
    rules: &PeriodCheckRules,
    rule: &Chart,
    baseline: Option<&Baseline>,
    points: &[Point],
) -> Option<Limits> {
    if let Some(baseline) = baseline {
        let (from, to, source) = (baseline.from, baseline.to, &baseline.source);
        return Some(Limits {
            centre: baseline.centre.clone(),
            sigma: baseline.sigma.clone(),
            own: 0,
            source: Text::new(
                format!("{from} 至 {to} 冻结的基线（{source}）"),
                format!("frozen baseline from {from} to {to} ({source})"),
            ),
        });
    }
    let own = points.get(..rule.baseline)?;
    let sum = own.iter().fold(Exact::zero(), |sum, p| &sum + &p.value);
    let centre = Fraction::new(&sum, &Exact::new(own.len(), 0))?
        .round_by(&Interval::decimals(rules.pairing.places), Method::HalfEven);
    let ranges: Vec<Exact> = moving_ranges(own).into_iter().flatten().collect();
    let total = ranges.iter().fold(Exact::zero(), |sum, r| &sum + r);
    let sigma = Fraction::new(&total, &(&Exact::new(ranges.len(), 0) * &d2()))?;
    // The square of a square root keeps a digit behind the cut ones, so this rounds once.
    let (sigma, _) = round_significant(&sigma.squared().root(12), 4)?;
    sigma.value().is_positive().then(|| Limits {
        centre: centre.value().clone(),
        sigma: sigma.value().clone(),
        own: own.len(),
        source: Text::new(
            format!("本窗口前 {} 点", own.len()),
            format!("the first {} points of this window", own.len()),
        ),
    })
}

/// |step| from the point before; none across a span without a point.
pub(super) fn moving_ranges(points: &[Point]) -> Vec<Option<Exact>> {
    let steps = points.windows(2).map(|w| {
        let adjacent = w[1].span - w[0].span == 1;
        adjacent.then(|| (&w[1].value - &w[0].value).abs())
    });
    std::iter::once(None).chain(steps).take(points.len()).collect()
}

impl Limits {
    /// Centre ± 3σ.
    pub(super) fn three(&self) -> (Exact, Exact) {
        let three = &Exact::from(3) * &self.sigma;
        (&self.centre - &three, &self.centre + &three)
    }

    /// Mean moving range that σ stands for, and 3.267 times it; both rounded up.
    pub(super) fn moving_range(&self, places: u32) -> (Exact, Exact) {
        let mean = &d2() * &self.sigma;
        let up = |x: &Exact| Interval::decimals(places).round_by(x, Method::Up).value().clone();
        (up(&mean), up(&(&Exact::new(3_267, -3) * &mean)))
    }

    /// (z, lower, upper) by value: z rounded to `places`, the limits rounded outwards to as many.
    ///
    /// Half width L·σ·√(λ/(2−λ)·(1−(1−λ)²ⁱ)), the exact limits of ISO 7870-6 and not the asymptotic ones.
    pub(super) fn ewma(&self, rule: &Chart, values: &[&Exact], places: u32) -> Vec<(Exact, Exact, Exact)> {
        let (interval, fine) = (Interval::decimals(places), Interval::power_of_ten(-30));
        let one = Exact::from(1);
        let rest = &one - &rule.lambda;
        let scale = &rule.width * &self.sigma;
        let scale = &(&scale * &scale) * &rule.lambda;
        let below = &Exact::from(2) - &rule.lambda;
        let (mut z, mut decay) = (self.centre.clone(), one.clone());
        let mut points = Vec::with_capacity(values.len());
        for x in values {
            z = interval
                .round(&(&(&rule.lambda * x) + &(&rest * &z)))
                .value()
                .clone();
            // Thirty decimals bound the digits of a power that doubles them at every point.
            decay = fine.round(&(&decay * &(&rest * &rest))).value().clone();
            let square = Fraction::new(&(&scale * &(&one - &decay)), &below);
            let half = square.map_or_else(Exact::zero, |s| s.root_up(places));
            points.push((z.clone(), &self.centre - &half, &self.centre + &half));
        }
        points
    }
}
