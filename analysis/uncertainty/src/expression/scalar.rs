//! What a formula is computed in: f64, exact fractions, and duals of both.

use std::cmp::Ordering;

use super::{Function, Trouble};
use numbers::number::Fraction;

/// Most bits of an exact intermediate value; a formula of sane size stays far below.
const MAX_BITS: u64 = 1 << 16;

pub(crate) trait Scalar: Clone {
    fn constant(exact: Option<&Fraction>, value: f64) -> Result<Self, Trouble>;
    fn negative(&self) -> Self;
    fn add(&self, other: &Self) -> Result<Self, Trouble>;
    fn multiply(&self, other: &Self) -> Result<Self, Trouble>;
    fn divide(&self, other: &Self) -> Result<Self, Trouble>;
    fn whole_power(&self, n: i32) -> Result<Self, Trouble>;
    fn power(&self, exponent: &Self) -> Result<Self, Trouble>;
    fn call(&self, function: Function) -> Result<Self, Trouble>;
    fn compare(&self, other: &Self) -> Ordering;
    /// The sign, for choosing a branch.
    fn sign(&self) -> Ordering;

    fn subtract(&self, other: &Self) -> Result<Self, Trouble> {
        self.add(&other.negative())
    }
    fn number(value: i32) -> Result<Self, Trouble> {
        Self::constant(Some(&Fraction::from(i64::from(value))), f64::from(value))
    }
}

impl Scalar for f64 {
    fn constant(_: Option<&Fraction>, value: f64) -> Result<Self, Trouble> {
        Ok(value)
    }
    fn negative(&self) -> Self {
        -self
    }
    fn add(&self, other: &Self) -> Result<Self, Trouble> {
        finite(self + other)
    }
    fn multiply(&self, other: &Self) -> Result<Self, Trouble> {
        finite(self * other)
    }
    fn divide(&self, other: &Self) -> Result<Self, Trouble> {
        if other.sign() == Ordering::Equal {
            return Err(Trouble::DivisionByZero);
        }
        finite(self / other)
    }
    fn whole_power(&self, n: i32) -> Result<Self, Trouble> {
        if n < 0 && self.sign() == Ordering::Equal {
            return Err(Trouble::DivisionByZero);
        }
        finite(whole_power(*self, n))
    }
    fn power(&self, exponent: &Self) -> Result<Self, Trouble> {
        let base = self.sign();
        let defined = base == Ordering::Greater || (base == Ordering::Equal && *exponent > 0.0);
        if !defined {
            return Err(Trouble::Domain("^ with a broken power", "a base above zero"));
        }
        finite(libm::pow(*self, *exponent))
    }
    fn call(&self, function: Function) -> Result<Self, Trouble> {
        domain(function, *self)?;
        finite(apply(function, *self))
    }
    fn compare(&self, other: &Self) -> Ordering {
        self.partial_cmp(other).unwrap_or(Ordering::Equal)
    }
    fn sign(&self) -> Ordering {
        self.partial_cmp(&0.0).unwrap_or(Ordering::Equal)
    }
}

fn finite(value: f64) -> Result<f64, Trouble> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Trouble::Overflow)
    }
}

/// By repeated squaring in a fixed order: the same bits everywhere.
pub(crate) fn whole_power(base: f64, n: i32) -> f64 {
    let (mut rest, mut square, mut product) = (n.unsigned_abs(), base, 1.0);
    while rest > 0 {
        if rest & 1 == 1 {
            product *= square;
        }
        square *= square;
        rest >>= 1;
    }
    if n < 0 { 1.0 / product } else { product }
}

/// A function in f64; NaN outside its domain.
pub(crate) fn apply(function: Function, x: f64) -> f64 {
    match function {
        Function::Sqrt => x.sqrt(),
        Function::Exp => libm::exp(x),
        Function::Ln => libm::log(x),
        Function::Lg => libm::log10(x),
        Function::Sin => libm::sin(x),
        Function::Cos => libm::cos(x),
        Function::Tan => libm::tan(x),
        Function::Asin => libm::asin(x),
        Function::Acos => libm::acos(x),
        Function::Atan => libm::atan(x),
        Function::Abs => x.abs(),
    }
}

fn domain(function: Function, x: f64) -> Result<(), Trouble> {
    let (fits, needs) = match function {
        Function::Sqrt => (x >= 0.0, "a value not below zero"),
        Function::Ln | Function::Lg => (x > 0.0, "a value above zero"),
        Function::Asin | Function::Acos => (x.abs() <= 1.0, "a value from -1 to 1"),
        _ => (true, ""),
    };
    if fits {
        Ok(())
    } else {
        Err(Trouble::Domain(function.name(), needs))
    }
}

impl Scalar for Fraction {
    fn constant(exact: Option<&Fraction>, _: f64) -> Result<Self, Trouble> {
        exact.cloned().ok_or(Trouble::NotExact("π"))
    }
    fn negative(&self) -> Self {
        self.negated()
    }
    fn add(&self, other: &Self) -> Result<Self, Trouble> {
        short(self.plus(other))
    }
    fn multiply(&self, other: &Self) -> Result<Self, Trouble> {
        short(self.times(other))
    }
    fn divide(&self, other: &Self) -> Result<Self, Trouble> {
        self.over(other).ok_or(Trouble::DivisionByZero).and_then(short)
    }
    fn whole_power(&self, n: i32) -> Result<Self, Trouble> {
        if self.bits().saturating_mul(u64::from(n.unsigned_abs())) > MAX_BITS {
            return Err(Trouble::TooLong);
        }
        self.power(n).ok_or(Trouble::DivisionByZero)
    }
    fn power(&self, _: &Self) -> Result<Self, Trouble> {
        Err(Trouble::NotExact("^ with a broken power"))
    }
    fn call(&self, function: Function) -> Result<Self, Trouble> {
        match function {
            Function::Abs => Ok(self.abs()),
            other => Err(Trouble::NotExact(other.name())),
        }
    }
    fn compare(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
    fn sign(&self) -> Ordering {
        self.cmp(&Self::zero())
    }
}

fn short(value: Fraction) -> Result<Fraction, Trouble> {
    if value.bits() > MAX_BITS {
        Err(Trouble::TooLong)
    } else {
        Ok(value)
    }
}
