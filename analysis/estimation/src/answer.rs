//! What is reported: errors with intervals, the balance, findings, and what would help.

use serde::Serialize;

use super::EstimationError;
use super::balance::{self, Balance, Estimate};
use super::estimator::Estimator;
use super::findings::{self, Finding};
use super::identifiability::{self, Advice, Identifiability};
use super::marginal::Marginal;
use super::solve::{self, Solved};
use uncertainty::document::Text;
use uncertainty::statistics::distribution::t_coverage;

/// What is known of the error of one sub-meter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeterError {
    /// Its name.
    pub name: String,
    /// Its error; `None` where these data cannot tell it, and `identifiability` says why.
    pub judged: Option<Belief>,
    /// The probability of a wrong meter reaches [`super::Settings::alarm_probability`]: verify it
    /// on site. Never of a meter that cannot be judged.
    pub suspect: bool,
    /// What is believed with the prior in it, also where the data tell nothing: to measure the
    /// method by, and for nobody to act on.
    #[serde(skip)]
    pub belief: Belief,
    /// Whether these data can tell this meter's error at all.
    pub identifiability: Identifiability,
    /// What would make the estimate better.
    pub advice: Vec<Advice>,
    /// Energy that it counted, kWh, imputed intervals included.
    pub energy: f64,
    /// Its share of the master's energy.
    pub share: f64,
    /// Readings that were missing.
    pub missing: u64,
    /// Steps taken for a reset, an exchange or a false reading.
    pub resets: u64,
    /// Intervals with energy flowing back.
    pub negative: u64,
}

/// An error, stated against the true value.
///
/// Errors are relative (0.01 is 1 %): γ = (x − true)/true = ε/(1 − ε) with ε = (x − true)/x. A
/// meter with γ > 0 counts too much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Belief {
    /// γ at the end of the data: the mean of the belief, drawn towards zero as far as the data
    /// leave it open.
    pub error: f64,
    /// Standard uncertainty of γ.
    pub uncertainty: f64,
    /// Lower end of the 95 % interval of γ.
    pub low: f64,
    /// Upper end of the 95 % interval of γ.
    pub high: f64,
    /// Probability of |γ| > [`super::Settings::alarm_error`].
    pub wrong_probability: f64,
    /// Change of γ per year; absent when the data are too short.
    pub drift_per_year: Option<Estimate>,
}

/// The noise that the data showed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoiseFound {
    /// White noise of the master, relative to the flow of an interval.
    pub master: f64,
    /// Slow unmetered variation, as a share of the mean load.
    pub unmetered: f64,
    /// Intervals that were given less weight as outliers.
    pub outliers: u64,
    /// Spread of the errors of sound meters at this site.
    pub typical_error: f64,
}

/// Everything that the readings tell about the errors of a site.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Unix seconds of the first reading.
    pub from: i64,
    /// Unix seconds of the last reading.
    pub to: i64,
    /// Intervals used.
    pub intervals: u64,
    /// The sub-meters in the order of the site.
    pub meters: Vec<MeterError>,
    /// Covariance of the errors γ, in the order of the site.
    #[serde(skip)]
    pub covariance: Vec<Vec<f64>>,
    /// The balance.
    pub balance: Balance,
    /// The noise.
    pub noise: NoiseFound,
    /// What is wrong with the data or the wiring.
    pub findings: Vec<Finding>,
    /// A constant error of the master up to about this size would not show here.
    pub hidden_master_error: f64,
    /// What these data cannot tell, in words.
    pub limits: Vec<Text>,
}

impl Answer {
    /// Indices of the meters that can be judged, the likeliest to be wrong first.
    pub fn ranking(&self) -> Vec<usize> {
        let judged = self.meters.iter().enumerate();
        let mut order: Vec<(usize, &Belief)> = judged
            .filter_map(|(i, meter)| Some((i, meter.judged.as_ref()?)))
            .collect();
        order.sort_by(|(_, a), (_, b)| {
            let sooner = b.wrong_probability.total_cmp(&a.wrong_probability);
            sooner.then(b.error.abs().total_cmp(&a.error.abs()))
        });
        order.into_iter().map(|(i, _)| i).collect()
    }

    /// Indices of the meters that cannot be judged, in the order of the site.
    pub fn open(&self) -> Vec<usize> {
        let all = 0..self.meters.len();
        all.filter(|i| self.meters[*i].judged.is_none()).collect()
    }
}

/// ε as close to 1 as a γ can be shown for: γ = 99.
const MOST: f64 = 0.99;

/// γ = ε/(1 − ε).
pub(super) fn against_true(epsilon: f64) -> f64 {
    let e = epsilon.min(MOST);
    e / (1.0 - e)
}

/// ε = γ/(1 + γ).
fn against_reading(gamma: f64) -> f64 {
    gamma / (1.0 + gamma)
}

/// dγ/dε.
fn slope(epsilon: f64) -> f64 {
    (1.0 - epsilon.min(MOST)).powi(-2)
}

/// Fewest intervals for any answer.
const LEAST_INTERVALS: usize = 8;

impl Estimator {
    /// The errors as far as the readings so far tell.
    ///
    /// # Errors
    /// Too few usable intervals, or a master that counts nothing.
    pub fn answer(&self) -> Result<Answer, EstimationError> {
        answer(&self.completed())
    }
}

fn answer(estimator: &Estimator) -> Result<Answer, EstimationError> {
    let used = estimator.moments.count;
    if used < LEAST_INTERVALS {
        let stands = estimator.scale.is_none() && estimator.tallies[0].intervals >= LEAST_INTERVALS as u64;
        return Err(if stands {
            EstimationError::MasterStands(estimator.site.master.name.clone())
        } else {
            EstimationError::TooFew {
                given: used,
                needed: LEAST_INTERVALS,
            }
        });
    }
    let solved = solve::solve(estimator)?;
    let p = estimator.layout.meters;
    let widening = t_coverage(0.95, solved.freedom.max(3.0)) / 1.959_964;
    let marginals: Vec<Marginal> = solved
        .explored
        .kinds
        .iter()
        .map(|k| Marginal::new(k, widening))
        .collect();
    let identified = identifiability::judge(estimator, &solved);
    let meters = (0..p)
        .map(|i| meter(estimator, &solved, i, &marginals[i], identified[i].clone()))
        .collect();
    let slopes: Vec<f64> = marginals.iter().map(|m| slope(m.mean)).collect();
    let epsilon = &solved.explored.belief.covariance;
    let covariance = (0..p)
        .map(|i| {
            (0..p)
                .map(|j| epsilon[[i, j]] * slopes[i] * slopes[j] * widening * widening)
                .collect()
        })
        .collect();
    let balance = balance::of(estimator, &solved);
    let hidden = hidden_master_error(estimator, &solved);
    let told: Vec<bool> = identified.iter().map(|i| i.0.identified()).collect();
    let findings = findings::find(estimator, &solved, &marginals, &told, &balance);
    Ok(Answer {
        from: estimator.first_time,
        to: estimator.last_time,
        intervals: used as u64,
        limits: findings::limits(estimator, hidden, &identified),
        meters,
        covariance,
        noise: NoiseFound {
            master: estimator.noise.relative * solved.scale.sqrt(),
            unmetered: estimator.noise.slow * solved.scale.sqrt(),
            outliers: estimator.outliers,
            typical_error: solved.mixture.deviations[0],
        },
        balance,
        findings,
        hidden_master_error: hidden,
    })
}

fn meter(
    estimator: &Estimator,
    solved: &Solved,
    i: usize,
    marginal: &Marginal,
    (identifiability, advice): (Identifiability, Vec<Advice>),
) -> MeterError {
    let settings = &estimator.settings;
    let limit = settings.alarm_error;
    let (over, under) = (against_reading(limit), against_reading(-limit.min(0.5)));
    let inside = marginal.probability_below(over) - marginal.probability_below(under);
    let wrong_probability = (1.0 - inside).clamp(0.0, 1.0);
    let tally = &estimator.tallies[1 + i];
    let master = estimator.tallies[0].energy;
    let drift_per_year = solved.drifts.then(|| {
        let place = estimator.layout.unknowns() + i;
        let factor = slope(marginal.mean);
        Estimate {
            value: solved.joint.mean[place] * factor,
            uncertainty: solved.joint.covariance[[place, place]].max(0.0).sqrt() * factor,
        }
    });
    let (low, high) = (marginal.quantile(0.025), marginal.quantile(0.975));
    let belief = Belief {
        // A small chance of a gross error can pull the mean out of the interval.
        error: against_true(marginal.mean.clamp(low, high)),
        uncertainty: marginal.deviation * slope(marginal.mean),
        low: against_true(low),
        high: against_true(high),
        wrong_probability,
        drift_per_year,
    };
    let told = identifiability.identified();
    MeterError {
        name: estimator.site.meters[i].name.clone(),
        judged: told.then(|| belief.clone()),
        suspect: told && wrong_probability >= settings.alarm_probability,
        belief,
        identifiability,
        advice,
        energy: tally.energy,
        share: if master.abs() > 0.0 {
            tally.energy / master
        } else {
            0.0
        },
        missing: tally.missing,
        resets: tally.resets,
        negative: tally.negative,
    }
}

/// Twice the standard deviation of the master's constant error in the data's own view.
fn hidden_master_error(estimator: &Estimator, solved: &Solved) -> f64 {
    let place = estimator.layout.master();
    let prior = estimator.settings.master_error.powi(-2);
    let information = 1.0 / solved.sound.covariance[[place, place]] - prior;
    if information > 0.0 {
        2.0 / information.sqrt()
    } else {
        f64::INFINITY
    }
}
