//! The prior of a meter's error, and the exploration of which meters run wrong.
//!
//! Errors are sound (a narrow normal), wrong (a wide one) or gross (wiring, multiplier, counted
//! twice). A single normal prior cannot serve: narrow enough for the sound meters it hides the
//! wrong ones, wide enough for the wrong ones it leaves the sound ones noisy. Given which meter is
//! of which kind everything is Gaussian; the kinds are explored by Gibbs steps whose conditional
//! probabilities are exact and cost a few operations, since a change of kind is a rank-one change.
//! The sequence of draws is fixed: the same information always gives the same answer.

use ndarray::{Array1, Array2};

use super::linear::Gaussian;
use super::site::Settings;

/// Number of kinds: sound, wrong, gross.
pub(super) const KINDS: usize = 3;

/// Standard deviation of a gross error: a meter counted twice has +100 %.
const GROSS: f64 = 1.0;
const GROSS_SHARE: f64 = 0.002;

/// How many meters' worth of belief the settings carry against the data of the site.
const SPREAD_STRENGTH: f64 = 10.0;
const SHARE_STRENGTH: f64 = 25.0;

/// Weights and standard deviations of the kinds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mixture {
    pub(super) weights: [f64; KINDS],
    pub(super) deviations: [f64; KINDS],
}

impl Mixture {
    pub(super) fn new(settings: &Settings) -> Self {
        let wrong = settings.wrong_share;
        Self {
            weights: [1.0 - wrong - GROSS_SHARE, wrong, GROSS_SHARE],
            deviations: [
                settings.typical_error,
                settings.wrong_error.max(2.0 * settings.typical_error),
                GROSS.max(2.0 * settings.wrong_error),
            ],
        }
    }

    pub(super) fn precision(&self, kind: usize) -> f64 {
        1.0 / (self.deviations[kind] * self.deviations[kind])
    }

    /// Probabilities of the kinds of each meter in the data's own view of it (its belief without
    /// its prior), the others under the precisions given.
    fn shares(&self, belief: &Gaussian, precisions: &[f64]) -> Vec<[f64; KINDS]> {
        let of = |(i, precision): (usize, &f64)| {
            let information = (1.0 / belief.covariance[[i, i]] - precision).max(0.0);
            let moment = belief.mean[i] / belief.covariance[[i, i]];
            let logs: [f64; KINDS] = std::array::from_fn(|k| {
                let own = self.precision(k);
                self.weights[k].ln()
                    + 0.5 * (own / (own + information)).ln()
                    + 0.5 * moment * moment / (own + information)
            });
            let mut shares = [0.0; KINDS];
            normalise(&logs, &mut shares);
            shares
        };
        precisions.iter().enumerate().map(of).collect()
    }

    /// Prior precisions that suit beliefs held under the current ones.
    pub(super) fn adapted(&self, belief: &Gaussian, precisions: &[f64]) -> Vec<f64> {
        let mean = |shares: &[f64; KINDS]| (0..KINDS).map(|k| shares[k] * self.precision(k)).sum();
        self.shares(belief, precisions).iter().map(mean).collect()
    }

    /// The most likely kind of each meter.
    pub(super) fn kinds(&self, belief: &Gaussian, precisions: &[f64]) -> Vec<usize> {
        let most = |shares: &[f64; KINDS]| {
            (1..KINDS).fold(0, |best, k| if shares[k] > shares[best] { k } else { best })
        };
        self.shares(belief, precisions).iter().map(most).collect()
    }

    /// The kinds' spread and shares after a look at the site.
    pub(super) fn learned(&self, settings: &Settings, explored: &Explored) -> Self {
        let start = Self::new(settings);
        let n = uncertainty::statistics::count(explored.kinds.len());
        let mut weights = [0.0; KINDS];
        for (k, weight) in weights.iter_mut().enumerate() {
            let seen: f64 = explored.kinds.iter().map(|m| m[k].weight).sum();
            *weight = (SHARE_STRENGTH * start.weights[k] + seen) / (SHARE_STRENGTH + n);
        }
        let sound: f64 = explored.kinds.iter().map(|m| m[0].weight).sum();
        let squares: f64 = explored.kinds.iter().map(|m| m[0].square).sum();
        let variance = (SPREAD_STRENGTH * start.deviations[0].powi(2) + squares) / (SPREAD_STRENGTH + sound);
        let mut deviations = start.deviations;
        // Sound meters stay clearly narrower than wrong ones.
        deviations[0] = variance.sqrt().clamp(0.1 * deviations[0], 0.4 * deviations[1]);
        Self { weights, deviations }
    }
}

/// Probabilities from logarithms of weights.
fn normalise(logs: &[f64; KINDS], shares: &mut [f64; KINDS]) {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for (share, log) in shares.iter_mut().zip(logs) {
        *share = (log - most).exp();
        total += *share;
    }
    for share in shares {
        *share /= total;
    }
}

/// One kind of one meter: probability, and first and second moment of the error times it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KindMoments {
    pub(super) weight: f64,
    pub(super) mean: f64,
    pub(super) square: f64,
}

/// Average over the kinds.
#[derive(Clone, Debug)]
pub(super) struct Explored {
    pub(super) kinds: Vec<[KindMoments; KINDS]>,
    pub(super) belief: Gaussian,
    /// Kinds at the end.
    pub(super) state: Vec<usize>,
}

/// A fixed sequence of numbers in (0, 1): splitmix64 from a constant.
pub(super) struct Sequence(u64);

impl Sequence {
    pub(super) fn new() -> Self {
        Self(0x6865_6E67_6C69_616E)
    }

    /// A standard normal number (Box-Muller).
    pub(super) fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.next().max(1e-300), self.next());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let unit = ((z ^ (z >> 31)) >> 11) as f64 * 2.0_f64.powi(-53);
        unit
    }
}

/// Explores the kinds; `belief` is over the meters, under the precisions of `state`.
pub(super) fn explore(mixture: &Mixture, belief: Gaussian, state: Vec<usize>, sweeps: usize) -> Explored {
    let mut walk = Walk {
        mixture,
        belief,
        state,
        sequence: Sequence::new(),
    };
    walk.descend();
    let n = walk.state.len();
    let mut kinds = vec![[KindMoments::default(); KINDS]; n];
    let mut mean = Array1::<f64>::zeros(n);
    let mut second = Array2::<f64>::zeros((n, n));
    let burn = sweeps / 8;
    for sweep in 0..sweeps + burn {
        let seen = sweep >= burn;
        for (i, record) in kinds.iter_mut().enumerate() {
            let chosen = walk.visit(i, seen.then_some(record));
            walk.set(i, chosen);
        }
        for i in 0..n {
            if walk.state[i] != 0 {
                walk.exchange(i);
            }
        }
        if seen {
            mean += &walk.belief.mean;
            second += &walk.belief.covariance;
            let (all, m) = (second.as_slice_mut(), walk.belief.mean.as_slice());
            if let (Some(all), Some(m)) = (all, m) {
                for (line, a) in all.chunks_exact_mut(n).zip(m) {
                    for (value, b) in line.iter_mut().zip(m) {
                        *value += a * b;
                    }
                }
            }
        }
    }
    let count = uncertainty::statistics::count(sweeps.max(1));
    for kind in kinds.iter_mut().flatten() {
        kind.weight /= count;
        kind.mean /= count;
        kind.square /= count;
    }
    mean /= count;
    second /= count;
    let outer = Array2::from_shape_fn((n, n), |(i, j)| mean[i] * mean[j]);
    Explored {
        kinds,
        belief: Gaussian {
            mean,
            covariance: second - outer,
        },
        state: walk.state,
    }
}

struct Walk<'a> {
    mixture: &'a Mixture,
    belief: Gaussian,
    state: Vec<usize>,
    sequence: Sequence,
}

impl Walk<'_> {
    /// Logarithm of the weight of every kind of meter `i`, the others as they are.
    fn logs(&self, i: usize) -> [f64; KINDS] {
        let (variance, mean) = (self.belief.covariance[[i, i]], self.belief.mean[i]);
        let now = self.mixture.precision(self.state[i]);
        std::array::from_fn(|k| {
            let change = self.mixture.precision(k) - now;
            let q = (1.0 + change * variance).max(1e-12);
            self.mixture.weights[k].ln()
                - self.mixture.deviations[k].ln()
                - 0.5 * q.ln()
                - 0.5 * change * mean * mean / q
        })
    }

    fn set(&mut self, i: usize, kind: usize) {
        if kind != self.state[i] {
            let change = self.mixture.precision(kind) - self.mixture.precision(self.state[i]);
            if 1.0 + change * self.belief.covariance[[i, i]] > 1e-9 {
                self.belief.change_precision(i, change);
                self.state[i] = kind;
            }
        }
    }

    /// Draws a kind for meter `i`; records its exact conditional distribution.
    fn visit(&mut self, i: usize, record: Option<&mut [KindMoments; KINDS]>) -> usize {
        let mut shares = [0.0; KINDS];
        normalise(&self.logs(i), &mut shares);
        if let Some(record) = record {
            let (variance, mean) = (self.belief.covariance[[i, i]], self.belief.mean[i]);
            let now = self.mixture.precision(self.state[i]);
            for (k, r) in record.iter_mut().enumerate() {
                let q = (1.0 + (self.mixture.precision(k) - now) * variance).max(1e-12);
                let (m, v) = (mean / q, variance / q);
                r.weight += shares[k];
                r.mean += shares[k] * m;
                r.square += shares[k] * (v + m * m);
            }
        }
        self.pick(shares.iter().copied())
    }

    fn pick(&mut self, shares: impl Iterator<Item = f64>) -> usize {
        let mut left = self.sequence.next();
        for (k, share) in shares.enumerate() {
            left -= share;
            if left < 0.0 {
                return k;
            }
        }
        0
    }

    /// Takes the most likely single change again and again: where the walk begins.
    fn descend(&mut self) {
        for _ in 0..self.state.len() {
            let best = (0..self.state.len())
                .flat_map(|i| {
                    let logs = self.logs(i);
                    let now = logs[self.state[i]];
                    (0..KINDS).map(move |k| (logs[k] - now, i, k))
                })
                .max_by(|a, b| a.0.total_cmp(&b.0));
            match best {
                Some((gain, i, kind)) if gain > 1e-6 => self.set(i, kind),
                _ => break,
            }
        }
    }

    /// Moves the kind of meter `i` to one of the sound meters, or leaves it: two meters that move
    /// together exchange the blame, which no change of a single kind could do.
    fn exchange(&mut self, i: usize) {
        let kind = self.state[i];
        let change = self.mixture.precision(0) - self.mixture.precision(kind);
        let (m, c) = (&self.belief.mean, &self.belief.covariance);
        let logs: Vec<(usize, f64)> = (0..self.state.len())
            .filter(|j| self.state[*j] == 0)
            .map(|j| {
                // Precisions of i and j change by +change and −change.
                let (a, b, ab) = (c[[i, i]], c[[j, j]], c[[i, j]]);
                let determinant = (1.0 + change * a) * (1.0 - change * b) + change * change * ab * ab;
                if determinant <= 1e-12 {
                    return (j, f64::NEG_INFINITY);
                }
                // mᵀ·(D⁻¹ + C)⁻¹·m for D = diag(change, −change).
                let (d, e, f) = (1.0 / change + a, -1.0 / change + b, ab);
                let quadratic = (e * m[i] * m[i] - 2.0 * f * m[i] * m[j] + d * m[j] * m[j]) / (d * e - f * f);
                (j, -0.5 * determinant.ln() - 0.5 * quadratic)
            })
            .collect();
        let most = logs.iter().map(|l| l.1).fold(0.0, f64::max);
        let weights: Vec<f64> = logs.iter().map(|l| (l.1 - most).exp()).collect();
        let total: f64 = (-most).exp() + weights.iter().sum::<f64>();
        let chosen =
            self.pick(std::iter::once((-most).exp() / total).chain(weights.iter().map(|w| w / total)));
        if chosen > 0 {
            // First the wide prior for j: the covariance then stays positive all the way.
            self.set(logs[chosen - 1].0, kind);
            self.set(i, 0);
        }
    }
}
