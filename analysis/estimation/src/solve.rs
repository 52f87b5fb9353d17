//! From moments to beliefs: scale of the noise, drift, kinds of meters, and everything else given
//! the errors.

use ndarray::{Array1, Array2, s};

use super::EstimationError;
use super::estimator::Estimator;
use super::linear::{self, Gaussian};
use super::mixture::{self, Explored, Mixture};

/// Data shorter than this many years tell nothing about a drift.
const SHORTEST_FOR_DRIFT: f64 = 0.15;

/// Steps of the search for the drift's spread, as factors on the setting.
const DRIFTS: [f64; 4] = [0.3, 1.0, 3.0, 10.0];

/// The solved system. Unknowns: errors now, loss terms, drifts (when the data are long enough).
pub(super) struct Solved {
    pub(super) explored: Explored,
    /// Belief over all unknowns, averaged over the kinds.
    pub(super) joint: Gaussian,
    /// Belief over all unknowns when every meter is sound: what the data can tell apart.
    pub(super) sound: Gaussian,
    pub(super) mixture: Mixture,
    /// Factor on the variance of the noise.
    pub(super) scale: f64,
    pub(super) freedom: f64,
    pub(super) drifts: bool,
}

struct System {
    gram: Array2<f64>,
    moment: Array1<f64>,
    squares: f64,
    rows: f64,
    meters: usize,
    unknowns: usize,
    drifts: bool,
}

impl System {
    fn new(estimator: &Estimator) -> Self {
        let (p, m) = (estimator.layout.meters, estimator.layout.unknowns());
        let moments = estimator.moments.since(estimator.end);
        let drifts = estimator.end > SHORTEST_FOR_DRIFT && estimator.settings.drift_per_year > 0.0;
        let size = if drifts { m + p } else { m };
        let mut gram = Array2::zeros((size, size));
        let mut moment = Array1::zeros(size);
        gram.slice_mut(s![..m, ..m])
            .assign(&moments.plain.slice(s![..m, ..m]));
        moment.slice_mut(s![..m]).assign(&moments.plain.slice(s![..m, m]));
        if drifts {
            gram.slice_mut(s![..m, m..])
                .assign(&moments.first.slice(s![..m, ..p]));
            gram.slice_mut(s![m.., ..m])
                .assign(&moments.first.slice(s![..p, ..m]));
            gram.slice_mut(s![m.., m..])
                .assign(&moments.second.slice(s![..p, ..p]));
            moment.slice_mut(s![m..]).assign(&moments.first.slice(s![..p, m]));
        }
        Self {
            gram,
            moment,
            squares: moments.plain[[m, m]],
            rows: uncertainty::statistics::count(moments.count),
            meters: p,
            unknowns: m,
            drifts,
        }
    }

    fn precisions(&self, meters: &[f64], losses: &[f64], drift: f64) -> Vec<f64> {
        let mut all: Vec<f64> = meters.iter().chain(losses).copied().collect();
        if self.drifts {
            all.resize(self.unknowns + self.meters, 1.0 / (drift * drift));
        }
        all
    }

    /// Posterior under a scale of the noise, with the logarithm of its evidence but for what the
    /// errors' and losses' priors add.
    fn belief(&self, scale: f64, precisions: &[f64]) -> Option<(Gaussian, f64)> {
        let mut system = self.gram.mapv(|v| v / scale);
        for (i, precision) in precisions.iter().enumerate() {
            system[[i, i]] += precision;
        }
        let (covariance, log_determinant) = linear::invert(&system)?;
        let moment = self.moment.mapv(|v| v / scale);
        let mean = covariance.dot(&moment);
        let prior: f64 = precisions[self.unknowns..].iter().map(|p| p.ln()).sum();
        let evidence = 0.5 * (prior - log_determinant + moment.dot(&mean));
        mean.iter()
            .all(|v| v.is_finite())
            .then_some((Gaussian { mean, covariance }, evidence))
    }

    /// Scale of the noise and degrees of freedom, from the residuals of a belief (MacKay).
    fn scale(&self, belief: &Gaussian, precisions: &[f64]) -> (f64, f64) {
        let b = &belief.mean;
        let residual = self.squares - 2.0 * b.dot(&self.moment) + b.dot(&self.gram.dot(b));
        let kept: f64 = precisions
            .iter()
            .enumerate()
            .map(|(i, p)| p * belief.covariance[[i, i]])
            .sum();
        let used = uncertainty::statistics::count(precisions.len()) - kept;
        let freedom = (self.rows - used).max(1.0);
        // Ten rows' worth of belief in the fitted noise.
        let scale = (residual.max(0.0) + 10.0) / (freedom + 10.0);
        (scale.clamp(0.2, 50.0), freedom)
    }
}

pub(super) fn solve(estimator: &Estimator) -> Result<Solved, EstimationError> {
    let system = System::new(estimator);
    let losses = estimator.layout.loss_precisions(&estimator.settings);
    let p = system.meters;
    let of_kinds = |mixture: &Mixture, kinds: &[usize]| -> Vec<f64> {
        kinds.iter().map(|k| mixture.precision(*k)).collect()
    };
    let levels = |belief: &Gaussian| Gaussian {
        mean: belief.mean.slice(s![..p]).to_owned(),
        covariance: belief.covariance.slice(s![..p, ..p]).to_owned(),
    };
    let unsolvable = EstimationError::Unsolvable;
    let mut mixture = estimator.mixture.clone();
    let mut drift = estimator.settings.drift_per_year;
    let precisions = system.precisions(&estimator.precisions, &losses, drift);
    let (first, _) = system.belief(1.0, &precisions).ok_or(unsolvable.clone())?;
    let (mut scale, mut freedom) = system.scale(&first, &precisions);
    let mut kinds = mixture.kinds(&levels(&first), &estimator.precisions);
    for round in 0..3 {
        let precisions = system.precisions(&of_kinds(&mixture, &kinds), &losses, drift);
        let (belief, _) = system.belief(scale, &precisions).ok_or(unsolvable.clone())?;
        (scale, freedom) = system.scale(&belief, &precisions);
        let explored = mixture::explore(&mixture, levels(&belief), kinds, if p > 100 { 40 } else { 100 });
        mixture = mixture.learned(&estimator.settings, &explored);
        kinds = explored.state;
        if system.drifts && round == 0 {
            drift = likely_drift(&system, scale, estimator.settings.drift_per_year, |d| {
                system.precisions(&of_kinds(&mixture, &kinds), &losses, d)
            });
        }
    }
    let precisions = system.precisions(&of_kinds(&mixture, &kinds), &losses, drift);
    let (belief, _) = system.belief(scale, &precisions).ok_or(unsolvable.clone())?;
    let all_sound = system.precisions(&of_kinds(&mixture, &vec![0; p]), &losses, drift);
    let (sound, _) = system.belief(scale, &all_sound).ok_or(unsolvable.clone())?;
    let explored = mixture::explore(&mixture, levels(&belief), kinds, if p > 100 { 200 } else { 600 });
    let joint = joint(&belief, &explored.belief, p).ok_or(unsolvable)?;
    Ok(Solved {
        explored,
        joint,
        sound,
        mixture,
        scale,
        freedom,
        drifts: system.drifts,
    })
}

/// The drift's spread with the largest evidence, each factor of ten from the setting at a price.
fn likely_drift(system: &System, scale: f64, setting: f64, precisions: impl Fn(f64) -> Vec<f64>) -> f64 {
    let value = |factor: f64| {
        let price = 0.5 * factor.ln().powi(2);
        system
            .belief(scale, &precisions(setting * factor))
            .map_or(f64::NEG_INFINITY, |(_, evidence)| evidence - price)
    };
    let best = DRIFTS
        .into_iter()
        .map(|f| (value(f), f))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    setting * best.map_or(1.0, |b| b.1)
}

/// What the errors do not fix given the errors is Gaussian whatever the errors' prior: the belief
/// over everything follows from the averaged belief over the errors.
fn joint(belief: &Gaussian, errors: &Gaussian, p: usize) -> Option<Gaussian> {
    let size = belief.mean.len();
    let own = belief.covariance.slice(s![..p, ..p]).to_owned();
    let cross = belief.covariance.slice(s![p.., ..p]);
    let (inverse, _) = linear::invert(&own)?;
    let gain = cross.dot(&inverse);
    let moved = gain.dot(&(&errors.mean - &belief.mean.slice(s![..p])));
    let mut mean = belief.mean.clone();
    mean.slice_mut(s![..p]).assign(&errors.mean);
    let rest = &belief.mean.slice(s![p..]) + &moved;
    mean.slice_mut(s![p..]).assign(&rest);
    let mut covariance = Array2::zeros((size, size));
    let linked = gain.dot(&errors.covariance);
    let own_rest = &belief.covariance.slice(s![p.., p..]) - &gain.dot(&cross.t()) + linked.dot(&gain.t());
    covariance.slice_mut(s![..p, ..p]).assign(&errors.covariance);
    covariance.slice_mut(s![p.., ..p]).assign(&linked);
    covariance.slice_mut(s![..p, p..]).assign(&linked.t());
    covariance.slice_mut(s![p.., p..]).assign(&own_rest);
    Some(Gaussian { mean, covariance })
}
