//! Least squares by Householder QR (nalgebra), with uncertainties.
//!
//! Residuals are formed with compensated products and the solution is refined through the
//! augmented system (Björck), so that the digits lost in the factorisation come back.

use nalgebra::{DMatrix, DVector};
use ndarray::Array2;

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
/// use uncertainty::statistics::regression::line;
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
/// use uncertainty::statistics::regression::polynomial;
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
/// use uncertainty::statistics::regression::multiple;
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
    let scaled = DMatrix::from_fn(n, p, |i, j| design[[i, j]] / scale[j]);
    let factor = Factor::new(scaled.clone())?;
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
fn solve_refined(a: &DMatrix<f64>, factor: &Factor, y: &[f64]) -> (DVector<f64>, DVector<f64>) {
    let (n, p) = a.shape();
    let mut b = DVector::<f64>::zeros(p);
    let mut low = DVector::<f64>::zeros(p);
    let mut r = DVector::<f64>::zeros(n);
    let mut last = f64::INFINITY;
    for _ in 0..12 {
        let f = DVector::from_fn(n, |i, _| {
            let mut sum = Sum::default();
            sum.add(y[i]);
            sum.add(-r[i]);
            for j in 0..p {
                sum.add_product(-a[(i, j)], b[j]);
                sum.add_product(-a[(i, j)], low[j]);
            }
            sum.value()
        });
        let g = DVector::from_fn(p, |j, _| {
            let mut sum = Sum::default();
            for i in 0..n {
                sum.add_product(-a[(i, j)], r[i]);
            }
            sum.value()
        });
        let Some((dr, db)) = factor.solve_augmented(&f, &g) else {
            break;
        };
        let step = db.norm();
        if !step.is_finite() || step >= last {
            break;
        }
        last = step;
        r += dr;
        for j in 0..p {
            let sum: f64 = b[j] + db[j];
            low[j] += db[j] - (sum - b[j]);
            b[j] = sum;
        }
    }
    (b + low, r)
}

/// A = Q·R, Q with as many columns as A.
struct Factor {
    q: DMatrix<f64>,
    r: DMatrix<f64>,
}

impl Factor {
    fn new(a: DMatrix<f64>) -> Result<Self, StatisticsError> {
        let norms: Vec<f64> = a.column_iter().map(|c| c.norm()).collect();
        let (q, r) = a.qr().unpack();
        let lost = |k: &usize| r[(*k, *k)].abs() <= norms[*k] * 1e-14;
        match (0..norms.len()).find(lost) {
            Some(k) => Err(StatisticsError::Singular(k + 1)),
            None => Ok(Self { q, r }),
        }
    }

    /// Solves [I A; Aᵀ 0]·[dr; db] = [f; g]; `None` cannot be, the diagonal of R has no zero.
    fn solve_augmented(&self, f: &DVector<f64>, g: &DVector<f64>) -> Option<(DVector<f64>, DVector<f64>)> {
        let h = self.r.tr_solve_upper_triangular(g)?;
        let above = self.q.tr_mul(f) - h;
        let db = self.r.solve_upper_triangular(&above)?;
        Some((f - &self.q * above, db))
    }

    /// Norms of the rows of R⁻¹: square roots of the diagonal of (AᵀA)⁻¹.
    fn inverse_rows(&self) -> Vec<f64> {
        let p = self.r.ncols();
        let inverse = self.r.solve_upper_triangular(&DMatrix::identity(p, p));
        inverse.map_or(Vec::new(), |i| i.row_iter().map(|row| row.norm()).collect())
    }
}
