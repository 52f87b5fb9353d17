//! One block of intervals: fit the noise, weigh outliers, whiten, hand over the moments.

use ndarray::{Array1, Array2, s};

use super::design::Layout;
use super::linear::{self, Gaussian};
use super::mixture::{Mixture, Sequence};
use super::moments::Moments;
use super::noise::{Noise, NoisePrior, PROBES, RowNoise};

/// An innovation of more than this many standard deviations is an outlier …
const OUTLIER: f64 = 4.0;
/// … and is given the variance that makes it this many.
const ACCEPTED: f64 = 3.0;

/// Fewer rows than this do not change the noise.
const LEAST_FOR_NOISE: usize = 24;

/// What is known before the block.
pub(super) struct Before<'a> {
    pub(super) layout: &'a Layout,
    pub(super) mixture: &'a Mixture,
    pub(super) moments: &'a Moments,
    pub(super) loss_precisions: &'a [f64],
    pub(super) prior: &'a NoisePrior,
    /// Variance of all registers' steps in units of the scale.
    pub(super) registers: f64,
}

/// Where the fit of a block begins.
pub(super) struct Start {
    pub(super) noise: Noise,
    /// Prior precisions of the meters.
    pub(super) precisions: Vec<f64>,
    /// ε of the meters.
    pub(super) errors: Vec<f64>,
}

/// What the block gives.
pub(super) struct Fitted {
    /// Logarithm of the evidence, to compare starts on the same block.
    pub(super) merit: f64,
    pub(super) noise: Noise,
    pub(super) precisions: Vec<f64>,
    pub(super) outliers: usize,
    /// Whitened rows, right side last.
    pub(super) whitened: Array2<f64>,
    /// Their products.
    pub(super) own: Array2<f64>,
    /// Variance of a register of unit variance in each whitened row.
    pub(super) traces: Vec<f64>,
    pub(super) belief: Gaussian,
    /// The sub-meters make up the master.
    pub(super) complete: bool,
}

/// The information of a square of rows, right side last.
pub(super) fn split(square: &Array2<f64>) -> (Array2<f64>, Array1<f64>) {
    let m = square.ncols() - 1;
    (
        square.slice(s![..m, ..m]).to_owned(),
        square.slice(s![..m, m]).to_owned(),
    )
}

/// Fits a block from the noise and the precisions known so far; `rounds` of noise against errors.
pub(super) fn fit(
    before: &Before<'_>,
    design: &mut Array2<f64>,
    rows: &mut [RowNoise],
    start: Start,
    rounds: usize,
) -> Option<Fitted> {
    let Start {
        mut noise,
        mut precisions,
        errors,
    } = start;
    let meters = before.layout.meters;
    let spans: Vec<f64> = rows.iter().map(|r| r.span).collect();
    let mut complete = before.layout.set_flow(design, &spans, &errors);
    let (n, unknowns) = (design.nrows(), before.layout.unknowns());
    let mut outliers = 0;
    let mut sequence = Sequence::new();
    let probes = Array2::from_shape_fn((unknowns, PROBES), |_| sequence.normal());
    for _ in 0..rounds {
        let mut whitened = design.to_owned();
        noise.whiten(&mut whitened, rows, before.registers);
        let own = whitened.t().dot(&whitened);
        let (gram, moment) = split(&(&own + &before.moments.plain));
        let mut belief = posterior(&gram, &moment, &precisions, before.loss_precisions)?;
        precisions = before.mixture.adapted(&belief, &precisions);
        belief = posterior(&gram, &moment, &precisions, before.loss_precisions)?;
        let errors: Vec<f64> = belief.mean.iter().take(meters).copied().collect();
        complete = before.layout.set_flow(design, &spans, &errors);
        let residuals = residuals(design, &belief.mean);
        outliers = weigh(&noise, &residuals, rows, before.registers);
        if n >= LEAST_FOR_NOISE {
            let columns = uncertain(design, &belief, &residuals, &probes)?;
            noise = noise.fitted(before.prior, &columns, rows, before.registers);
        }
    }
    let mut whitened = design.to_owned();
    let (deviations, traces) = noise.whiten(&mut whitened, rows, before.registers);
    let own = whitened.t().dot(&whitened);
    let (gram, moment) = split(&(&own + &before.moments.plain));
    let belief = posterior(&gram, &moment, &precisions, before.loss_precisions)?;
    let kinds = before.mixture.kinds(&belief, &precisions);
    let merit = merit(before, &whitened, &deviations, &kinds, &gram, &moment, &noise)?;
    Some(Fitted {
        merit,
        noise,
        precisions,
        outliers,
        whitened,
        own,
        traces,
        belief,
        complete,
    })
}

/// Evidence of a block for its noise and kinds of meters.
fn merit(
    before: &Before<'_>,
    whitened: &Array2<f64>,
    deviations: &[f64],
    kinds: &[usize],
    gram: &Array2<f64>,
    moment: &Array1<f64>,
    noise: &Noise,
) -> Option<f64> {
    let meters = kinds.iter().map(|k| before.mixture.precision(*k));
    let precisions: Vec<f64> = meters.chain(before.loss_precisions.iter().copied()).collect();
    let mut system = gram.clone();
    for (i, p) in precisions.iter().enumerate() {
        system[[i, i]] += p;
    }
    let (covariance, log_determinant) = linear::invert(&system)?;
    let right = whitened.column(whitened.ncols() - 1);
    let prior: f64 = precisions.iter().map(|p| p.ln()).sum();
    let logs: f64 = deviations.iter().map(|d| 2.0 * d.ln()).sum();
    let shares: f64 = kinds.iter().map(|k| before.mixture.weights[*k].ln()).sum();
    let fit = moment.dot(&covariance.dot(moment)) - right.dot(&right);
    Some(shares + 0.5 * (prior - log_determinant - logs + fit - noise.penalty(before.prior)))
}

fn posterior(gram: &Array2<f64>, moment: &Array1<f64>, meters: &[f64], losses: &[f64]) -> Option<Gaussian> {
    let all: Vec<f64> = meters.iter().chain(losses).copied().collect();
    Gaussian::posterior(gram, moment, &all)
}

/// Right side minus model, row by row.
pub(super) fn residuals(design: &Array2<f64>, coefficients: &Array1<f64>) -> Vec<f64> {
    let m = coefficients.len();
    let fitted = design.slice(s![.., ..m]).dot(coefficients);
    design.column(m).iter().zip(&fitted).map(|(y, f)| y - f).collect()
}

/// The residuals, and beside them columns with the covariance of the fitted values: the fit takes
/// part of the noise with it, most of all of its slow part, and that part must not be forgotten.
fn uncertain(
    design: &Array2<f64>,
    belief: &Gaussian,
    residuals: &[f64],
    probes: &Array2<f64>,
) -> Option<Array2<f64>> {
    let m = belief.mean.len();
    let moved = design.slice(s![.., ..m]).dot(&belief.spread(probes)?);
    let mut columns = Array2::zeros((residuals.len(), 1 + PROBES));
    columns.slice_mut(s![.., 1..]).assign(&moved);
    for (line, r) in columns.rows_mut().into_iter().zip(residuals) {
        let mut line = line;
        line[0] = *r;
    }
    Some(columns)
}

/// Gives outliers the variance they show; answers their number.
fn weigh(noise: &Noise, residuals: &[f64], rows: &mut [RowNoise], registers: f64) -> usize {
    let mut column = Array2::from_shape_fn((residuals.len(), 1), |(i, _)| residuals[i]);
    let (deviations, _) = noise.whiten(&mut column, rows, registers);
    // Only what stands out of the bulk is an outlier: a poor first guess of the noise is not.
    let mut sizes: Vec<f64> = column.iter().map(|z| z.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let middle = sizes.get(sizes.len() / 2).copied().unwrap_or(0.0);
    let bulk = (1.4826 * middle).max(0.7).powi(2);
    let mut outliers = 0;
    for ((row, z), deviation) in rows.iter_mut().zip(column.iter()).zip(deviations) {
        let variance = deviation * deviation;
        let innovation = z * z * variance;
        let base = (variance - row.robust).max(0.0) * bulk;
        if innovation > OUTLIER * OUTLIER * base {
            row.robust = (innovation / (ACCEPTED * ACCEPTED) - base).max(0.0);
            outliers += 1;
        } else {
            row.robust = 0.0;
        }
    }
    outliers
}
