//! Forward-mode differentiation: a value together with its partial derivatives.
//!
//! The inner number may be a dual itself, which gives second and third derivatives.

use std::cmp::Ordering;

use super::{Function, Trouble, scalar::Scalar};

/// A value and its derivatives; none at all for a constant.
#[derive(Clone, Debug)]
pub(crate) struct Dual<S> {
    pub(crate) value: S,
    pub(crate) slope: Vec<S>,
}

impl<S: Scalar> Dual<S> {
    /// The independent variable `index` of `count`.
    pub(crate) fn variable(value: S, index: usize, count: usize) -> Result<Self, Trouble> {
        let slope = (0..count).map(|i| S::number(i32::from(i == index)));
        Ok(Self {
            value,
            slope: slope.collect::<Result<_, _>>()?,
        })
    }

    /// `value`, with every derivative multiplied by `outer`.
    fn chain(&self, value: S, outer: &S) -> Result<Self, Trouble> {
        let slope = self.slope.iter().map(|s| s.multiply(outer));
        Ok(Self {
            value,
            slope: slope.collect::<Result<_, _>>()?,
        })
    }

    /// `value`, with derivatives `a·self' + b·other'`.
    fn join(&self, a: &S, other: &Self, b: &S, value: S) -> Result<Self, Trouble> {
        let left = self.chain(value, a)?;
        let right = other.chain(left.value.clone(), b)?;
        let slope = match (left.slope.is_empty(), right.slope.is_empty()) {
            (true, _) => right.slope,
            (_, true) => left.slope,
            _ => {
                let pairs = left.slope.iter().zip(&right.slope);
                pairs.map(|(l, r)| l.add(r)).collect::<Result<_, _>>()?
            }
        };
        Ok(Self {
            value: left.value,
            slope,
        })
    }
}

impl<S: Scalar> Scalar for Dual<S> {
    fn constant(exact: Option<&numbers::number::Fraction>, value: f64) -> Result<Self, Trouble> {
        Ok(Self {
            value: S::constant(exact, value)?,
            slope: Vec::new(),
        })
    }
    fn negative(&self) -> Self {
        Self {
            value: self.value.negative(),
            slope: self.slope.iter().map(S::negative).collect(),
        }
    }
    fn add(&self, other: &Self) -> Result<Self, Trouble> {
        let one = S::number(1)?;
        self.join(&one, other, &one, self.value.add(&other.value)?)
    }
    fn multiply(&self, other: &Self) -> Result<Self, Trouble> {
        self.join(
            &other.value,
            other,
            &self.value,
            self.value.multiply(&other.value)?,
        )
    }
    fn divide(&self, other: &Self) -> Result<Self, Trouble> {
        let value = self.value.divide(&other.value)?;
        let inverse = S::number(1)?.divide(&other.value)?;
        let below = value.multiply(&inverse)?.negative();
        self.join(&inverse, other, &below, value)
    }
    fn whole_power(&self, n: i32) -> Result<Self, Trouble> {
        let value = self.value.whole_power(n)?;
        if n == 0 || self.slope.is_empty() {
            return Ok(Self {
                value,
                slope: Vec::new(),
            });
        }
        let outer = self.value.whole_power(n - 1)?.multiply(&S::number(n)?)?;
        self.chain(value, &outer)
    }
    fn power(&self, exponent: &Self) -> Result<Self, Trouble> {
        let value = self.value.power(&exponent.value)?;
        if self.slope.is_empty() && exponent.slope.is_empty() {
            return Ok(Self {
                value,
                slope: Vec::new(),
            });
        }
        if self.value.sign() != Ordering::Greater {
            return Err(Trouble::NoDerivative("^"));
        }
        let by_base = value.multiply(&exponent.value)?.divide(&self.value)?;
        let by_exponent = if exponent.slope.is_empty() {
            S::number(0)?
        } else {
            value.multiply(&self.value.call(Function::Ln)?)?
        };
        self.join(&by_base, exponent, &by_exponent, value)
    }
    fn call(&self, function: Function) -> Result<Self, Trouble> {
        let x = &self.value;
        let value = x.call(function)?;
        if self.slope.is_empty() {
            return Ok(Self {
                value,
                slope: Vec::new(),
            });
        }
        let one = S::number(1)?;
        let flat = || Trouble::NoDerivative(function.name());
        let over = |top: &S, below: &S| match below.sign() {
            Ordering::Equal => Err(flat()),
            _ => top.divide(below),
        };
        let square = |x: &S| x.multiply(x);
        let outer = match function {
            Function::Sqrt => over(&one, &value.add(&value)?)?,
            Function::Exp => value.clone(),
            Function::Ln => over(&one, x)?,
            Function::Lg => {
                let ten = S::number(10)?.call(Function::Ln)?;
                over(&one, &x.multiply(&ten)?)?
            }
            Function::Sin => x.call(Function::Cos)?,
            Function::Cos => x.call(Function::Sin)?.negative(),
            Function::Tan => one.add(&square(&value)?)?,
            Function::Asin => over(&one, &one.subtract(&square(x)?)?.call(Function::Sqrt)?)?,
            Function::Acos => over(&one, &one.subtract(&square(x)?)?.call(Function::Sqrt)?)?.negative(),
            Function::Atan => over(&one, &one.add(&square(x)?)?)?,
            Function::Abs => match x.sign() {
                Ordering::Less => one.negative(),
                Ordering::Greater => one,
                Ordering::Equal => return Err(flat()),
            },
        };
        self.chain(value, &outer)
    }
    fn compare(&self, other: &Self) -> Ordering {
        self.value.compare(&other.value)
    }
    fn sign(&self) -> Ordering {
        self.value.sign()
    }
}
