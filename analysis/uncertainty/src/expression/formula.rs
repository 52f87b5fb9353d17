//! A formula whose units fit, and its evaluation.

use std::cmp::Ordering;

use super::dual::Dual;
use super::scalar::Scalar;
use super::{Function, Place};
use numbers::number::Fraction;
use numbers::unit::Unit;

/// What went wrong inside a formula.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// x/0 or 0 to a power below zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A function outside its domain.
    #[error("{0} needs {1}")]
    Domain(&'static str, &'static str),
    /// No exact value exists; the formula is computed in f64 instead.
    #[error("{0} has no exact decimal value")]
    NotExact(&'static str),
    /// No derivative exists at this point.
    #[error("{0} has no derivative at this point, give the sensitivity")]
    NoDerivative(&'static str),
    /// Larger than f64 holds.
    #[error("the value is too large")]
    Overflow,
    /// Exact digits grow beyond every use.
    #[error("the exact value has too many digits")]
    TooLong,
    /// Other number of values than symbols.
    #[error("{0} values for {1} symbols")]
    Values(usize, usize),
}

/// A formula that could not be computed, with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} column {column}: {trouble}")]
pub struct EvaluationError {
    /// 1-based line of the formula.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
    /// What went wrong.
    pub trouble: Trouble,
}

/// A number of the formula in coherent SI units.
#[derive(Clone, Debug)]
pub(crate) struct Constant {
    pub(crate) exact: Option<Fraction>,
    pub(crate) value: f64,
}

impl Constant {
    pub(super) fn exact(value: Fraction) -> Self {
        Self {
            value: value.to_f64(),
            exact: Some(value),
        }
    }
    pub(super) fn pi() -> Self {
        Self {
            exact: None,
            value: std::f64::consts::PI,
        }
    }
}

/// Factor of a unit to SI. The fraction leaves out its power of 2π: what is computed exactly has
/// the same power on both sides of every sum, which [`check`](super::check) sees to.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    pub(crate) factor: Fraction,
    pub turns: i32,
    pub value: f64,
}

impl Scale {
    pub(super) fn of(unit: &Unit) -> Result<Self, String> {
        let size = unit.size().map_err(|e| e.to_string())?;
        if unit.counts_from_a_point() && !unit.is_lone("℃") {
            return Err(format!("{unit} counts from a point of its own"));
        }
        let whole = size.fraction().ok_or("the unit has no size")?;
        Ok(Self {
            value: whole.to_f64(),
            factor: size.rational().ok_or("the unit has no size")?,
            turns: size.turns,
        })
    }

    fn same(&self, other: &Self) -> bool {
        self.factor == other.factor && self.turns == other.turns
    }

    /// Whether the factor is anything but one.
    pub(crate) fn changes(&self) -> bool {
        self.value.to_bits() != 1.0_f64.to_bits()
    }

    /// A number in this unit, in SI.
    pub(crate) fn si(&self, number: f64) -> f64 {
        number * self.value
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Constant(Constant),
    Symbol(usize),
    Negative(usize),
    Add(usize, usize),
    Subtract(usize, usize),
    Multiply(usize, usize),
    Divide(usize, usize),
    WholePower(usize, i32),
    Power(usize, usize),
    Call(Function, usize),
    Least(usize, usize),
    Most(usize, usize),
}

/// An expression whose symbols have units and whose result has one.
#[derive(Clone, Debug)]
pub struct Formula {
    pub(super) text: String,
    pub(super) symbols: Vec<String>,
    pub(super) scales: Vec<Scale>,
    pub(super) used: Vec<bool>,
    pub(super) result: Scale,
    pub(super) steps: Vec<(Step, Place)>,
    /// Where π enters through a unit, if it does.
    pub(super) through_pi: Option<Place>,
}

type Evaluated<T> = Result<T, EvaluationError>;

impl Formula {
    /// The text as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The symbols in the order in which values are given.
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// Whether the formula mentions a symbol by its index.
    pub fn uses(&self, index: usize) -> bool {
        self.used.get(index).copied().unwrap_or(false)
    }

    /// The symbol that the formula consists of, when it is nothing else and keeps its unit.
    pub fn lone_symbol(&self) -> Option<usize> {
        match self.steps.as_slice() {
            [(Step::Symbol(index), _)] if self.scales[*index].same(&self.result) => Some(*index),
            _ => None,
        }
    }

    /// Whether it is made of products and quotients alone, so that f64 loses no digits in it.
    pub fn is_product(&self) -> bool {
        self.steps.iter().all(|(step, _)| {
            matches!(
                step,
                Step::Constant(_)
                    | Step::Symbol(_)
                    | Step::Negative(_)
                    | Step::Multiply(..)
                    | Step::Divide(..)
                    | Step::WholePower(..)
                    | Step::Call(Function::Abs, _)
            )
        })
    }

    /// The exact value, in the unit of the result; values in the units they were bound to.
    ///
    /// # Errors
    /// Division by zero, and [`Trouble::NotExact`] where a function leaves the fractions.
    pub fn exact(&self, values: &[Fraction]) -> Evaluated<Fraction> {
        let result = self.run(&self.exact_values(values)?)?;
        self.exact_result(&result)
    }

    /// The exact value and its exact derivatives by every symbol, in result unit per symbol unit.
    ///
    /// # Errors
    /// As [`Formula::exact`], and where there is no derivative.
    pub fn exact_gradient(&self, values: &[Fraction]) -> Evaluated<(Fraction, Vec<Fraction>)> {
        let inputs = self.exact_values(values)?;
        let found = self.run(&self.variables(inputs)?)?;
        let value = self.exact_result(&found.value)?;
        let mut slope = Vec::with_capacity(values.len());
        for index in 0..values.len() {
            let in_si = found.slope.get(index).cloned().unwrap_or_else(Fraction::zero);
            let per = in_si.times(&self.scales[index].factor);
            slope.push(self.exact_result(&per)?);
        }
        Ok((value, slope))
    }

    /// The value in f64.
    ///
    /// # Errors
    /// Division by zero, a function outside its domain, overflow.
    pub fn value(&self, values: &[f64]) -> Evaluated<f64> {
        Ok(self.run(&self.si_values(values)?)? / self.result.value)
    }

    /// The value and its derivatives by every symbol in f64 (forward mode, no step size).
    ///
    /// ```
    /// use uncertainty::expression::Expression;
    /// use numbers::unit::Unit;
    /// let (volt, ampere, ohm) = ("V", "A", "Ω");
    /// let [volt, ampere, ohm] = [volt, ampere, ohm].map(|u| Unit::new(u).unwrap());
    /// let read = Expression::parse("U/I").unwrap();
    /// let r = read.bind(&[("U", &volt), ("I", &ampere)], &ohm).unwrap();
    /// assert_eq!(r.gradient(&[6.0, 2.0]).unwrap(), (3.0, vec![0.5, -1.5]));
    /// let zero = r.gradient(&[6.0, 0.0]).unwrap_err();
    /// assert_eq!(zero.to_string(), "line 1 column 2: division by zero");
    /// ```
    ///
    /// # Errors
    /// As [`Formula::value`], and where there is no derivative.
    pub fn gradient(&self, values: &[f64]) -> Evaluated<(f64, Vec<f64>)> {
        let inputs = self.si_values(values)?;
        let found = self.run(&self.variables(inputs)?)?;
        let slope = (0..values.len()).map(|i| {
            let in_si = found.slope.get(i).copied().unwrap_or(0.0);
            in_si * self.scales[i].value / self.result.value
        });
        Ok((found.value / self.result.value, slope.collect()))
    }

    /// The derivatives ∂y/∂x_i, ∂²y/∂x_i∂x_j and ∂³y/∂x_i∂x_j² for one pair.
    pub(crate) fn third(&self, values: &[f64], i: usize, j: usize) -> Evaluated<(f64, f64, f64)> {
        let inputs = self.si_values(values)?;
        let count = inputs.len();
        let lift = |index: usize, value: f64| -> Result<Dual<Dual<Dual<f64>>>, Trouble> {
            let slot = |wanted: usize| if index == wanted { 0 } else { 1 };
            let inner = Dual::variable(value, slot(i), 1)?;
            let middle = Dual::variable(inner, slot(j), 1)?;
            Dual::variable(middle, slot(j), 1)
        };
        let start = Place { line: 1, column: 1 };
        let lifted = inputs.iter().enumerate().map(|(n, v)| lift(n, *v));
        let lifted = lifted.collect::<Result<Vec<_>, _>>().map_err(|t| at(start, t))?;
        debug_assert_eq!(lifted.len(), count);
        let y = self.run(&lifted)?;
        let zero = Dual {
            value: Dual {
                value: 0.0,
                slope: vec![0.0],
            },
            slope: Vec::new(),
        };
        let first = |d: &Dual<f64>| d.slope.first().copied().unwrap_or(0.0);
        let outer = y.slope.first().unwrap_or(&zero);
        let (a, b) = (self.scales[i].value, self.scales[j].value);
        let out = self.result.value;
        Ok((
            first(&y.value.value) * a / out,
            first(&outer.value) * a * b / out,
            outer.slope.first().map_or(0.0, first) * a * b * b / out,
        ))
    }

    fn exact_result(&self, value: &Fraction) -> Evaluated<Fraction> {
        let start = Place { line: 1, column: 1 };
        value
            .over(&self.result.factor)
            .ok_or_else(|| at(start, Trouble::DivisionByZero))
    }

    fn count(&self, given: usize) -> Evaluated<()> {
        if given == self.symbols.len() {
            return Ok(());
        }
        let start = Place { line: 1, column: 1 };
        Err(at(start, Trouble::Values(given, self.symbols.len())))
    }

    fn exact_values(&self, values: &[Fraction]) -> Evaluated<Vec<Fraction>> {
        self.count(values.len())?;
        if let Some(place) = self.through_pi {
            return Err(at(place, Trouble::NotExact("π")));
        }
        Ok(values
            .iter()
            .zip(&self.scales)
            .map(|(v, s)| v.times(&s.factor))
            .collect())
    }

    fn si_values(&self, values: &[f64]) -> Evaluated<Vec<f64>> {
        self.count(values.len())?;
        Ok(values.iter().zip(&self.scales).map(|(v, s)| s.si(*v)).collect())
    }

    fn variables<S: Scalar>(&self, values: Vec<S>) -> Evaluated<Vec<Dual<S>>> {
        let count = values.len();
        let start = Place { line: 1, column: 1 };
        let lift = values.into_iter().enumerate();
        lift.map(|(index, value)| Dual::variable(value, index, count).map_err(|t| at(start, t)))
            .collect()
    }

    /// Runs the steps; the last one is the result, in SI.
    fn run<S: Scalar>(&self, symbols: &[S]) -> Evaluated<S> {
        let mut done: Vec<S> = Vec::with_capacity(self.steps.len());
        for (step, place) in &self.steps {
            let value = one(step, symbols, &done).map_err(|trouble| at(*place, trouble))?;
            done.push(value);
        }
        done.pop().ok_or_else(|| {
            let start = Place { line: 1, column: 1 };
            at(start, Trouble::Values(0, 0))
        })
    }
}

fn at(place: Place, trouble: Trouble) -> EvaluationError {
    EvaluationError {
        line: place.line,
        column: place.column,
        trouble,
    }
}

fn one<S: Scalar>(step: &Step, symbols: &[S], done: &[S]) -> Result<S, Trouble> {
    match step {
        Step::Constant(c) => S::constant(c.exact.as_ref(), c.value),
        Step::Symbol(i) => Ok(symbols[*i].clone()),
        Step::Negative(a) => Ok(done[*a].negative()),
        Step::Add(a, b) => done[*a].add(&done[*b]),
        Step::Subtract(a, b) => done[*a].subtract(&done[*b]),
        Step::Multiply(a, b) => done[*a].multiply(&done[*b]),
        Step::Divide(a, b) => done[*a].divide(&done[*b]),
        Step::WholePower(a, n) => done[*a].whole_power(*n),
        Step::Power(a, b) => done[*a].power(&done[*b]),
        Step::Call(f, a) => done[*a].call(*f),
        Step::Least(a, b) => Ok(pick(&done[*a], &done[*b], Ordering::Less)),
        Step::Most(a, b) => Ok(pick(&done[*a], &done[*b], Ordering::Greater)),
    }
}

fn pick<S: Scalar>(a: &S, b: &S, wanted: Ordering) -> S {
    if b.compare(a) == wanted {
        b.clone()
    } else {
        a.clone()
    }
}
