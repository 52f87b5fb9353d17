//! Units: whether what is added can be added, and whether the result is what was asked for.

mod kind;

use super::formula::{Constant, Formula, Scale, Step};
use super::scalar::Scalar;
use super::{Expression, ExpressionError, Function, Op, Place};
use kind::{Kind, ONE};
use numbers::number::{Exact, Fraction};
use numbers::unit::Unit;

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
    let start = Place { line: 1, column: 1 };
    let scale = |unit: &Unit| {
        Scale::of(unit).map_err(|e| {
            start.error(format!(
                "unit {unit}: {e}; give temperatures in ℃ or K, powers in W, voltages in V"
            ))
        })
    };
    let scales: Vec<Scale> = units
        .iter()
        .map(|(_, unit)| scale(unit))
        .collect::<Result<_, _>>()?;
    let out = scale(result)?;
    let mut through_pi = None;
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
                (Kind::of(units[index].1, scales[index].turns), Step::Symbol(index))
            }
            Op::Negative(a) => (kind(*a), Step::Negative(*a)),
            Op::Add(a, b) => (kind(*a).sum(kind(*b)).map_err(fail)?, Step::Add(*a, *b)),
            Op::Subtract(a, b) => (
                kind(*a).difference(kind(*b)).map_err(fail)?,
                Step::Subtract(*a, *b),
            ),
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
            Op::Power(a, b) => {
                // What leaves out a factor 2π is no constant that a unit can be raised to.
                let constant = constants[*b].as_ref().filter(|_| kind(*b).turns == 0);
                power(kind(*a), *a, kind(*b), *b, constant).map_err(fail)?
            }
            Op::Call(function, a) => (
                call(*function, kind(*a)).map_err(fail)?,
                Step::Call(*function, *a),
            ),
        };
        if let Op::Add(a, b) | Op::Subtract(a, b) | Op::Least(a, b) | Op::Most(a, b) = &node.op
            && kind(*a).turns != kind(*b).turns
        {
            through_pi = through_pi.or(Some(node.place));
        }
        kinds.push(found);
        constants.push(fold(&step, &constants));
        steps.push((step, node.place));
    }
    let last = kinds.last().copied().unwrap_or(ONE);
    let wanted = Kind::of(result, out.turns);
    if let Err(reason) = last.sum(wanted) {
        return Err(start.error(format!(
            "the result is {}, asked for in {result}: {reason}",
            last.name()
        )));
    }
    if last.turns != wanted.turns {
        through_pi = through_pi.or(Some(start));
    }
    Ok(Formula {
        text: expression.text.clone(),
        symbols: units.iter().map(|(name, _)| (*name).to_owned()).collect(),
        scales,
        used: (0..units.len()).map(|i| places.contains(&i)).collect(),
        result: out,
        steps,
        through_pi,
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
        exact: Some(Fraction::from(value).times(&scale.factor)),
    };
    Ok((Kind::of(unit, scale.turns), Step::Constant(constant)))
}

fn power(
    base: Kind,
    a: usize,
    exponent: Kind,
    b: usize,
    constant: Option<&Fraction>,
) -> Result<(Kind, Step), String> {
    if !exponent.is_number() {
        return Err(format!("a power is a plain number, not {}", exponent.name()));
    }
    let whole = |f: &Fraction| {
        let (top, bottom) = f.parts();
        let n = i32::try_from(top.mantissa()).ok()?;
        (bottom == Exact::from(1) && n.abs() <= 64).then_some(n)
    };
    match constant {
        Some(c) => {
            let kind = if base.is_number() {
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
        None if base.is_number() => Ok((ONE, Step::Power(a, b))),
        None => Err(format!(
            "{} to a power that is not a constant: its unit would change",
            base.name()
        )),
    }
}

fn call(function: Function, of: Kind) -> Result<Kind, String> {
    of.settled()?;
    match function {
        Function::Abs => Ok(of),
        Function::Sqrt => {
            let half = Fraction::new(&Exact::from(1), &Exact::from(2)).unwrap_or_else(Fraction::zero);
            of.power(&half)
                .ok_or_else(|| format!("the square root of {} has no unit", of.name()))
        }
        Function::Sin | Function::Cos | Function::Tan if of.is_angle() => Ok(ONE),
        Function::Asin | Function::Acos | Function::Atan if of.is_number() => Ok(Kind::radian()),
        _ if of.is_number() => Ok(ONE),
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
