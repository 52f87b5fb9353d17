//! The linear model of one interval.
//!
//! master·(1−ε_m) = Σ xᵢ·(1−εᵢ) + a·f + c₀ + periodic part, with f = (Σ xᵢ·(1−εᵢ))²/mean. Solved for what is
//! seen, Σ xᵢ − master = Σ εᵢ·xᵢ − ε_m·master − a·f − c₀ − …: linear in every unknown but for f, which
//! takes the true energies: it is formed with the errors known so far, and of the master where the
//! sub-meters do not make up the master (a branch without a meter).

use ndarray::Array2;

use super::readings::Intervals;
use super::site::{Settings, Site};

/// Which column of the design is what.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) meters: usize,
    /// Periods of the periodic part, in seconds.
    periods: Vec<f64>,
}

const DAY: f64 = 86_400.0;

/// Mean energy of the master per interval, kWh; `None` while it stands.
pub(super) fn scale(intervals: &Intervals, meters: usize) -> Option<f64> {
    let total: f64 = intervals.energy.iter().step_by(1 + meters).map(|e| e.abs()).sum();
    let spans: f64 = intervals.rows.iter().map(|r| r.span).sum();
    let mean = total / spans;
    (mean > 1e-12 && mean.is_finite()).then_some(mean)
}

/// Standard deviations of the loss terms before any reading, as shares of the master's energy:
/// wide enough for a poor installation and for unmetered branches.
const VARIABLE: f64 = 0.05;
const CONSTANT: f64 = 0.2;
const PERIODIC: f64 = 0.01;

impl Layout {
    pub(super) fn new(site: &Site) -> Self {
        let interval = f64::from(site.interval_seconds);
        let all = [DAY, DAY / 2.0, DAY / 3.0, 7.0 * DAY, 3.5 * DAY, 7.0 / 3.0 * DAY];
        Self {
            meters: site.meters.len(),
            // At least two intervals and a bit per period, or the wave cannot be seen.
            periods: all.into_iter().filter(|p| *p >= 2.2 * interval).collect(),
        }
    }

    /// Column of the master's constant error.
    pub(super) fn master(&self) -> usize {
        self.meters
    }

    /// Column of the variable loss.
    pub(super) fn variable(&self) -> usize {
        self.meters + 1
    }

    /// Column of the constant loss.
    pub(super) fn constant(&self) -> usize {
        self.meters + 2
    }

    /// Number of unknowns.
    pub(super) fn unknowns(&self) -> usize {
        self.meters + 3 + 2 * self.periods.len()
    }

    /// Prior precisions of the columns that are not meters.
    pub(super) fn loss_precisions(&self, settings: &Settings) -> Vec<f64> {
        let mut deviations = vec![settings.master_error, VARIABLE, CONSTANT];
        deviations.resize(3 + 2 * self.periods.len(), PERIODIC);
        deviations.into_iter().map(|d| 1.0 / (d * d)).collect()
    }

    /// One row per interval in units of `scale` kWh; the last column is Σ xᵢ − master.
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in f64")]
    pub(super) fn rows(&self, intervals: &Intervals, origin: i64, interval: i64, scale: f64) -> Array2<f64> {
        let width = 1 + self.meters;
        let unknowns = self.unknowns();
        let mut design = Array2::zeros((intervals.rows.len(), unknowns + 1));
        for (k, row) in intervals.rows.iter().enumerate() {
            let energies = &intervals.energy[k * width..(k + 1) * width];
            let master = energies[0] / scale;
            let mut sum = 0.0;
            for (i, e) in energies[1..].iter().enumerate() {
                design[[k, i]] = e / scale;
                sum += e / scale;
            }
            design[[k, self.constant()]] = -row.span;
            let middle = origin as f64 + (row.slot as f64 - 0.5 * row.span) * interval as f64;
            for (h, period) in self.periods.iter().enumerate() {
                let phase = std::f64::consts::TAU * (middle / period).fract();
                design[[k, self.constant() + 1 + 2 * h]] = -row.span * phase.sin();
                design[[k, self.constant() + 2 + 2 * h]] = -row.span * phase.cos();
            }
            design[[k, unknowns]] = sum - master;
        }
        design
    }

    /// Forms the columns that follow the flow, with the errors known so far; answers whether the
    /// sub-meters make up the master.
    ///
    /// The flow is the corrected sum of the sub-meters: the master's own reading would carry its
    /// noise into its column, and the noise would pass for an error of the master. Where they do
    /// not make up the master, its error is left to its prior.
    pub(super) fn set_flow(&self, design: &mut Array2<f64>, spans: &[f64], errors: &[f64]) -> bool {
        let corrected = |line: &[f64]| -> f64 { line.iter().zip(errors).map(|(x, e)| x * (1.0 - e)).sum() };
        let plain = |line: &[f64]| -> f64 { line[..self.meters].iter().sum() };
        let (mut sum, mut total) = (0.0, 0.0);
        for line in design.rows().into_iter().filter_map(|l| l.to_slice()) {
            sum += corrected(&line[..self.meters]);
            total += plain(line) - line[self.unknowns()];
        }
        let complete = (sum - total).abs() <= 0.3 * total.abs();
        for (mut line, span) in design.rows_mut().into_iter().zip(spans) {
            if let Some(line) = line.as_slice_mut() {
                let flow = if complete {
                    corrected(&line[..self.meters])
                } else {
                    plain(line) - line[self.unknowns()]
                };
                line[self.master()] = if complete { -flow } else { 0.0 };
                line[self.variable()] = -flow * flow / span;
            }
        }
        complete
    }
}
