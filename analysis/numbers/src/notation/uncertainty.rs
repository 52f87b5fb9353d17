//! Statements of measurement uncertainty (JJF 1059.1-2012 §5.3, GUM 7.2).

mod amount;
mod print;
mod qualifier;

use crate::number::Exact;
use crate::scan::{Result, Scan};
use crate::unit::{Unit, read_unit_here, unit_follows};
use amount::{amounts, check_digits, formula, range_in_brackets};
use qualifier::{probability, qualifiers};

/// Which uncertainty a statement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Standard uncertainty u.
    Standard,
    /// Combined standard uncertainty u_c.
    Combined,
    /// Expanded uncertainty U with a stated k.
    Expanded,
    /// Expanded uncertainty U_p with a stated probability or degrees of freedom.
    Probable,
}

/// A statement of uncertainty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncertainty {
    /// Kind of uncertainty.
    pub form: Form,
    /// Relative (U_rel, u_rel).
    pub relative: bool,
    /// Coverage probability as a fraction, `0.95`.
    pub probability: Option<Exact>,
    /// The estimate it belongs to, when stated together.
    pub estimate: Option<Exact>,
    /// The uncertainty, the smallest of a range; empty when given as a formula.
    pub value: Option<Exact>,
    /// The largest of a range, as a scope of calibration states it (U=0.02℃～0.05℃).
    pub largest: Option<Exact>,
    /// `0.02+L/500`.
    pub formula: Option<String>,
    /// Unit of value and estimate.
    pub unit: Option<Unit>,
    /// Coverage factor.
    pub k: Option<Exact>,
    /// Effective degrees of freedom.
    pub dof: Option<u32>,
}

impl Uncertainty {
    fn empty(form: Form) -> Self {
        Self {
            form,
            relative: false,
            probability: None,
            estimate: None,
            value: None,
            largest: None,
            formula: None,
            unit: None,
            k: None,
            dof: None,
        }
    }
}

pub(super) fn read(scan: &mut Scan) -> Result<Uncertainty> {
    scan.skip_spaces();
    if matches!(scan.peek(), Some('U' | 'u')) {
        named(scan)
    } else {
        with_estimate(scan)
    }
}

fn named(scan: &mut Scan) -> Result<Uncertainty> {
    let mut u = Uncertainty::empty(if scan.bump() == Some('U') {
        Form::Expanded
    } else {
        Form::Standard
    });
    let _ = scan.eat("_");
    let brace = scan.eat("{");
    if u.form == Form::Standard && scan.eat("c") {
        u.form = Form::Combined;
        let _ = scan.eat(",");
    }
    u.relative |= scan.eat("rel") || scan.eat("r");
    let index = scan.eat_any(&["₉₅", "₉₉"]);
    if let (Form::Expanded, Some(index)) = (u.form, index) {
        u.form = Form::Probable;
        u.probability = Some(Exact::new(if index == "₉₅" { 95 } else { 99 }, -2));
    } else if u.form == Form::Expanded && scan.peek().is_some_and(|c| c.is_ascii_digit()) {
        u.form = Form::Probable;
        u.probability = Some(probability(scan)?);
        let _ = scan.eat("%");
    } else if u.form == Form::Expanded && scan.eat("p") {
        u.form = Form::Probable;
    }
    u.relative |= scan.eat("rel") || scan.eat(",rel") || scan.eat("_rel");
    if brace && !scan.eat("}") {
        return scan.fail("close the brace of the subscript");
    }
    argument(scan)?;
    if !scan.eat("=") && !scan.eat(":") {
        return scan.fail("= is missing, write U=0.05 mm,k=2");
    }
    scan.skip_spaces();
    if scan.peek() == Some('±') {
        return scan.fail("U is a positive half width, drop the ± (JJF 1059.1)");
    }
    if matches!(scan.peek(), Some('-')) {
        return scan.fail("an uncertainty is positive");
    }
    let start = scan.column();
    if scan.peek() == Some('(') && !range_in_brackets(scan) {
        scan.bump();
        u.formula = Some(formula(scan)?);
        if unit_follows(scan) {
            u.unit = Some(read_unit_here(scan)?);
        }
    } else {
        amounts(scan, &mut u)?;
    }
    qualifiers(scan, &mut u)?;
    check_relative(scan, &u, start)?;
    match &u.unit {
        None if !u.relative => return scan.fail("no unit and no 'rel', write U=0.05 mm or Urel=0.05"),
        Some(unit) if unit.is("%") && !u.relative => match u.form {
            Form::Standard | Form::Combined => {
                return Err(crate::scan::NotationError::new(
                    start,
                    "a relative standard uncertainty is written urel=3%",
                ));
            }
            Form::Expanded => scan.warn("% without rel: relative, or of a quantity in %?"),
            Form::Probable => {}
        },
        _ => {}
    }
    if u.form == Form::Expanded && u.k.is_none() {
        if u.dof.is_some() || u.probability.is_some() {
            u.form = Form::Probable;
        } else {
            scan.warn("k not stated beside U (JJF 1059.1 §5.3.2)");
        }
    }
    if matches!(u.form, Form::Standard | Form::Combined) && u.k.is_some() {
        return scan.fail("a standard uncertainty carries no k, write U");
    }
    Ok(u)
}

/// `(y)`, `(x_1)` behind the symbol: the quantity that it belongs to, which no statement here keeps.
fn argument(scan: &mut Scan) -> Result<()> {
    if !scan.eat("(") {
        return Ok(());
    }
    scan.skip_spaces();
    if !scan.peek().is_some_and(char::is_alphabetic) {
        return scan.fail("in brackets behind the symbol stands the quantity, as in uc(y)");
    }
    while scan
        .peek()
        .is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '{' | '}' | ' '))
    {
        scan.bump();
    }
    if scan.eat(")") {
        Ok(())
    } else {
        scan.fail("close the bracket behind the quantity")
    }
}

/// A relative uncertainty is a plain ratio, and one near 1 has most likely lost its %.
fn check_relative(scan: &mut Scan, u: &Uncertainty, column: usize) -> Result<()> {
    if !u.relative {
        return Ok(());
    }
    let fail = |reason: String| Err(crate::scan::NotationError::new(column, reason));
    if let Some(unit) = u
        .unit
        .as_ref()
        .filter(|unit| unit.dimension() != Unit::one().dimension())
    {
        return fail(format!(
            "a relative uncertainty is in % or a plain number, not in {unit}"
        ));
    }
    let Some(value) = u
        .largest
        .as_ref()
        .or(u.value.as_ref())
        .filter(|_| u.unit.is_none())
    else {
        return Ok(());
    };
    if *value > Exact::from(1) {
        return fail(format!(
            "a relative uncertainty of {value} is more than the value itself: its % is missing"
        ));
    }
    if *value >= Exact::new(1, -1) {
        let percent = value.scaled(2);
        scan.warn(format!(
            "no % behind it: read as a plain number, which is {percent} %; is {value} % meant?"
        ));
    }
    Ok(())
}

/// y(digits), (y±U), y±U.
fn with_estimate(scan: &mut Scan) -> Result<Uncertainty> {
    let mut u = Uncertainty::empty(Form::Combined);
    let bracket = scan.eat("(");
    scan.skip_spaces();
    let negative = scan.peek() == Some('-');
    if negative || scan.peek() == Some('+') {
        scan.bump();
    }
    let y = scan.mantissa()?;
    let y = if negative { -y } else { y };
    let first_unit = if !bracket && unit_follows(scan) {
        Some(read_unit_here(scan)?)
    } else {
        None
    };
    let start = scan.column();
    let plus_minus = scan.eat("±");
    let raw = if plus_minus {
        scan.mantissa()?
    } else if scan.eat("(") {
        scan.skip_spaces();
        if scan.peek() == Some(')') {
            return scan.fail("empty brackets, write the digits of the uncertainty");
        }
        let digits = scan.mantissa()?;
        if !scan.eat(")") {
            return scan.fail("unbalanced bracket behind the uncertainty");
        }
        digits
    } else {
        return scan.fail("an uncertainty is missing, write y(u) or (y±U)");
    };
    // Digits without a point count in the last digit of y.
    let value = if plus_minus || raw.exponent() < 0 || y.exponent() == 0 {
        raw
    } else {
        raw.scaled(y.exponent())
    };
    check_digits(&value, start)?;
    if value.exponent() != y.exponent() {
        let reason = "the last digits of the estimate and its uncertainty do not align (JJF 1059.1 §5.3.8.3)";
        return Err(crate::scan::NotationError::new(start, reason));
    }
    let inner_unit = if plus_minus && unit_follows(scan) {
        Some(read_unit_here(scan)?)
    } else {
        None
    };
    if bracket && !scan.eat(")") {
        return scan.fail("close the bracket behind the uncertainty");
    }
    let power = scan.power(&y)?;
    u.estimate = Some(y.scaled(power));
    u.value = Some(value.scaled(power));
    if unit_follows(scan) {
        u.unit = Some(read_unit_here(scan)?);
    }
    for unit in [first_unit, inner_unit].into_iter().flatten() {
        if u.unit.get_or_insert_with(|| unit.clone()) != &unit {
            return scan.fail("unit conflict between the estimate and its uncertainty");
        }
    }
    let before = scan.position();
    qualifiers(scan, &mut u)?;
    if plus_minus && u.form == Form::Combined && scan.position() > before && u.k.is_none() && u.dof.is_none()
    {
        // Only an explicit u_c leaves the form combined with a qualifier behind it.
        if u.probability.is_none() {
            scan.reset(before);
            return scan.fail("y±u_c is confused with an expanded uncertainty (JJF 1059.1), write y(u)");
        }
    }
    if u.dof.is_some() || u.probability.is_some() {
        u.form = Form::Probable;
    } else if u.k.is_some() {
        u.form = Form::Expanded;
    } else if plus_minus {
        u.form = Form::Expanded;
        scan.warn("k not stated beside ±U (JJF 1059.1 §5.3.2)");
    }
    Ok(u)
}
