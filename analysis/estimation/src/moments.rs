//! What all whitened rows so far say, in a size that does not grow with them.

use ndarray::{Array2, s};

/// Σ zzᵀ, Σ t·zzᵀ and Σ t²·zzᵀ over whitened rows z = (unknowns, right side), t in years since the
/// first row. The moments in t carry a linear drift of every error.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    pub(super) plain: Array2<f64>,
    pub(super) first: Array2<f64>,
    pub(super) second: Array2<f64>,
    /// Rows.
    pub(super) count: usize,
}

impl Moments {
    pub(super) fn new(width: usize) -> Self {
        Self {
            plain: Array2::zeros((width, width)),
            first: Array2::zeros((width, width)),
            second: Array2::zeros((width, width)),
            count: 0,
        }
    }

    /// Adds rows; `chunk` rows share one time (their mean), which is exact enough for a drift.
    pub(super) fn add(&mut self, rows: &Array2<f64>, years: &[f64], chunk: usize) {
        let mut start = 0;
        while start < rows.nrows() {
            let end = (start + chunk).min(rows.nrows());
            let part = rows.slice(s![start..end, ..]);
            let time = years[start..end].iter().sum::<f64>() / uncertainty::statistics::count(end - start);
            self.add_square(&part.t().dot(&part), time);
            start = end;
        }
        self.count += rows.nrows();
    }

    fn add_square(&mut self, square: &Array2<f64>, time: f64) {
        self.plain += square;
        self.first.scaled_add(time, square);
        self.second.scaled_add(time * time, square);
    }

    /// Takes out what the steps of one register bring into its columns (`places` with factors):
    /// they enter the right side with the same sign and pull its error towards +100 %.
    pub(super) fn correct(&mut self, places: &[(usize, f64)], amount: f64, time: f64) {
        let last = self.plain.ncols() - 1;
        for (i, a) in places {
            for (j, b) in places {
                // The right side keeps its own variance: the residuals have it, too.
                let part = if *i == last && *j == last {
                    0.0
                } else {
                    amount * a * b
                };
                self.plain[[*i, *j]] -= part;
                self.first[[*i, *j]] -= part * time;
                self.second[[*i, *j]] -= part * time * time;
            }
        }
    }

    /// The moments with time counted from another zero.
    pub(super) fn since(&self, zero: f64) -> Self {
        let mut first = self.first.clone();
        first.scaled_add(-zero, &self.plain);
        let mut second = self.second.clone();
        second.scaled_add(-2.0 * zero, &self.first);
        second.scaled_add(zero * zero, &self.plain);
        Self {
            plain: self.plain.clone(),
            first,
            second,
            count: self.count,
        }
    }
}
