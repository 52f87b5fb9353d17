//! Symmetric positive definite systems: Cholesky, inverse, rank-one change of a prior.
//!
//! Every system here carries a prior on its diagonal and columns of similar size, so the
//! information form is well conditioned; without a prior nothing in this room is solved.

use ndarray::{Array1, Array2};

/// Σ aᵢ·bᵢ in eight lanes: fast, and the order of summation is fixed.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a8
        .remainder()
        .iter()
        .zip(b8.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a8.zip(b8) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// Lower Cholesky factor (row-major) and log-determinant; `None` when not positive definite.
fn factor(matrix: &Array2<f64>) -> Option<(Vec<f64>, f64)> {
    let n = matrix.nrows();
    let mut lower = vec![0.0; n * n];
    let mut log_determinant = 0.0;
    for i in 0..n {
        for j in 0..=i {
            let (head, tail) = lower.split_at_mut(i * n);
            let known = if i == j {
                dot(&tail[..j], &tail[..j])
            } else {
                dot(&tail[..j], &head[j * n..j * n + j])
            };
            let left = matrix[[i, j]] - known;
            if i == j {
                // A pivot that lost all its digits means an indefinite matrix.
                if !(left > matrix[[i, i]].abs() * 1e-14 && left.is_finite()) {
                    return None;
                }
                tail[j] = left.sqrt();
                log_determinant += left.ln();
            } else {
                tail[j] = left / head[j * n + j];
            }
        }
    }
    Some((lower, log_determinant))
}

/// Inverse and log-determinant of a symmetric positive definite matrix; `None` when it is not.
pub(super) fn invert(matrix: &Array2<f64>) -> Option<(Array2<f64>, f64)> {
    let n = matrix.nrows();
    let (lower, log_determinant) = factor(matrix)?;
    // Rows of L⁻¹, by forward substitution over contiguous rows.
    let mut inverse = Array2::<f64>::zeros((n, n));
    {
        let flat = inverse.as_slice_mut()?;
        for i in 0..n {
            let (done, current) = flat.split_at_mut(i * n);
            let pivot = lower[i * n + i];
            for k in 0..i {
                let factor = lower[i * n + k];
                for (c, d) in current[..=k].iter_mut().zip(&done[k * n..=k * n + k]) {
                    *c -= factor * d;
                }
            }
            for c in &mut current[..i] {
                *c /= pivot;
            }
            current[i] = 1.0 / pivot;
        }
    }
    Some((inverse.t().dot(&inverse), log_determinant))
}

/// A Gaussian belief: mean and covariance.
#[derive(Clone, Debug)]
pub(super) struct Gaussian {
    pub(super) mean: Array1<f64>,
    pub(super) covariance: Array2<f64>,
}

impl Gaussian {
    /// Posterior of information `gram`, `moment` and zero-mean priors of given precisions.
    pub(super) fn posterior(gram: &Array2<f64>, moment: &Array1<f64>, precision: &[f64]) -> Option<Self> {
        let mut system = gram.clone();
        for (i, p) in precision.iter().enumerate() {
            system[[i, i]] += p;
        }
        let (covariance, _) = invert(&system)?;
        let mean = covariance.dot(moment);
        mean.iter()
            .all(|v| v.is_finite())
            .then_some(Self { mean, covariance })
    }

    /// Columns with the covariance of this belief, mixed from columns of standard normals.
    pub(super) fn spread(&self, normals: &Array2<f64>) -> Option<Array2<f64>> {
        let n = self.mean.len();
        let (lower, _) = factor(&self.covariance)?;
        Some(Array2::from_shape_vec((n, n), lower).ok()?.dot(normals))
    }

    /// Adds `change` to the prior precision of one coordinate (Sherman-Morrison).
    ///
    /// The caller has checked that 1 + change·variance is positive.
    pub(super) fn change_precision(&mut self, i: usize, change: f64) {
        let column = self.covariance.row(i).to_owned();
        let factor = change / (1.0 + change * column[i]);
        let own = self.mean[i];
        self.mean.scaled_add(-factor * own, &column);
        let n = column.len();
        if let (Some(all), Some(column)) = (self.covariance.as_slice_mut(), column.as_slice()) {
            for (line, c) in all.chunks_exact_mut(n).zip(column) {
                let f = factor * c;
                for (value, d) in line.iter_mut().zip(column) {
                    *value -= f * d;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(n: u32) -> Array2<f64> {
        let side = n as usize;
        let raw = Array2::from_shape_fn((side, side), |(i, j)| ((i * 7 + j * 3) % 11) as f64 / 11.0);
        raw.t().dot(&raw) + Array2::<f64>::eye(side)
    }

    #[test]
    fn inverse_times_matrix_is_one() {
        let a = example(19);
        let (inverse, log_determinant) = invert(&a).unwrap();
        let product = a.dot(&inverse) - Array2::<f64>::eye(19);
        assert!(product.iter().all(|v| v.abs() < 1e-11));
        assert!(log_determinant.is_finite());
        assert!(invert(&(-a)).is_none());
    }

    #[test]
    fn a_changed_prior_is_the_prior_from_the_start() {
        let (gram, moment) = (example(9), Array1::linspace(-1.0, 1.0, 9));
        let mut precision = vec![2.0; 9];
        let mut updated = Gaussian::posterior(&gram, &moment, &precision).unwrap();
        updated.change_precision(4, -1.5);
        precision[4] = 0.5;
        let direct = Gaussian::posterior(&gram, &moment, &precision).unwrap();
        assert!((updated.mean - direct.mean).iter().all(|v| v.abs() < 1e-12));
        assert!(
            (updated.covariance - direct.covariance)
                .iter()
                .all(|v| v.abs() < 1e-12)
        );
    }
}
