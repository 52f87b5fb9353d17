//! What register steps bring into the moments, and how much of it may be taken out again.
//!
//! Errors of a regressor bias its coefficient: the steps of a register enter its own column and
//! the right side alike and pull its error towards +100 %. Their expected part is taken out. It is
//! an expectation: where columns move together, or a load is so regular that its steps repeat, the
//! data hold less of it than expected, and taking all of it out would leave a system that no noise
//! can explain. So it is bounded by what the block tells about each column beside the others.

use ndarray::Array2;

use super::block::{self, Fitted};
use super::design::Layout;
use super::linear;

/// What to take out of the moments for one meter.
pub(super) struct Correction {
    /// Columns in which its steps appear, with factors; right side last.
    pub(super) places: Vec<(usize, f64)>,
    pub(super) amount: f64,
}

/// Most of what a block tells about a column that may be called steps of its register.
const MOST: f64 = 0.5;

/// Keeps columns without any information finite; far below the widest prior of a meter.
const TRACE: f64 = 1e-3;

/// `brought` is the expected variance that each meter's steps bring into a block.
pub(super) fn corrections(
    layout: &Layout,
    fitted: &Fitted,
    losses: &[f64],
    brought: &[f64],
) -> Vec<Correction> {
    let right = layout.unknowns();
    let mut all: Vec<Correction> = (0..layout.meters)
        .map(|i| {
            let mut places = vec![(i, 1.0), (right, 1.0)];
            // The flow is a sum of all registers: near its mean its square moves twice as much.
            if fitted.complete {
                places.extend([(layout.master(), -1.0), (layout.variable(), -2.0)]);
            }
            let amount = brought[i];
            Correction { places, amount }
        })
        .collect();
    let (mut system, _) = block::split(&fitted.own);
    for (i, precision) in losses.iter().enumerate() {
        system[[layout.meters + i, layout.meters + i]] += precision;
    }
    for i in 0..layout.meters {
        system[[i, i]] += TRACE;
    }
    let Some((covariance, _)) = linear::invert(&system) else {
        return Vec::new();
    };
    for correction in &mut all {
        let known = || correction.places.iter().filter(|(place, _)| *place < right);
        let spread: f64 = known()
            .flat_map(|(i, a)| known().map(move |(j, b)| (*i, *j, a * b)))
            .map(|(i, j, factor)| factor * covariance[[i, j]])
            .sum();
        correction.amount = correction.amount.min(MOST / spread.max(f64::MIN_POSITIVE));
    }
    // Each alone leaves enough; all together might not.
    while !leaves_enough(&system, &all, right) {
        all.iter_mut().for_each(|c| c.amount *= 0.5);
    }
    all
}

/// Whether the system stays well inside what can be solved without the corrections.
fn leaves_enough(system: &Array2<f64>, corrections: &[Correction], right: usize) -> bool {
    let mut left = system.clone();
    for correction in corrections {
        let known = || correction.places.iter().filter(|(place, _)| *place < right);
        for ((i, a), (j, b)) in known().flat_map(|a| known().map(move |b| (a, b))) {
            left[[*i, *j]] -= correction.amount * a * b / 0.9;
        }
    }
    corrections.iter().all(|c| c.amount < 1e-12) || linear::invert(&left).is_some()
}
