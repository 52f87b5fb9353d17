//! The belief about one meter: a mixture of at most three normals.

use uncertainty::statistics::distribution::normal_probability;

use super::mixture::{KINDS, KindMoments};

#[derive(Clone, Debug)]
pub(super) struct Marginal {
    /// (weight, mean, standard deviation).
    parts: [(f64, f64, f64); KINDS],
    pub(super) mean: f64,
    pub(super) deviation: f64,
    /// Student's widening for the estimated noise.
    widening: f64,
}

impl Marginal {
    pub(super) fn new(kinds: &[KindMoments; KINDS], widening: f64) -> Self {
        let total: f64 = kinds.iter().map(|k| k.weight).sum::<f64>().max(f64::MIN_POSITIVE);
        let mean = kinds.iter().map(|k| k.mean).sum::<f64>() / total;
        let square = kinds.iter().map(|k| k.square).sum::<f64>() / total;
        let parts = kinds.map(|k| {
            if k.weight <= 0.0 {
                return (0.0, mean, 1e-9);
            }
            let m = k.mean / k.weight;
            (
                k.weight / total,
                m,
                (k.square / k.weight - m * m).max(1e-18).sqrt(),
            )
        });
        Self {
            parts,
            mean,
            deviation: (square - mean * mean).max(1e-18).sqrt() * widening,
            widening,
        }
    }

    /// P(ε ≤ x).
    pub(super) fn probability_below(&self, x: f64) -> f64 {
        let x = self.mean + (x - self.mean) / self.widening;
        self.parts
            .iter()
            .map(|(w, m, s)| w * normal_probability((x - m) / s))
            .sum()
    }

    /// x with P(ε ≤ x) = p.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let reach = |side: f64| {
            let ends = self
                .parts
                .iter()
                .filter(|q| q.0 > 0.0)
                .map(|(_, m, s)| m + side * 9.0 * s);
            ends.fold(self.mean, |a, b| if side < 0.0 { a.min(b) } else { a.max(b) })
        };
        let stretch = |x: f64| self.mean + (x - self.mean) * self.widening;
        let (mut low, mut high) = (stretch(reach(-1.0)), stretch(reach(1.0)));
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.probability_below(middle) < p {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_normal_has_the_quantiles_of_the_tables() {
        let mut kinds = [KindMoments::default(); KINDS];
        kinds[0] = KindMoments {
            weight: 1.0,
            mean: 2.0,
            square: 4.0 + 9.0,
        };
        let marginal = Marginal::new(&kinds, 1.0);
        assert!((marginal.quantile(0.975) - (2.0 + 3.0 * 1.959_964)).abs() < 1e-4);
        assert!((marginal.quantile(0.025) - (2.0 - 3.0 * 1.959_964)).abs() < 1e-4);
        assert!((marginal.deviation - 3.0).abs() < 1e-12);
    }

    #[test]
    fn two_kinds_give_a_lopsided_interval() {
        let part = |weight: f64, mean: f64, deviation: f64| KindMoments {
            weight,
            mean: weight * mean,
            square: weight * (mean * mean + deviation * deviation),
        };
        let marginal = Marginal::new(
            &[
                part(0.9, 0.0, 0.004),
                part(0.1, 0.05, 0.01),
                KindMoments::default(),
            ],
            1.0,
        );
        assert!(marginal.quantile(0.975) > 0.05);
        assert!(marginal.quantile(0.025) > -0.01);
    }
}
