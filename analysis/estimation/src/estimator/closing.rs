//! Closing a block: coarse intervals merged, the noise fitted, the moments kept.

use ndarray::Array2;

use super::super::block::{self, Before, Start};
use super::super::design;
use super::super::noise::row_noise;
use super::super::readings::{self, Intervals, Raw};
use super::super::site::ReadingKind;
use super::super::steps;
use super::Estimator;

/// Standard deviations of all errors from which the first block is fitted.
const STARTS: [f64; 2] = [0.01, 0.3];

/// A meter should move by so many steps of its register in an interval.
const FEWEST_STEPS: f64 = 3.0;

/// Where a block may be cut: among so many of its last rows, the one that lacks least.
const CUT: usize = 48;

const YEAR: f64 = 365.25 * 86_400.0;

impl Estimator {
    /// Where most registers move by less than a few steps per interval, intervals are merged: the
    /// readings then hardly tell how the energy is spread inside, only how much it is.
    pub(super) fn merge_coarse(&mut self) {
        if self.merge.is_some() || self.site.kind == ReadingKind::Energy {
            return;
        }
        let intervals = readings::intervals(&self.site, self.interval(), &self.raw);
        let mut steps: Vec<f64> = self
            .site
            .meters
            .iter()
            .zip(intervals.tallies.iter().skip(1))
            .filter(|(meter, tally)| meter.resolution > 0.0 && tally.running > 0)
            .map(|(meter, tally)| {
                let n = usize::try_from(tally.intervals).unwrap_or(1);
                tally.turnover / uncertainty::statistics::count(n) / meter.resolution
            })
            .collect();
        steps.sort_by(f64::total_cmp);
        let middle = steps.get(steps.len() / 2).copied().unwrap_or(FEWEST_STEPS);
        let day = 86_400 / i64::from(self.site.interval_seconds).min(86_400);
        let enough = |k: &i64| middle * f64::from(i32::try_from(*k).unwrap_or(i32::MAX)) >= FEWEST_STEPS;
        let merge = (1..=day).filter(|k| day % k == 0).find(enough).unwrap_or(day);
        self.merge = Some(merge);
        if merge == 1 {
            return;
        }
        let width = 1 + self.site.meters.len();
        let all = std::mem::take(&mut self.raw);
        for (slot, row) in all.slot.iter().zip(all.values.chunks_exact(width)) {
            if slot % merge == 0 {
                self.raw.slot.push(slot / merge);
                self.raw.values.extend_from_slice(row);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "at most a day of intervals")]
        let factor = merge as f64;
        self.prior.centre.memory = (self.prior.centre.memory / factor).max(3.0);
        self.noise = self.prior.centre;
    }

    /// Cuts the held rows where least is missing and fits them.
    pub(super) fn close_full_block(&mut self) {
        let width = 1 + self.site.meters.len();
        let n = self.raw.len();
        let lacks = |r: usize| {
            let row = &self.raw.values[r * width..(r + 1) * width];
            let master = if row[0].is_nan() { width } else { 0 };
            master + row.iter().filter(|v| v.is_nan()).count()
        };
        // The latest of the best.
        let cut = (n.saturating_sub(CUT)..n)
            .rev()
            .min_by_key(|r| lacks(*r))
            .unwrap_or(n - 1);
        // A register reading ends one block and begins the next; an energy belongs to one.
        let first_kept = match self.site.kind {
            ReadingKind::Register => cut,
            ReadingKind::Energy => cut + 1,
        };
        let part = Raw {
            slot: self.raw.slot[..=cut].to_vec(),
            values: self.raw.values[..(cut + 1) * width].to_vec(),
        };
        self.close(&part);
        self.raw.slot.drain(..first_kept);
        self.raw.values.drain(..first_kept * width);
    }

    /// Fits rows and adds their moments.
    pub(super) fn close(&mut self, raw: &Raw) {
        let width = 1 + self.site.meters.len();
        let intervals = readings::intervals(&self.site, self.interval(), raw);
        for (total, tally) in self.tallies.iter_mut().zip(&intervals.tallies) {
            total.add(tally);
        }
        let n = intervals.rows.len();
        if n == 0 {
            return;
        }
        let masters = || intervals.energy.iter().step_by(width).copied();
        let Some(scale) = self.scale.or_else(|| design::scale(&intervals, width - 1)) else {
            return;
        };
        let rows = row_noise(&intervals.rows, &intervals.blur, masters(), scale);
        let design = self
            .layout
            .rows(&intervals, self.first_time, self.interval(), scale);
        let losses = self.layout.loss_precisions(&self.settings);
        let before = Before {
            layout: &self.layout,
            mixture: &self.mixture,
            moments: &self.moments,
            loss_precisions: &losses,
            prior: &self.prior,
            registers: self.register_variance(scale),
        };
        let first = self.precisions.is_empty();
        // The first block has no errors to begin from: careful, and wide enough for gross errors.
        let starts: Vec<Vec<f64>> = if first {
            let alike = |deviation: f64| vec![1.0 / (deviation * deviation); width - 1];
            STARTS.map(alike).to_vec()
        } else {
            vec![self.precisions.clone()]
        };
        let rounds = if first { 5 } else { 1 };
        let mut best: Option<(block::Fitted, Array2<f64>)> = None;
        for precisions in starts {
            let (mut rows, mut design) = (rows.clone(), design.clone());
            let start = Start {
                noise: self.noise,
                precisions,
                errors: self.errors.clone(),
            };
            if let Some(fitted) = block::fit(&before, &mut design, &mut rows, start, rounds)
                && best.as_ref().is_none_or(|b| fitted.merit > b.0.merit)
            {
                best = Some((fitted, design));
            }
        }
        let Some((fitted, design)) = best else {
            return;
        };
        self.checks.look(&self.layout, &intervals, &design, &fitted);
        self.keep(&intervals, scale, &fitted);
        for line in design.outer_iter() {
            self.totals.iter_mut().zip(line).for_each(|(t, v)| *t += v);
        }
        self.scale = Some(scale);
        self.noise = fitted.noise;
        self.prior = self.prior.after(fitted.noise, self.blocks + 1);
        self.precisions = fitted.precisions;
        self.errors = fitted.belief.mean.iter().take(width - 1).copied().collect();
        self.outliers += fitted.outliers as u64;
        self.blocks += 1;
    }

    #[expect(clippy::cast_precision_loss, reason = "slots since the first row")]
    fn keep(&mut self, intervals: &Intervals, scale: f64, fitted: &block::Fitted) {
        let interval = self.interval() as f64;
        let years: Vec<f64> = intervals
            .rows
            .iter()
            .map(|r| r.slot as f64 * interval / YEAR)
            .collect();
        // Rows of about two days share a time; at least 16, so that the squares stay cheap.
        let chunk = usize::try_from((172_800 / self.interval()).clamp(16, 256)).unwrap_or(16);
        self.moments.add(&fitted.whitened, &years, chunk);
        let middle = years[years.len() / 2];
        let trace: f64 = fitted.traces.iter().sum();
        let n = uncertainty::statistics::count(intervals.rows.len());
        let brought: Vec<f64> = self
            .site
            .meters
            .iter()
            .zip(&intervals.tallies[1..])
            .map(|(meter, tally)| {
                let step = meter.resolution / scale / tally.thinned.max(1.0);
                // A register that stands has no new step.
                let moving = uncertainty::statistics::count(usize::try_from(tally.running).unwrap_or(0)) / n;
                self.noise.quantum * step * step / 12.0 * trace * moving.min(1.0)
            })
            .collect();
        let losses = self.layout.loss_precisions(&self.settings);
        for correction in steps::corrections(&self.layout, fitted, &losses, &brought) {
            self.moments
                .correct(&correction.places, correction.amount, middle);
        }
        self.end = years.last().copied().unwrap_or(self.end);
    }

    fn register_variance(&self, scale: f64) -> f64 {
        let all = std::iter::once(&self.site.master).chain(&self.site.meters);
        all.map(|m| (m.resolution / scale).powi(2) / 12.0).sum()
    }
}
