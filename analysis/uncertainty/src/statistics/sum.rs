//! Compensated sums (double-double accumulation, Dekker and Knuth).

/// A running sum of about twice f64's digits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// Adds a value.
    pub fn add(&mut self, x: f64) {
        let (sum, error) = two_sum(self.high, x);
        let (high, low) = fast_two_sum(sum, error + self.low);
        (self.high, self.low) = (high, low);
    }

    /// Adds a product without rounding it first.
    pub fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        self.add(product);
        self.add(a.mul_add(b, -product));
    }

    /// The sum, rounded once.
    pub fn value(self) -> f64 {
        self.high + self.low
    }

    /// The sum and what rounding drops from it.
    pub fn parts(self) -> (f64, f64) {
        (self.high, self.low)
    }
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// The compensated sum of values.
pub fn sum(data: &[f64]) -> f64 {
    let mut total = Sum::default();
    data.iter().for_each(|x| total.add(*x));
    total.value()
}

/// The mean as a rounded part and the rest.
pub fn mean_parts(data: &[f64]) -> (f64, f64) {
    let mut total = Sum::default();
    data.iter().for_each(|x| total.add(*x));
    let n = super::count(data.len());
    let mean = total.value() / n;
    // One step of Newton: what is missing is the mean of the deviations.
    let mut rest = Sum::default();
    for x in data {
        rest.add(x - mean);
    }
    (mean, rest.value() / n)
}
