//! Correlations: from paired readings, and whether they can be true together.

use crate::statistics::sum::{Sum, mean_parts};
use numbers::number::Exact;

use super::Correlation;

/// Correlation coefficient of two series taken in pairs (JJF 1059.1 §4.4.4.2); of their means too.
///
/// `None` when lengths differ, or a series does not vary.
pub(super) fn of_readings(a: &[Exact], b: &[Exact]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let deviations = |x: &[Exact]| {
        let values: Vec<f64> = x.iter().map(Exact::to_f64).collect();
        let (mean, low) = mean_parts(&values);
        values.iter().map(|v| (v - mean) - low).collect::<Vec<_>>()
    };
    let (a, b) = (deviations(a), deviations(b));
    let product = |x: &[f64], y: &[f64]| {
        let mut sum = Sum::default();
        x.iter().zip(y).for_each(|(x, y)| sum.add_product(*x, *y));
        sum.value()
    };
    let (aa, bb) = (product(&a, &a), product(&b, &b));
    (aa > 0.0 && bb > 0.0).then(|| (product(&a, &b) / (aa.sqrt() * bb.sqrt())).clamp(-1.0, 1.0))
}

/// The full matrix, ones on the diagonal.
pub(crate) fn matrix(count: usize, correlations: &[Correlation]) -> Vec<Vec<f64>> {
    let mut r: Vec<Vec<f64>> = (0..count)
        .map(|i| (0..count).map(|j| f64::from(u8::from(i == j))).collect())
        .collect();
    for c in correlations {
        r[c.a][c.b] = c.r;
        r[c.b][c.a] = c.r;
    }
    r
}

/// Rounding of coefficients with few digits must not refuse a matrix that is singular on purpose.
const TOLERANCE: f64 = 1e-9;

/// Lower triangle L with L·Lᵀ = R; `Err` with the index at which R is not positive semidefinite.
pub(crate) fn cholesky(r: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, usize> {
    let n = r.len();
    let mut l = vec![vec![0.0; n]; n];
    for j in 0..n {
        let square: f64 = (0..j).map(|k| l[j][k] * l[j][k]).sum();
        let pivot: f64 = r[j][j] - square;
        if pivot < -TOLERANCE {
            return Err(j);
        }
        let root = pivot.max(0.0).sqrt();
        l[j][j] = root;
        for i in j + 1..n {
            let inner: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let rest = r[i][j] - inner;
            if pivot > TOLERANCE {
                l[i][j] = rest / root;
            } else if rest.abs() > TOLERANCE.sqrt() {
                return Err(i);
            }
        }
    }
    Ok(l)
}
