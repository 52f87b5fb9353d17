//! The noise of the balance, and the filter that makes it white.
//!
//! The balance of one interval, in units of the mean energy of the master, errs by
//!
//! ```text
//! e_t = w_t + (u_t − u_{t−1}) + a_t
//! w_t  white: relative to the flow, absolute, and what imputed energies bring
//! u_t  error of all registers at the end of interval t: steps of the registers, interpolation
//! a_t  slow: unmetered branches, a_t = φ·a_{t−1} + …
//! ```
//!
//! Differences of quantised registers thus have correlated noise: what one interval lacks the
//! next one has. White noise instead would claim far too much of 15-minute data. A Kalman filter
//! with the state (u, a) runs over every column of the design with the same gains; its scaled
//! innovations are the rows of the whitened system (exact generalised least squares), at a cost
//! of a few operations per value.

use ndarray::Array2;

use super::readings::Interval;

/// Parameters of the noise, in units of the mean energy of the master per interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Noise {
    /// White, relative to the flow.
    pub(super) relative: f64,
    /// White, absolute.
    pub(super) absolute: f64,
    /// Standard deviation of the slow part.
    pub(super) slow: f64,
    /// Its correlation time in intervals.
    pub(super) memory: f64,
    /// Factor on the variance of the registers' steps (1 as the resolutions say).
    pub(super) quantum: f64,
}

/// What the filter knows about a row besides its values.
#[derive(Clone, Debug)]
pub(super) struct RowNoise {
    pub(super) restart: bool,
    pub(super) span: f64,
    /// |energy of the master|.
    pub(super) flow: f64,
    /// Known white variance.
    pub(super) extra: f64,
    /// Extra variance of the registers at its beginning (used on a restart) and at its end.
    pub(super) blur_start: f64,
    pub(super) blur_end: f64,
    /// White variance that robust weighting adds to an outlier.
    pub(super) robust: f64,
}

/// Length of a bridged gap costs the knowledge of its load profile: 0.2 % of its energy.
const BRIDGE: f64 = 0.002;

/// Rows of a block in units of `scale` (kWh).
pub(super) fn row_noise(
    rows: &[Interval],
    blur: &[f64],
    master: impl Iterator<Item = f64>,
    scale: f64,
) -> Vec<RowNoise> {
    let square = scale * scale;
    let mut blur = blur.iter().copied();
    let mut last = 0.0;
    rows.iter()
        .zip(master)
        .map(|(row, flow)| {
            if row.restart {
                last = blur.next().unwrap_or(0.0);
            }
            let end = blur.next().unwrap_or(0.0);
            let flow = flow.abs() / scale;
            let bridge = if row.span > 1.0 { BRIDGE * flow } else { 0.0 };
            let noise = RowNoise {
                restart: row.restart,
                span: row.span,
                flow,
                extra: row.extra / square + bridge * bridge,
                blur_start: last / square,
                blur_end: end / square,
                robust: 0.0,
            };
            last = end;
            noise
        })
        .collect()
}

/// Variance state of the filter: of u and a and their covariance.
struct State {
    u: f64,
    a: f64,
    ua: f64,
}

/// Gains of one step.
struct Step {
    /// Variance of the innovation.
    innovation: f64,
    gain_u: f64,
    gain_a: f64,
    carry: f64,
}

/// What the filter makes of one register of unit variance: covariance of d = û − u and â.
struct Response {
    dd: f64,
    da: f64,
    aa: f64,
}

impl Default for Response {
    /// At the beginning of a chain nothing of the register's error is known.
    fn default() -> Self {
        Self {
            dd: 1.0,
            da: 0.0,
            aa: 0.0,
        }
    }
}

impl Response {
    /// Variance of the innovation u_t + d − span·φ·â, and the covariances after it.
    fn advance(&mut self, step: &Step, span: f64) -> f64 {
        let (gu, ga, phi) = (step.gain_u, step.gain_a, step.carry);
        let part = span * phi;
        let known = self.dd - 2.0 * part * self.da + part * part * self.aa;
        let link = self.da - part * self.aa;
        *self = Self {
            dd: (gu - 1.0) * (gu - 1.0) + gu * gu * known,
            da: (gu - 1.0) * ga + gu * (phi * link + ga * known),
            aa: phi * phi * self.aa + ga * ga * (known + 1.0) + 2.0 * phi * ga * link,
        };
        1.0 + known
    }
}

/// Smallest variance of an innovation; a perfect site must not divide by zero.
const FLOOR: f64 = 1e-14;

impl Noise {
    /// White variance of a row.
    fn white(&self, row: &RowNoise) -> f64 {
        let relative = self.relative * self.relative * row.flow * row.flow / row.span;
        relative + self.absolute * self.absolute * row.span + row.extra + row.robust
    }

    /// Advances the variances by one row; `registers` is the variance of all registers' steps.
    fn step(&self, state: &mut State, row: &RowNoise, registers: f64) -> Step {
        let base = self.quantum * registers;
        let stationary = self.slow * self.slow;
        let carry = if row.restart {
            *state = State {
                u: base + row.blur_start,
                a: stationary,
                ua: 0.0,
            };
            0.0
        } else {
            let phi = (-row.span / self.memory).exp();
            state.a = phi * phi * state.a + (1.0 - phi * phi) * stationary;
            state.ua *= phi;
            phi
        };
        let fresh = base + row.blur_end;
        // A long row sums its slow part.
        let covariance = row.span * state.a - state.ua;
        let innovation = fresh + self.white(row) + state.u + row.span * row.span * state.a
            - 2.0 * row.span * state.ua
            + FLOOR;
        let (gain_u, gain_a) = (fresh / innovation, covariance / innovation);
        *state = State {
            u: fresh - gain_u * fresh,
            a: state.a - gain_a * covariance,
            ua: -gain_u * covariance,
        };
        Step {
            innovation,
            gain_u,
            gain_a,
            carry,
        }
    }

    /// Whitens all columns in place; answers the standard deviation of each innovation and, per
    /// row, the variance that a register of unit variance would have in it (for the correction
    /// of errors in the regressors).
    pub(super) fn whiten(
        &self,
        columns: &mut Array2<f64>,
        rows: &[RowNoise],
        registers: f64,
    ) -> (Vec<f64>, Vec<f64>) {
        let width = columns.ncols();
        let (mut u, mut a) = (vec![0.0; width], vec![0.0; width]);
        let mut state = State {
            u: 0.0,
            a: 0.0,
            ua: 0.0,
        };
        let mut deviations = Vec::with_capacity(rows.len());
        let mut traces = Vec::with_capacity(rows.len());
        let mut response = Response::default();
        let Some(flat) = columns.as_slice_mut() else {
            return (deviations, traces);
        };
        for (line, row) in flat.chunks_exact_mut(width.max(1)).zip(rows) {
            let step = self.step(&mut state, row, registers);
            if row.restart {
                u.fill(0.0);
                a.fill(0.0);
                response = Response::default();
            }
            let scale = 1.0 / step.innovation.sqrt();
            for ((z, u), a) in line.iter_mut().zip(&mut u).zip(&mut a) {
                *a *= step.carry;
                let innovation = *z + *u - row.span * *a;
                *u = step.gain_u * innovation;
                *a += step.gain_a * innovation;
                *z = innovation * scale;
            }
            deviations.push(step.innovation.sqrt());
            traces.push(response.advance(&step, row.span) / step.innovation);
        }
        (deviations, traces)
    }

    /// −2 log likelihood of residuals, in expectation over the fit's own uncertainty: column 0
    /// holds the residuals, the others how far they may be off (each with the full covariance).
    fn deviance(&self, columns: &Array2<f64>, rows: &[RowNoise], registers: f64) -> f64 {
        let width = columns.ncols();
        let others = 1.0 / uncertainty::statistics::count(width.saturating_sub(1)).max(1.0);
        let mut state = State {
            u: 0.0,
            a: 0.0,
            ua: 0.0,
        };
        let (mut u, mut a) = ([0.0; 1 + PROBES], [0.0; 1 + PROBES]);
        let mut sum = 0.0;
        let Some(flat) = columns.as_slice() else {
            return sum;
        };
        for (line, row) in flat.chunks_exact(width).zip(rows) {
            let step = self.step(&mut state, row, registers);
            if row.restart {
                u.fill(0.0);
                a.fill(0.0);
            }
            let mut squares = 0.0;
            for (j, ((e, u), a)) in line.iter().zip(&mut u).zip(&mut a).enumerate() {
                *a *= step.carry;
                let innovation = e + *u - row.span * *a;
                *u = step.gain_u * innovation;
                *a += step.gain_a * innovation;
                squares += innovation * innovation * if j == 0 { 1.0 } else { others };
            }
            sum += step.innovation.ln() + squares / step.innovation;
        }
        sum
    }
}

/// Columns that stand for the uncertainty of a fit.
pub(super) const PROBES: usize = 10;

/// Where the search for the noise begins, and how far from there it may go without evidence.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoisePrior {
    pub(super) centre: Noise,
    /// Standard deviations of the natural logarithms, in the order of the fields.
    pub(super) spread: [f64; 5],
}

/// No single block narrows the noise further than this.
const NARROWEST: f64 = 0.2;

impl NoisePrior {
    /// What one block has taught the next.
    pub(super) fn after(&self, fitted: Noise, blocks: usize) -> Self {
        let narrower =
            (uncertainty::statistics::count(blocks) / uncertainty::statistics::count(blocks + 1)).sqrt();
        Self {
            centre: fitted,
            spread: self.spread.map(|s| (s * narrower).max(NARROWEST.min(s))),
        }
    }
}

impl Noise {
    fn logs(&self) -> [f64; 5] {
        [self.relative, self.absolute, self.slow, self.memory, self.quantum].map(f64::ln)
    }

    fn from_logs(logs: [f64; 5]) -> Self {
        let [relative, absolute, slow, memory, quantum] = logs.map(f64::exp);
        Self {
            relative,
            absolute,
            slow,
            memory,
            quantum,
        }
    }

    /// How far from the prior, as −2 log density.
    pub(super) fn penalty(&self, prior: &NoisePrior) -> f64 {
        let (logs, centre) = (self.logs(), prior.centre.logs());
        (0..5)
            .map(|i| ((logs[i] - centre[i]) / prior.spread[i]).powi(2))
            .sum()
    }

    /// The parameters that the residuals make most likely, by a pattern search on logarithms.
    pub(super) fn fitted(
        self,
        prior: &NoisePrior,
        columns: &Array2<f64>,
        rows: &[RowNoise],
        registers: f64,
    ) -> Self {
        let centre = prior.centre.logs();
        let cost = |logs: [f64; 5]| {
            let noise = Self::from_logs(logs);
            noise.deviance(columns, rows, registers) + noise.penalty(prior)
        };
        let mut best = self.logs();
        let mut least = cost(best);
        for step in [1.2, 0.6, 0.3, 0.12] {
            for _ in 0..6 {
                let mut moved = false;
                for i in 0..5 {
                    if registers <= 0.0 && i == 4 {
                        continue;
                    }
                    for side in [step, -step] {
                        let mut next = best;
                        next[i] = (next[i] + side).clamp(
                            centre[i] - 4.0 * prior.spread[i],
                            centre[i] + 4.0 * prior.spread[i],
                        );
                        let value = cost(next);
                        if value < least - 1e-9 {
                            (best, least, moved) = (next, value, true);
                            break;
                        }
                    }
                }
                if !moved {
                    break;
                }
            }
        }
        Self::from_logs(best)
    }
}
