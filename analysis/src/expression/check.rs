//! Units: whether what is added can be added, and whether the result is what was asked for.

use super::formula::{Constant, Formula, Scale, Step};
use super::scalar::Scalar;
use super::{Expression, ExpressionError, Function, Op, Place};
use crate::notation::glyph::to_superscript;
use crate::number::{Exact, Fraction};
use crate::unit::{Dimension, Unit};

/// What a node measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    dimension: Dimension,
    zero: Zero,
}

/// Where a temperature counts from; the two do not mix in one sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zero {
    Any,
    Celsius,
    Kelvin,
}

const ONE: Kind = Kind {
    dimension: [0; 7],
    zero: Zero::Any,
};

impl Kind {
    fn of(unit: &Unit) -> Self {
        let zero = if unit.is_lone("℃") {
            Zero::Celsius
        } else if unit.is_lone("K") {
            Zero::Kelvin
        } else {
            Zero::Any
        };
        Self {
            dimension: unit.dimension(),
            zero,
        }
    }

    fn is_one(self) -> bool {
        self.dimension == [0; 7]
    }

    fn name(self) -> String {
        const BASE: [&str; 7] = ["m", "kg", "s", "A", "K", "mol", "cd"];
        let parts = BASE.iter().zip(self.dimension).filter(|(_, n)| *n != 0);
        let parts: Vec<_> = parts
            .map(|(base, n)| match n {
                1 => (*base).to_owned(),
                n => format!("{base}{}", to_superscript(n)),
            })
            .collect();
        match (parts.is_empty(), self.zero) {
            (true, _) => "a plain number".to_owned(),
            (_, Zero::Celsius) => "℃".to_owned(),
            _ => parts.join("·"),
        }
    }

    /// The kind of a sum, or why there is none.
    fn sum(self, other: Self) -> Result<Self, String> {
        if self.dimension != other.dimension {
            let cure = if self.is_one() || other.is_one() {
                "; give the plain number its unit, as in 20 ℃"
            } else {
                ""
            };
            return Err(format!("units clash: {} and {}{cure}", self.name(), other.name()));
        }
        match (self.zero, other.zero) {
            (Zero::Celsius, Zero::Kelvin) | (Zero::Kelvin, Zero::Celsius) => {
                Err("units clash: ℃ and K in one sum; state both in one of them".to_owned())
            }
            (Zero::Any, zero) | (zero, _) => Ok(Self { zero, ..self }),
        }
    }

    fn product(self, other: Self, sign: i32) -> Result<Self, String> {
        let mut dimension = self.dimension;
        for (sum, part) in dimension.iter_mut().zip(other.dimension) {
            *sum += sign * part;
            if sum.abs() > 1_000 {
                return Err("the power of a unit grows beyond every use".to_owned());
            }
        }
        let zero = match (self.is_one(), other.is_one()) {
            (_, true) => self.zero,
            (true, _) if sign > 0 => other.zero,
            _ => Zero::Any,
        };
        Ok(Self { dimension, zero })
    }

    fn power(self, exponent: &Fraction) -> Option<Self> {
        let (top, bottom) = exponent.parts();
        let small = |e: &Exact| i32::try_from(e.mantissa()).ok().filter(|n| n.abs() <= 64);
        let (top, bottom) = (small(&top)?, small(&bottom)?);
        let mut dimension = self.dimension;
        for part in &mut dimension {
            if *part * top % bottom != 0 || (*part * top).abs() > 1_000 {
                return None;
            }
            *part = *part * top / bottom;
        }
        let zero = if (top, bottom) == (1, 1) {
            self.zero
        } else {
            Zero::Any
        };
        Some(Self { dimension, zero })
    }
}

pub(super) fn bind(
    expression: &Expression,
    units: &[(&str, &Unit)],
    result: &Unit,
) -> Result<Formula, ExpressionError> {
    let mut places = Vec::new();
    for (name, place) in &expression.symbols {
        let found = units.iter().position(|(n, _)| n == name);
        places.push(found.ok_or_else(|| place.error(unknown(name, units)))?);
    }
    let mut kinds: Vec<Kind> = Vec::with_capacity(expression.nodes.len());
    let mut constants: Vec<Option<Fraction>> = Vec::with_capacity(expression.nodes.len());
    let mut steps = Vec::with_capacity(expression.nodes.len());
    for node in &expression.nodes {
        let fail = |reason: String| node.place.error(reason);
        let kind = |index: usize| kinds[index];
        let (found, step) = match &node.op {
            Op::Number(value, unit) => number(value, unit.as_ref(), node.place)?,
            Op::Pi => (ONE, Step::Constant(Constant::pi())),
            Op::Symbol(index) => {
                let index = places[*index];
                (Kind::of(units[index].1), Step::Symbol(index))
            }
            Op::Negative(a) => (kind(*a), Step::Negative(*a)),
            Op::Add(a, b) => (kind(*a).sum(kind(*b)).map_err(fail)?, Step::Add(*a, *b)),
            Op::Subtract(a, b) => {
                let mut sum = kind(*a).sum(kind(*b)).map_err(fail)?;
                if kind(*a).zero == kind(*b).zero {
                    // A difference of two temperatures counts from nowhere.
                    sum.zero = Zero::Any;
                }
                (sum, Step::Subtract(*a, *b))
            }
            Op::Multiply(a, b) => (
                kind(*a).product(kind(*b), 1).map_err(fail)?,
                Step::Multiply(*a, *b),
            ),
            Op::Divide(a, b) => (
                kind(*a).product(kind(*b), -1).map_err(fail)?,
                Step::Divide(*a, *b),
            ),
            Op::Least(a, b) => (kind(*a).sum(kind(*b)).map_err(fail)?, Step::Least(*a, *b)),
            Op::Most(a, b) => (kind(*a).sum(kind(*b)).map_err(fail)?, Step::Most(*a, *b)),
            Op::Power(a, b) => power(kind(*a), *a, kind(*b), *b, constants[*b].as_ref()).map_err(fail)?,
            Op::Call(function, a) => (
                call(*function, kind(*a)).map_err(fail)?,
                Step::Call(*function, *a),
            ),
        };
        kinds.push(found);
        constants.push(fold(&step, &constants));
        steps.push((step, node.place));
    }
    let last = kinds.last().copied().unwrap_or(ONE);
    let start = Place { line: 1, column: 1 };
    let wanted = Kind::of(result);
    if let Err(reason) = last.sum(wanted) {
        return Err(start.error(format!(
            "the result is {}, asked for in {result}: {reason}",
            last.name()
        )));
    }
    let scale = |unit: &Unit| {
        Scale::of(unit)
            .map_err(|e| start.error(format!("unit {unit}: {e}; temperatures are given in ℃ or K")))
    };
    Ok(Formula {
        text: expression.text.clone(),
        symbols: units.iter().map(|(name, _)| (*name).to_owned()).collect(),
        scales: units
            .iter()
            .map(|(_, unit)| scale(unit))
            .collect::<Result<_, _>>()?,
        used: (0..units.len()).map(|i| places.contains(&i)).collect(),
        result: scale(result)?,
        steps,
    })
}

fn unknown(name: &str, units: &[(&str, &Unit)]) -> String {
    let known: Vec<_> = units.iter().map(|(n, _)| *n).collect();
    let hint = if Unit::new(name).is_ok() {
        format!("; if a unit is meant, write it in brackets behind its number, as in 5 [m/{name}]")
    } else {
        String::new()
    };
    format!(
        "symbol {name:?} is not defined; defined are {}{hint}",
        if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        }
    )
}

fn number(value: &Exact, unit: Option<&Unit>, place: Place) -> Result<(Kind, Step), ExpressionError> {
    let Some(unit) = unit else {
        return Ok((ONE, Step::Constant(Constant::exact(Fraction::from(value)))));
    };
    let scale = Scale::of(unit).map_err(|e| place.error(e))?;
    let constant = Constant {
        value: scale.si(value.to_f64()),
        exact: scale.exact.then(|| Fraction::from(value).times(&scale.factor)),
    };
    Ok((Kind::of(unit), Step::Constant(constant)))
}

fn power(
    base: Kind,
    a: usize,
    exponent: Kind,
    b: usize,
    constant: Option<&Fraction>,
) -> Result<(Kind, Step), String> {
    if !exponent.is_one() {
        return Err(format!("a power is a plain number, not {}", exponent.name()));
    }
    let whole = |f: &Fraction| {
        let (top, bottom) = f.parts();
        let n = i32::try_from(top.mantissa()).ok()?;
        (bottom == Exact::from(1) && n.abs() <= 64).then_some(n)
    };
    match constant {
        Some(c) => {
            let kind = if base.is_one() {
                ONE
            } else {
                base.power(c)
                    .ok_or_else(|| format!("{} cannot be raised to this power", base.name()))?
            };
            Ok((
                kind,
                match whole(c) {
                    Some(n) => Step::WholePower(a, n),
                    None => Step::Power(a, b),
                },
            ))
        }
        None if base.is_one() => Ok((ONE, Step::Power(a, b))),
        None => Err(format!(
            "{} to a power that is not a constant: its unit would change",
            base.name()
        )),
    }
}

fn call(function: Function, of: Kind) -> Result<Kind, String> {
    match function {
        Function::Abs => Ok(of),
        Function::Sqrt => {
            let half = Fraction::new(&Exact::from(1), &Exact::from(2)).unwrap_or_else(Fraction::zero);
            of.power(&half)
                .ok_or_else(|| format!("the square root of {} has no unit", of.name()))
        }
        _ if of.is_one() => Ok(ONE),
        other => Err(format!(
            "{} takes a plain number, not {}; divide by a value of the same unit",
            other.name(),
            of.name()
        )),
    }
}

/// The value of a step of constants, while it is short.
fn fold(step: &Step, known: &[Option<Fraction>]) -> Option<Fraction> {
    let at = |i: usize| known.get(i).and_then(Option::as_ref);
    let value = match step {
        Step::Constant(constant) => constant.exact.clone()?,
        Step::Negative(a) => at(*a)?.negated(),
        Step::Add(a, b) => at(*a)?.plus(at(*b)?),
        Step::Subtract(a, b) => at(*a)?.minus(at(*b)?),
        Step::Multiply(a, b) => at(*a)?.times(at(*b)?),
        Step::Divide(a, b) => at(*a)?.over(at(*b)?)?,
        Step::WholePower(a, n) => at(*a)?.whole_power(*n).ok()?,
        _ => return None,
    };
    (value.bits() < 4_096).then_some(value)
}
