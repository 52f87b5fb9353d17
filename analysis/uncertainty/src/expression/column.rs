//! A formula over columns of values: one loop per step, for many trials at once.

use super::formula::{Formula, Step};
use super::scalar::{apply, whole_power};

/// Working storage for one formula.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    steps: Vec<Vec<f64>>,
    symbols: Vec<Vec<f64>>,
}

/// An operand: a column, or the same number throughout.
#[derive(Clone, Copy)]
enum Operand<'a> {
    Column(&'a [f64]),
    Number(f64),
}

impl Formula {
    pub(crate) fn columns(&self, width: usize) -> Columns {
        let column = |step: &Step| match step {
            Step::Constant(_) | Step::Symbol(_) => Vec::new(),
            _ => vec![0.0; width],
        };
        Columns {
            steps: self.steps.iter().map(|(step, _)| column(step)).collect(),
            symbols: self
                .scales
                .iter()
                .zip(&self.used)
                .map(|(scale, used)| {
                    if *used && scale.changes() {
                        vec![0.0; width]
                    } else {
                        Vec::new()
                    }
                })
                .collect(),
        }
    }

    /// Computes the formula for every row of `inputs` (columns in the units of the symbols).
    ///
    /// Where there is no value, NaN or an infinity comes out.
    pub(crate) fn fill(&self, inputs: &[Vec<f64>], work: &mut Columns, out: &mut [f64]) {
        for (index, scaled) in work.symbols.iter_mut().enumerate() {
            let factor = self.scales[index].value;
            for (to, from) in scaled.iter_mut().zip(&inputs[index]) {
                *to = from * factor;
            }
        }
        for (index, (step, _)) in self.steps.iter().enumerate() {
            let (done, rest) = work.steps.split_at_mut(index);
            if let Some(column) = rest.first_mut().filter(|c| !c.is_empty()) {
                let at = |i: usize| self.operand(i, done, inputs, &work.symbols);
                run(step, &at, column);
            }
        }
        let last = self.steps.len() - 1;
        let (done, tail) = work.steps.split_at(last);
        let result = match tail.first() {
            Some(column) if !column.is_empty() => Operand::Column(column),
            _ => self.operand(last, done, inputs, &work.symbols),
        };
        let divisor = self.result.value;
        let changes = self.result.changes();
        match result {
            Operand::Number(x) => out.fill(if changes { x / divisor } else { x }),
            Operand::Column(column) if changes => map(column, out, |x| x / divisor),
            Operand::Column(column) => out.copy_from_slice(&column[..out.len()]),
        }
    }

    fn operand<'a>(
        &'a self,
        index: usize,
        done: &'a [Vec<f64>],
        inputs: &'a [Vec<f64>],
        scaled: &'a [Vec<f64>],
    ) -> Operand<'a> {
        match &self.steps[index].0 {
            Step::Constant(c) => Operand::Number(c.value),
            Step::Symbol(i) if scaled[*i].is_empty() => Operand::Column(&inputs[*i]),
            Step::Symbol(i) => Operand::Column(&scaled[*i]),
            _ => Operand::Column(&done[index]),
        }
    }
}

fn map(from: &[f64], to: &mut [f64], f: impl Fn(f64) -> f64) {
    for (to, x) in to.iter_mut().zip(from) {
        *to = f(*x);
    }
}

fn both(a: Operand<'_>, b: Operand<'_>, to: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Operand::Column(a), Operand::Column(b)) => {
            for ((to, x), y) in to.iter_mut().zip(a).zip(b) {
                *to = f(*x, *y);
            }
        }
        (Operand::Column(a), Operand::Number(y)) => map(a, to, |x| f(x, y)),
        (Operand::Number(x), Operand::Column(b)) => map(b, to, |y| f(x, y)),
        (Operand::Number(x), Operand::Number(y)) => to.fill(f(x, y)),
    }
}

fn each(a: Operand<'_>, to: &mut [f64], f: impl Fn(f64) -> f64) {
    match a {
        Operand::Column(a) => map(a, to, f),
        Operand::Number(x) => to.fill(f(x)),
    }
}

fn run<'a>(step: &Step, at: &impl Fn(usize) -> Operand<'a>, to: &mut [f64]) {
    match step {
        Step::Constant(_) | Step::Symbol(_) => {}
        Step::Negative(a) => each(at(*a), to, |x| -x),
        Step::Add(a, b) => both(at(*a), at(*b), to, |x, y| x + y),
        Step::Subtract(a, b) => both(at(*a), at(*b), to, |x, y| x - y),
        Step::Multiply(a, b) => both(at(*a), at(*b), to, |x, y| x * y),
        Step::Divide(a, b) => both(at(*a), at(*b), to, |x, y| x / y),
        Step::WholePower(a, 2) => each(at(*a), to, |x| x * x),
        Step::WholePower(a, n) => each(at(*a), to, |x| whole_power(x, *n)),
        Step::Power(a, b) => both(at(*a), at(*b), to, libm::pow),
        Step::Call(f, a) => each(at(*a), to, |x| apply(*f, x)),
        // NaN must not hide behind a comparison.
        Step::Least(a, b) => both(at(*a), at(*b), to, |x, y| if y < x || y.is_nan() { y } else { x }),
        Step::Most(a, b) => both(at(*a), at(*b), to, |x, y| if y > x || y.is_nan() { y } else { x }),
    }
}
