//! Least squares by Householder QR on ndarray, with uncertainties.
//!
//! Residuals are formed with compensated products and the solution is refined through the
//! augmented system (Björck), so that the digits lost in the factorisation come back.

use ndarray::{Array1, Array2};

use super::sum::{Sum, mean_parts};
use super::{StatisticsError, check, count, finite};

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Coefficients in the order of the columns.
    pub b: Vec<f64>,
    /// Their standard uncertainties; empty when no degree of freedom is left.
    pub se: Vec<f64>,
    /// Residual standard deviation.
    pub resid_sd: f64,
    /// Coefficient of determination; about zero when there is no constant, `None` without spread.
    pub r2: Option<f64>,
    /// Degrees of freedom.
    pub dof: usize,
}

/// Line y = b0 + b1·x, or through the origin.
///
/// ```
/// use analysis::stats::regression::line;
/// // Residuals 0.1·(1, −2, 1) about y = 1 + 2x: s = √0.06, u(b1) = s/√2, u(b0) = s·√(5/6).
/// let fit = line(&[0.0, 1.0, 2.0], &[1.1, 2.8, 5.1], true).unwrap();
/// assert!((fit.b[0] - 1.0).abs() < 1e-14 && (fit.b[1] - 2.0).abs() < 1e-14);
/// assert!((fit.resid_sd - 0.06_f64.sqrt()).abs() < 1e-14 && (fit.se[1] - 0.03_f64.sqrt()).abs() < 1e-14);
/// assert!((fit.se[0] - 0.05_f64.sqrt()).abs() < 1e-14);
/// assert!(line(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0], true).is_err());
/// ```
///
/// # Errors
/// Unpaired, too few or non-finite data; all x equal.
pub fn line(x: &[f64], y: &[f64], intercept: bool) -> Result<Fit, StatisticsError> {
    let first = usize::from(!intercept);
    fit_powers(x, y, first, 1)
}

/// Polynomial y = Σ b_i·x^i of a degree.
///
/// ```
/// use analysis::stats::regression::polynomial;
/// let fit = polynomial(&[-1.0, 0.0, 1.0, 2.0], &[6.0, 1.0, 0.0, 3.0], 2).unwrap();
/// for (b, wanted) in fit.b.iter().zip([1.0, -3.0, 2.0]) {
///     assert!((b - wanted).abs() < 1e-14);
/// }
/// assert!(polynomial(&[1.0, 2.0], &[1.0, 2.0], 2).is_err());
/// ```
///
/// # Errors
/// As [`line`], or fewer different x than coefficients.
pub fn polynomial(x: &[f64], y: &[f64], degree: usize) -> Result<Fit, StatisticsError> {
    fit_powers(x, y, 0, degree)
}

fn fit_powers(x: &[f64], y: &[f64], first: usize, degree: usize) -> Result<Fit, StatisticsError> {
    check(x, 1)?;
    if degree >= x.len() {
        return Err(StatisticsError::TooFew {
            needed: degree + 1,
            given: x.len(),
        });
    }
    let columns = degree + 1 - first;
    let power = |x: f64, p: usize| (0..p).fold(1.0, |product, _| product * x);
    let design = Array2::from_shape_fn((x.len(), columns), |(i, j)| power(x[i], j + first));
    fit(&design, y, first == 0)
}

/// Several regressors (rows without the constant), constant first in the answer.
///
/// ```
/// use analysis::stats::regression::multiple;
/// let rows = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].map(Vec::from);
/// let fit = multiple(&rows, &[1.0, 3.0, 0.0, 2.0]).unwrap();
/// for (b, wanted) in fit.b.iter().zip([1.0, 2.0, -1.0]) {
///     assert!((b - wanted).abs() < 1e-14);
/// }
/// // The second regressor is twice the first.
/// let same = [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]].map(Vec::from);
/// assert!(multiple(&same, &[1.0, 2.0, 3.0, 5.0]).is_err());
/// ```
///
/// # Errors
/// As [`line`]; rows of different length.
pub fn multiple(rows: &[Vec<f64>], y: &[f64]) -> Result<Fit, StatisticsError> {
    let width = rows.first().map_or(0, Vec::len);
    if let Some(odd) = rows.iter().find(|r| r.len() != width) {
        return Err(StatisticsError::Unpaired(width, odd.len()));
    }
    let design = Array2::from_shape_fn(
        (rows.len(), width + 1),
        |(i, j)| if j == 0 { 1.0 } else { rows[i][j - 1] },
    );
    fit(&design, y, true)
}

/// Fits y to the columns of a design matrix; `constant` says that column 0 is one everywhere.
///
/// # Errors
/// Unpaired, too few or non-finite data; [`StatisticsError::Singular`].
pub fn fit(design: &Array2<f64>, y: &[f64], constant: bool) -> Result<Fit, StatisticsError> {
    let (n, p) = design.dim();
    if n != y.len() {
        return Err(StatisticsError::Unpaired(n, y.len()));
    }
    if n < p || p == 0 {
        return Err(StatisticsError::TooFew {
            needed: p.max(1),
            given: n,
        });
    }
    check(y, 1)?;
    if let Some(at) = design.iter().position(|v| !v.is_finite()) {
        return Err(StatisticsError::NotFinite(at / p + 1));
    }
    // Powers of two scale the columns to similar size without rounding.
    let scale: Vec<f64> = (0..p)
        .map(|j| power_of_two(norm(design.column(j).iter().copied())))
        .collect();
    let scaled = Array2::from_shape_fn((n, p), |(i, j)| design[[i, j]] / scale[j]);
    let factor = Householder::new(scaled.clone())?;
    let (b, residual) = solve_refined(&scaled, &factor, y);
    let mut squares = Sum::default();
    residual.iter().for_each(|r| squares.add_product(*r, *r));
    let dof = n - p;
    let (resid_sd, se) = if dof > 0 {
        let sd = finite((squares.value() / count(dof)).sqrt())?;
        let rows = factor.inverse_rows();
        let se = rows.iter().zip(&scale).map(|(row, s)| finite(sd * row / s));
        (sd, se.collect::<Result<_, _>>()?)
    } else {
        (0.0, Vec::new())
    };
    Ok(Fit {
        b: b.iter()
            .zip(&scale)
            .map(|(b, s)| finite(b / s))
            .collect::<Result<_, _>>()?,
        se,
        resid_sd,
        r2: determination(y, squares.value(), constant),
        dof,
    })
}

fn determination(y: &[f64], residual: f64, constant: bool) -> Option<f64> {
    let (mean, low) = if constant { mean_parts(y) } else { (0.0, 0.0) };
    let mut total = Sum::default();
    for v in y {
        let d = (v - mean) - low;
        total.add_product(d, d);
    }
    (total.value() > 0.0).then(|| 1.0 - residual / total.value())
}

fn power_of_two(norm: f64) -> f64 {
    if norm > 0.0 {
        norm.log2().round().exp2()
    } else {
        1.0
    }
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}

/// Augmented system r + A·b = y, Aᵀ·r = 0, refined with compensated residuals.
fn solve_refined(a: &Array2<f64>, factor: &Householder, y: &[f64]) -> (Array1<f64>, Array1<f64>) {
    let (n, p) = a.dim();
    let mut b = Array1::<f64>::zeros(p);
    let mut low = Array1::<f64>::zeros(p);
    let mut r = Array1::<f64>::zeros(n);
    let mut last = f64::INFINITY;
    for _ in 0..12 {
        let f = Array1::from_shape_fn(n, |i| {
            let mut sum = Sum::default();
            sum.add(y[i]);
            sum.add(-r[i]);
            for j in 0..p {
                sum.add_product(-a[[i, j]], b[j]);
                sum.add_product(-a[[i, j]], low[j]);
            }
            sum.value()
        });
        let g = Array1::from_shape_fn(p, |j| {
            let mut sum = Sum::default();
            for i in 0..n {
                sum.add_product(-a[[i, j]], r[i]);
            }
            sum.value()
        });
        let (dr, db) = factor.solve_augmented(&f, &g);
        let step = norm(db.iter().copied());
        if !step.is_finite() || step >= last {
            break;
        }
        last = step;
        r += &dr;
        for j in 0..p {
            let sum = b[j] + db[j];
            low[j] += db[j] - (sum - b[j]);
            b[j] = sum;
        }
    }
    (b + low, r)
}

/// A = QR with reflectors kept below the diagonal.
struct Householder {
    packed: Array2<f64>,
    diagonal: Vec<f64>,
    beta: Vec<f64>,
}

impl Householder {
    fn new(mut a: Array2<f64>) -> Result<Self, StatisticsError> {
        let (n, p) = a.dim();
        let (mut diagonal, mut beta) = (vec![0.0; p], vec![0.0; p]);
        for k in 0..p {
            let before = norm(a.column(k).iter().copied());
            let length = norm((k..n).map(|i| a[[i, k]]));
            if length <= before * 1e-14 || length == 0.0 {
                return Err(StatisticsError::Singular(k + 1));
            }
            let alpha = if a[[k, k]] > 0.0 { -length } else { length };
            a[[k, k]] -= alpha;
            diagonal[k] = alpha;
            let square: f64 = (k..n).map(|i| a[[i, k]] * a[[i, k]]).sum();
            beta[k] = 2.0 / square;
            for j in k + 1..p {
                let dot: f64 = (k..n).map(|i| a[[i, k]] * a[[i, j]]).sum();
                for i in k..n {
                    a[[i, j]] -= beta[k] * dot * a[[i, k]];
                }
            }
        }
        Ok(Self {
            packed: a,
            diagonal,
            beta,
        })
    }

    fn reflect(&self, k: usize, v: &mut Array1<f64>) {
        let n = v.len();
        let dot: f64 = (k..n).map(|i| self.packed[[i, k]] * v[i]).sum();
        for i in k..n {
            v[i] -= self.beta[k] * dot * self.packed[[i, k]];
        }
    }

    fn r(&self, i: usize, j: usize) -> f64 {
        if i == j {
            self.diagonal[i]
        } else {
            self.packed[[i, j]]
        }
    }

    /// Solves [I A; Aᵀ 0]·[dr; db] = [f; g].
    fn solve_augmented(&self, f: &Array1<f64>, g: &Array1<f64>) -> (Array1<f64>, Array1<f64>) {
        let p = self.diagonal.len();
        let mut h = Array1::<f64>::zeros(p);
        for i in 0..p {
            let known: f64 = (0..i).map(|j| self.r(j, i) * h[j]).sum();
            h[i] = (g[i] - known) / self.diagonal[i];
        }
        let mut d = f.clone();
        for k in 0..p {
            self.reflect(k, &mut d);
        }
        let mut db = Array1::<f64>::zeros(p);
        for i in (0..p).rev() {
            let known: f64 = (i + 1..p).map(|j| self.r(i, j) * db[j]).sum();
            db[i] = (d[i] - h[i] - known) / self.diagonal[i];
        }
        for i in 0..p {
            d[i] = h[i];
        }
        for k in (0..p).rev() {
            self.reflect(k, &mut d);
        }
        (d, db)
    }

    /// Norms of the rows of R⁻¹: square roots of the diagonal of (AᵀA)⁻¹.
    fn inverse_rows(&self) -> Vec<f64> {
        let p = self.diagonal.len();
        let mut inverse = Array2::<f64>::zeros((p, p));
        for column in 0..p {
            for i in (0..=column).rev() {
                let known: f64 = (i + 1..=column)
                    .map(|j| self.r(i, j) * inverse[[j, column]])
                    .sum();
                inverse[[i, column]] = (f64::from(u8::from(i == column)) - known) / self.diagonal[i];
            }
        }
        (0..p).map(|i| norm(inverse.row(i).iter().copied())).collect()
    }
}
