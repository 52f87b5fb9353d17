//! Signs of wrong wiring and wrong clocks, gathered block by block.

use ndarray::{Array1, Array2, Axis};

use super::block::Fitted;
use super::design::Layout;
use super::readings::Intervals;

/// A column fits better when its readings are moved by one interval.
#[derive(Clone, Debug)]
pub(super) struct Shift {
    /// 0 is the master.
    pub(super) column: usize,
    /// Its stamps are late (+1) or early (−1).
    pub(super) direction: i8,
    /// How much of the column is shifted; about 1.
    pub(super) share: f64,
    /// Fall of the weighted sum of squares.
    pub(super) gain: f64,
    /// That sum before.
    pub(super) squares: f64,
}

/// Two columns with the same energy in every interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) first: usize,
    pub(super) second: usize,
}

/// What the latest block of some length showed.
#[derive(Clone, Debug)]
pub(super) struct Checks {
    pub(super) shifts: Vec<Shift>,
    /// The master's stamps against all meters: late (+1) or early (−1).
    pub(super) master_shift: Option<i8>,
    pub(super) pairs: Vec<Pair>,
    /// Per meter: intervals in which it counted at least 99.5 % of the master.
    pub(super) above_master: Vec<u64>,
    /// Per meter: the sub-meter that always counts at least as much and moves with it.
    pub(super) parents: Vec<Option<usize>>,
    pub(super) intervals: u64,
}

/// A block shorter than this shows nothing about wiring.
const LEAST: usize = 40;

/// Candidates that the cheap score leaves for the exact one.
const CANDIDATES: usize = 8;

/// Groups into which a block is summed to compare columns: the steps of registers average out.
const GROUPS: usize = 128;

impl Checks {
    pub(super) fn new(meters: usize) -> Self {
        Self {
            shifts: Vec::new(),
            master_shift: None,
            pairs: Vec::new(),
            above_master: vec![0; meters],
            parents: vec![None; meters],
            intervals: 0,
        }
    }

    pub(super) fn look(
        &mut self,
        layout: &Layout,
        intervals: &Intervals,
        design: &Array2<f64>,
        fitted: &Fitted,
    ) {
        let width = 1 + layout.meters;
        for row in intervals.energy.chunks_exact(width) {
            self.intervals += 1;
            for (count, x) in self.above_master.iter_mut().zip(&row[1..]) {
                *count += u64::from(row[0] > 0.0 && *x >= 0.995 * row[0]);
            }
        }
        if intervals.rows.len() < LEAST {
            return;
        }
        self.master_shift = master_shift(layout, intervals);
        self.shifts = shifts(layout, intervals, &fitted.whitened, fitted);
        (self.pairs, self.parents) = alike(layout, design);
    }
}

/// Whether the sum of all meters follows the master much better when it is moved by one interval.
///
/// Looked at before any fit: against a master of another time the fit itself goes astray, and one
/// large meter moved by one interval then explains as much as the master.
fn master_shift(layout: &Layout, intervals: &Intervals) -> Option<i8> {
    let energies: Vec<(f64, f64)> = intervals
        .energy
        .chunks_exact(1 + layout.meters)
        .map(|row| (row[0], row[1..].iter().sum()))
        .collect();
    let (master, sum) = energies.iter().fold((0.0, 0.0), |t, e| (t.0 + e.0, t.1 + e.1));
    let ratio = master / sum;
    // Sizes instead of squares: a single outlier decides nothing.
    let left = |shift: i8| -> f64 {
        (1..energies.len().saturating_sub(1))
            .filter(|t| !intervals.rows[*t].restart && !intervals.rows[*t + 1].restart)
            .map(|t| {
                let other = match shift {
                    // A late master shows at t what the meters showed at t − 1.
                    1 => t - 1,
                    -1 => t + 1,
                    _ => t,
                };
                (energies[t].0 - ratio * energies[other].1).abs()
            })
            .sum()
    };
    let together = left(0);
    [1, -1].into_iter().find(|shift| left(*shift) < 0.4 * together)
}

/// Whitening varies slowly from row to row, so a shifted whitened column stands for the whitened
/// shifted column.
fn shifts(layout: &Layout, intervals: &Intervals, whitened: &Array2<f64>, fitted: &Fitted) -> Vec<Shift> {
    let residual = Array1::from(super::block::residuals(whitened, &fitted.belief.mean));
    let n = residual.len();
    let squares = residual.dot(&residual);
    // The master is what the sum is more than the right side.
    let master = &whitened.column(layout.unknowns())
        - &whitened.slice(ndarray::s![.., ..layout.meters]).sum_axis(Axis(1));
    let candidate = |column: usize, direction: i8| {
        let values = column
            .checked_sub(1)
            .map_or(master.view(), |i| whitened.column(i));
        Array1::from_shape_fn(n, |t| {
            // A late stamp shows at t what flowed at t − 1: the flow of t is what is shown at t + 1.
            let other = if direction > 0 { t + 1 } else { t.wrapping_sub(1) };
            let linked = if direction > 0 { other } else { t };
            if other < n && !intervals.rows[linked].restart {
                values[t] - values[other]
            } else {
                0.0
            }
        })
    };
    let mut scored: Vec<(f64, usize, i8)> = (0..=layout.meters)
        .flat_map(|c| [(c, 1), (c, -1)])
        .map(|(c, direction)| {
            let d = candidate(c, direction);
            let score = d.dot(&residual);
            (
                score.max(0.0).powi(2) / d.dot(&d).max(f64::MIN_POSITIVE),
                c,
                direction,
            )
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let unknowns = layout.unknowns();
    let mut found: Vec<Shift> = scored
        .into_iter()
        .take(CANDIDATES)
        .filter_map(|(_, column, direction)| {
            let d = candidate(column, direction);
            let projected = whitened.t().dot(&d);
            let projected = projected.slice(ndarray::s![..unknowns]);
            let left = d.dot(&d) - projected.dot(&fitted.belief.covariance.dot(&projected));
            let score = d.dot(&residual);
            (left > 0.0).then(|| Shift {
                column,
                direction,
                share: score / left,
                gain: score * score / left,
                squares,
            })
        })
        .collect();
    found.sort_by(|a, b| b.gain.total_cmp(&a.gain));
    found
}

/// Columns that carry the same energies, and columns that lie behind another one.
fn alike(layout: &Layout, design: &Array2<f64>) -> (Vec<Pair>, Vec<Option<usize>>) {
    let p = layout.meters;
    let n = design.nrows();
    let size = n.div_ceil(GROUPS);
    let groups = n / size;
    let mut sums = Array2::<f64>::zeros((p, groups));
    for g in 0..groups {
        for t in g * size..(g + 1) * size {
            for i in 0..p {
                sums[[i, g]] += design[[t, i]];
            }
        }
    }
    let count = uncertainty::statistics::count(groups);
    let means: Vec<f64> = sums.outer_iter().map(|r| r.sum() / count).collect();
    let mut centred = sums.clone();
    for (mut line, mean) in centred.outer_iter_mut().zip(&means) {
        line -= *mean;
    }
    let products = centred.dot(&centred.t());
    let correlation = |i: usize, j: usize| {
        let scale = (products[[i, i]] * products[[j, j]]).sqrt();
        if scale > 0.0 {
            products[[i, j]] / scale
        } else {
            0.0
        }
    };
    let mut pairs = Vec::new();
    let mut parents: Vec<Option<(f64, usize)>> = vec![None; p];
    for i in 0..p {
        for j in 0..p {
            let r = if i == j { 0.0 } else { correlation(i, j) };
            let close = (means[i] - means[j]).abs() <= 0.1 * means[i].abs().max(means[j].abs());
            if i < j && r > 0.999 && close && means[i] > 0.0 {
                pairs.push(Pair { first: i, second: j });
            }
            let above = (0..groups).all(|g| sums[[j, g]] >= 0.98 * sums[[i, g]]);
            if r > 0.2 && above && means[j] > means[i] && parents[i].is_none_or(|(best, _)| r > best) {
                parents[i] = Some((r, j));
            }
        }
    }
    (pairs, parents.into_iter().map(|q| q.map(|(_, j)| j)).collect())
}
