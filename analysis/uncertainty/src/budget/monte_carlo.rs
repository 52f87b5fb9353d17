//! Propagation of distributions by Monte Carlo (JJF 1059.2-2012, JCGM 101:2008).
//!
//! Adaptive (§7.9): chunks of trials until mean, u and both ends of the coverage interval stand
//! still within the tolerance. Seeded, with the same digits on every machine: a fixed generator,
//! functions from `libm`, one order of summation. It validates the GUM result by δ (§8.2).

mod generator;
mod interval;
mod sample;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::digits::significant;
use super::{Combined, Coverage};
use crate::expression::{Columns, Formula};
use crate::statistics::distribution::normal_probability;
use crate::statistics::{StatisticsError, univariate};
use sample::{Sampler, TILES};

pub use interval::Intervals;

/// Trials of one stream of random numbers; a run is a multiple of it.
pub const CHUNK: usize = 10_000;
/// Trials computed together, a length that stays in the first cache.
const TILE: usize = 500;
/// Most trials of a run: 160 MB of values.
pub const MOST_TRIALS: u64 = 20_000_000;

/// How a run goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Seed of the random numbers; recorded with the result.
    pub seed: u64,
    /// Number of trials; `None` for adaptive.
    pub trials: Option<u64>,
    /// Significant digits of u that must stand, 1 (2 where the first is 1 or 2) or 2; they set δ.
    pub digits: u32,
    /// Where an adaptive run gives up.
    pub most: u64,
}

impl Settings {
    /// Adaptive, one digit, at most 10⁷ trials.
    pub fn adaptive(seed: u64) -> Self {
        Self {
            seed,
            trials: None,
            digits: 1,
            most: 10_000_000,
        }
    }

    /// A fixed number of trials, rounded up to whole chunks.
    pub fn fixed(seed: u64, trials: u64) -> Self {
        Self {
            trials: Some(trials),
            ..Self::adaptive(seed)
        }
    }
}

/// Why a run has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MonteCarloError {
    /// A correlated input that is not Gaussian.
    #[error(
        "input {symbol}: correlated inputs are drawn as Gaussian, {distribution} is not; uncorrelate it or state its normal u"
    )]
    Joint {
        /// The input.
        symbol: String,
        /// Its distribution.
        distribution: &'static str,
    },
    /// The matrix is not positive semidefinite.
    #[error("input {0}: the correlations cannot be true together")]
    Correlation(String),
    /// The model has no value in some trials.
    #[error("the model has no value in {count} of {trials} trials ({example}); restrict the inputs")]
    NoValue {
        /// Trials without a value.
        count: u64,
        /// Trials so far.
        trials: u64,
        /// What went wrong in one of them.
        example: String,
    },
    /// More trials than memory should hold.
    #[error("{0} trials are more than {MOST_TRIALS}")]
    TooMany(u64),
    /// Digits other than 1 or 2.
    #[error("{0} digits of u: one or two")]
    Digits(u32),
    /// Not enough values for a statistic.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
}

/// Comparison with the law of propagation (GUM-S1 §8.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Validation {
    /// y − U and y + U.
    pub gum: (f64, f64),
    /// Distance of the lower ends.
    pub d_low: f64,
    /// Distance of the upper ends.
    pub d_high: f64,
    /// δ: half a unit of the last digit of u.
    pub tolerance: f64,
    /// Both distances are at most δ.
    pub validated: bool,
}

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonteCarlo {
    /// Seed it can be repeated with.
    pub seed: u64,
    /// Trials made.
    pub trials: u64,
    /// Whether mean, u and the ends stand within the tolerance.
    pub stable: bool,
    /// Coverage probability.
    pub p: f64,
    /// Mean of the values.
    pub mean: f64,
    /// Their standard deviation.
    pub u: f64,
    /// Both coverage intervals.
    pub intervals: Intervals,
    /// Against the GUM result.
    pub validation: Validation,
}

/// The same as texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonteCarloReport {
    /// Seed it can be repeated with.
    pub seed: String,
    /// Trials made.
    pub trials: u64,
    /// Whether the result stands within its tolerance.
    pub stable: bool,
    /// Coverage probability.
    pub p: String,
    /// Mean, to 6 digits of u.
    pub value: String,
    /// Standard uncertainty.
    pub u: String,
    /// Probabilistically symmetric interval.
    pub symmetric: [String; 2],
    /// Shortest interval.
    pub shortest: [String; 2],
    /// y ± U of the law of propagation.
    pub gum: [String; 2],
    /// Distances of the ends from the symmetric interval.
    pub distances: [String; 2],
    /// δ.
    pub tolerance: String,
    /// Whether the law of propagation is validated.
    pub validated: bool,
}

impl Combined {
    /// Propagates the distributions of the budget through its model.
    ///
    /// # Errors
    /// [`MonteCarloError`].
    pub fn monte_carlo(&self, settings: &Settings) -> Result<MonteCarlo, MonteCarloError> {
        run(self, settings)
    }

    /// p of the interval y ± U: declared, or that of k for a normal result.
    pub(super) fn probability(&self) -> f64 {
        match &self.budget.coverage {
            Coverage::Probability(p) => p.to_f64(),
            Coverage::Factor(k) => 2.0 * normal_probability(k.to_f64()) - 1.0,
        }
    }
}

/// Model and budget over tiles.
struct Machine<'a> {
    combined: &'a Combined,
    model: Option<(&'a Formula, Columns)>,
    /// Inputs that act by a given sensitivity only: index, c, estimate.
    linear: Vec<(usize, f64, f64)>,
    inputs: Vec<Vec<f64>>,
}

impl<'a> Machine<'a> {
    fn new(combined: &'a Combined) -> Self {
        let budget = &combined.budget;
        let model = budget.model.as_ref();
        let outside = |i: usize| model.is_none_or(|m| !m.uses(i));
        Self {
            model: model.map(|m| (m, m.columns(TILE))),
            linear: (0..budget.inputs.len())
                .filter(|i| outside(*i))
                .map(|i| (i, combined.sensitivities[i], budget.inputs[i].value.to_f64()))
                .collect(),
            inputs: vec![vec![0.0; TILE]; budget.inputs.len()],
            combined,
        }
    }

    /// Appends a chunk of values.
    fn chunk(&mut self, sampler: &Sampler, index: u64, values: &mut Vec<f64>) -> Result<(), MonteCarloError> {
        let mut streams = sampler.chunk(index);
        let start = values.len();
        values.resize(start + CHUNK, 0.0);
        for tile in 0..TILES {
            streams.fill(&mut self.inputs);
            let at = start + tile * TILE;
            let out = &mut values[at..at + TILE];
            match &mut self.model {
                Some((model, work)) => model.fill(&self.inputs, work, out),
                None => out.fill(self.combined.value),
            }
            for (index, c, estimate) in &self.linear {
                for (y, x) in out.iter_mut().zip(&self.inputs[*index]) {
                    *y += c * (x - estimate);
                }
            }
            if !out.iter().all(|y| y.is_finite()) {
                return Err(self.no_value(at, tile, &values[at..at + TILE]));
            }
        }
        Ok(())
    }

    fn no_value(&self, start: usize, _: usize, out: &[f64]) -> MonteCarloError {
        let bad = out.iter().filter(|y| !y.is_finite()).count();
        let first = out.iter().position(|y| !y.is_finite()).unwrap_or(0);
        let inputs: Vec<f64> = self.inputs.iter().map(|c| c[first]).collect();
        let example = match &self.model {
            Some((model, _)) => model.value(&inputs).err().map(|e| e.to_string()),
            None => None,
        };
        MonteCarloError::NoValue {
            count: bad as u64,
            trials: (start + out.len()) as u64,
            example: example.unwrap_or_else(|| "not a finite number".to_owned()),
        }
    }
}

fn run(combined: &Combined, settings: &Settings) -> Result<MonteCarlo, MonteCarloError> {
    if !(1..=2).contains(&settings.digits) {
        return Err(MonteCarloError::Digits(settings.digits));
    }
    let asked = settings.trials.unwrap_or(settings.most);
    if asked > MOST_TRIALS || settings.most > MOST_TRIALS {
        return Err(MonteCarloError::TooMany(asked.max(settings.most)));
    }
    let p = combined.probability();
    let sampler = Sampler::new(&combined.budget, settings.seed)?;
    let mut machine = Machine::new(combined);
    let chunk = CHUNK as u64;
    let mut values = Vec::new();
    let mut stable = false;
    if let Some(trials) = settings.trials {
        let chunks = trials.div_ceil(chunk).max(1);
        values.reserve_exact(usize::try_from(chunks * chunk).unwrap_or(0));
        for index in 0..chunks {
            machine.chunk(&sampler, index, &mut values)?;
        }
    } else {
        // GUM-S1 7.9.4: a block holds at least 100/(1−p) trials.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded below"
        )]
        let least = (100.0 / (1.0 - p)).min(1e7).ceil() as u64;
        let block = least.div_ceil(chunk).max(1);
        let mut blocks = Blocks::default();
        let mut index = 0;
        while (index + block) * chunk <= settings.most {
            let start = values.len();
            for _ in 0..block {
                machine.chunk(&sampler, index, &mut values)?;
                index += 1;
            }
            let u = blocks.add(&values[start..], p)?;
            // The run must be finer than the δ it validates by (8.2 note).
            if blocks.stand(tolerance(u, settings.digits) / 5.0) {
                stable = true;
                break;
            }
        }
    }
    let (mean, u) = moments(&values);
    let intervals = interval::intervals(&values, p).ok_or(StatisticsError::TooFew {
        needed: 100,
        given: values.len(),
    })?;
    let half = combined.expanded.to_f64();
    let gum = (combined.value - half, combined.value + half);
    let (d_low, d_high) = (
        (gum.0 - intervals.symmetric.0).abs(),
        (gum.1 - intervals.symmetric.1).abs(),
    );
    let tolerance = tolerance(combined.u_c, settings.digits);
    Ok(MonteCarlo {
        seed: settings.seed,
        trials: values.len() as u64,
        stable,
        p,
        mean,
        u,
        intervals,
        validation: Validation {
            gum,
            d_low,
            d_high,
            tolerance,
            validated: d_low <= tolerance && d_high <= tolerance,
        },
    })
}

/// Mean, u and ends of every block so far.
#[derive(Default)]
struct Blocks {
    columns: [Vec<f64>; 4],
}

impl Blocks {
    /// Adds a block; returns the mean u so far.
    fn add(&mut self, values: &[f64], p: f64) -> Result<f64, MonteCarloError> {
        let (mean, u) = moments(values);
        let ends = interval::intervals(values, p).ok_or(StatisticsError::TooFew {
            needed: 100,
            given: values.len(),
        })?;
        let row = [mean, u, ends.symmetric.0, ends.symmetric.1];
        for (column, x) in self.columns.iter_mut().zip(row) {
            column.push(x);
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of blocks")]
        let count = self.columns[1].len() as f64;
        Ok(self.columns[1].iter().sum::<f64>() / count)
    }

    /// Whether twice the standard deviation of every mean is at most the tolerance.
    fn stand(&self, tolerance: f64) -> bool {
        // Two blocks may agree by chance; the standard begins with two, ten cost nothing.
        self.columns[0].len() >= 10
            && self.columns.iter().all(|column| {
                #[expect(clippy::cast_precision_loss, reason = "a count of blocks")]
                let root = (column.len() as f64).sqrt();
                univariate(column).is_ok_and(|s| 2.0 * s.sd / root <= tolerance)
            })
    }
}

/// δ = ½·10^l where u = c·10^l with `digits` digits in c (GUM-S1 7.9.2); one digit becomes two where
/// the first is 1 or 2, for half of 1 would validate anything.
fn tolerance(u: f64, digits: u32) -> f64 {
    let first = u / libm::pow(10.0, libm::floor(libm::log10(u)));
    let digits = if first < 3.0 { 2 } else { digits };
    let Some(rounded) = numbers::number::Exact::from_f64(u)
        .filter(numbers::number::Exact::is_positive)
        .and_then(|u| numbers::rounding::round_significant(&u, digits))
    else {
        return 0.0;
    };
    numbers::number::Exact::new(5, rounded.1 - 1).to_f64()
}

/// Mean and standard deviation, in eight lanes of a fixed order, about the first value.
fn moments(values: &[f64]) -> (f64, f64) {
    const LANES: usize = 8;
    let origin = values.first().copied().unwrap_or(0.0);
    let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
    let (mut total, mut total_square) = (
        crate::statistics::sum::Sum::default(),
        crate::statistics::sum::Sum::default(),
    );
    for chunk in values.chunks(CHUNK) {
        for row in chunk.chunks(LANES) {
            for ((x, sum), square) in row.iter().zip(&mut sums).zip(&mut squares) {
                let d = x - origin;
                *sum += d;
                *square += d * d;
            }
        }
        for (lane, square) in sums.iter_mut().zip(&mut squares) {
            total.add(std::mem::take(lane));
            total_square.add(std::mem::take(square));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of trials")]
    let n = values.len() as f64;
    let shift = total.value() / n;
    let variance = (total_square.value() - n * shift * shift) / (n - 1.0);
    (origin + shift, variance.max(0.0).sqrt())
}

impl MonteCarlo {
    /// The result as texts.
    pub fn report(&self) -> MonteCarloReport {
        let scale = self.u.max(f64::MIN_POSITIVE);
        let text = |x: f64| {
            // As many digits as three of u deserve.
            let lead = |v: f64| libm::floor(libm::log10(v.abs().max(scale)));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "from 3 to 17"
            )]
            let digits = (lead(x) - lead(scale) + 3.0).clamp(3.0, 17.0) as u32;
            significant(x, digits)
        };
        let pair = |(a, b): (f64, f64)| [text(a), text(b)];
        let v = &self.validation;
        MonteCarloReport {
            seed: self.seed.to_string(),
            trials: self.trials,
            stable: self.stable,
            p: significant(self.p, 4),
            value: text(self.mean),
            u: significant(self.u, 3),
            symmetric: pair(self.intervals.symmetric),
            shortest: pair(self.intervals.shortest),
            gum: pair(v.gum),
            distances: [significant(v.d_low, 2), significant(v.d_high, 2)],
            tolerance: significant(v.tolerance, 1),
            validated: v.validated,
        }
    }
}
