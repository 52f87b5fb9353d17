//! Where the energy of the master went.

use ndarray::{Array1, Array2, s};
use serde::Serialize;

use super::estimator::Estimator;
use super::solve::Solved;

/// A figure with its standard uncertainty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its standard uncertainty, in the same unit.
    pub uncertainty: f64,
}

/// The energy balance over all used intervals, kWh.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Balance {
    /// Energy of the master.
    pub master: f64,
    /// Σ of the sub-meters as read.
    pub sum: f64,
    /// Master − Σ as read.
    pub difference: f64,
    /// What the sub-meters read too much (negative: too little).
    pub meter_errors: Estimate,
    /// Loss that grows with the square of the load.
    pub variable_loss: Estimate,
    /// Loss and unmetered load that is always there.
    pub fixed_loss: Estimate,
    /// Both losses together.
    pub loss: Estimate,
    /// Master − corrected Σ − both losses: what the model leaves.
    pub unaccounted: Estimate,
}

pub(super) fn of(estimator: &Estimator, solved: &Solved) -> Balance {
    let layout = &estimator.layout;
    let (p, m) = (layout.meters, layout.unknowns());
    let scale = estimator.scale.unwrap_or(1.0);
    let totals = Array1::from_iter(estimator.totals[..m].iter().map(|t| t * scale));
    // An energy Σ weightⱼ·unknownⱼ with its uncertainty.
    let energy = |pick: &dyn Fn(usize) -> bool, sign: f64| {
        let weights = Array1::from_shape_fn(m, |j| if pick(j) { sign * totals[j] } else { 0.0 });
        quadratic(&solved.joint.mean, &solved.joint.covariance, &weights)
    };
    let sum: f64 = totals.slice(s![..p]).sum();
    let master = sum - estimator.totals[m] * scale;
    let losses = |j: usize| j == layout.variable() || j == layout.constant();
    let (errors, loss) = (energy(&|j| j < p, 1.0), energy(&losses, -1.0));
    let both = energy(&|j| j < p || losses(j), 1.0);
    Balance {
        master,
        sum,
        difference: master - sum,
        meter_errors: errors,
        variable_loss: energy(&|j| j == layout.variable(), -1.0),
        fixed_loss: energy(&|j| j == layout.constant(), -1.0),
        loss,
        unaccounted: Estimate {
            value: master - sum + errors.value - loss.value,
            uncertainty: both.uncertainty,
        },
    }
}

fn quadratic(mean: &Array1<f64>, covariance: &Array2<f64>, weights: &Array1<f64>) -> Estimate {
    let m = weights.len();
    let part = covariance.slice(s![..m, ..m]);
    Estimate {
        value: weights.dot(&mean.slice(s![..m])),
        uncertainty: weights.dot(&part.dot(weights)).max(0.0).sqrt(),
    }
}
