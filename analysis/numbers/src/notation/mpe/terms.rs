//! The terms of an error: what each is proportional to, and what a unit behind the bracket belongs to.

use super::{Base, Term};
use crate::number::Exact;
use crate::scan::{NotationError, Result, Scan};
use crate::unit::{Unit, read_unit_here, unit_follows};

/// A term with whether its base was only assumed.
pub(super) struct Draft {
    pub(super) term: Term,
    pub(super) assumed: bool,
}

pub(super) fn terms(scan: &mut Scan) -> Result<Vec<Draft>> {
    let mut terms = vec![term(scan)?];
    while scan.eat("+") || scan.eat("±") {
        if terms.len() >= 8 {
            return scan.fail("more than eight terms");
        }
        if scan.at_end() || scan.peek() == Some(')') {
            return scan.fail("dangling +, a term must follow");
        }
        terms.push(term(scan)?);
    }
    Ok(terms)
}

const READING: [&str; 10] = [
    "读数值",
    "读数",
    "示值",
    "reading",
    "Reading",
    "rdg",
    "Rdg",
    "RDG",
    "RD",
    "Rd",
];
const SPAN: [&str; 17] = [
    "满量程",
    "满刻度",
    "满度",
    "全量程",
    "量程",
    "F.S.",
    "F.S",
    "FSO",
    "FS",
    "Rng",
    "rng",
    "RNG",
    "range",
    "Range",
    "span",
    "Span",
    "输入量程",
];
const DIGITS: [&str; 8] = ["个字", "字", "digits", "digit", "dgts", "dgt", "LSD", "LSB"];

fn base(scan: &mut Scan) -> Option<Base> {
    let start = scan.position();
    let _ = scan.eat_any(&["·", "×", "of ", "of"]);
    if scan.eat_any(&READING).is_some() {
        return Some(Base::Reading);
    }
    if scan.eat_any(&SPAN).is_some() {
        return Some(Base::FullScale);
    }
    scan.reset(start);
    None
}

fn term(scan: &mut Scan) -> Result<Draft> {
    scan.skip_spaces();
    let from = scan.position();
    // `e` alone and `L/100` leave out their 1.
    let bare = letter(scan, 'L') || letter(scan, 'e');
    let coefficient = if bare { Exact::from(1) } else { scan.unsigned()? };
    if scan.written_since(from).contains('e') {
        scan.warn("e read as a power of ten; the scale interval stands apart, 1 e");
    }
    let draft = |coefficient, of, percent, unit, assumed| {
        Ok(Draft {
            term: Term {
                coefficient,
                divisor: None,
                of,
                percent,
                unit,
            },
            assumed,
        })
    };
    scan.skip_spaces();
    if let Some(power) = share(scan)? {
        let found = base(scan);
        let coefficient = if power == 0 {
            coefficient
        } else {
            coefficient.scaled(power)
        };
        return draft(
            coefficient,
            found.unwrap_or(Base::Reading),
            true,
            None,
            found.is_none(),
        );
    }
    if scan.eat("ppm") {
        scan.warn("ppm is not a GB 3101 unit; convert");
        let of = base(scan).unwrap_or(Base::Reading);
        return draft(coefficient.scaled(-6).normalized(), of, false, None, false);
    }
    if scan.eat_any(&DIGITS).is_some() {
        return draft(coefficient, Base::LastDigit, false, None, false);
    }
    if letter(scan, 'e') {
        scan.bump();
        return draft(coefficient, Base::ScaleInterval, false, None, false);
    }
    if scan.peek() == Some('d') && !scan.peek_at(1).is_some_and(|c| c.is_ascii_alphabetic()) {
        scan.bump();
        scan.warn("d = actual scale interval (balances) or digit");
        return draft(coefficient, Base::LastDigit, false, None, false);
    }
    if scan.eat_any(&["×|t|", "·|t|", "*|t|", "|t|"]).is_some() {
        return draft(coefficient, Base::Temperature, false, None, false);
    }
    if let Some(divisor) = length(scan, bare)? {
        let mut found = draft(coefficient, Base::Length, false, None, false)?;
        found.term.divisor = divisor;
        return Ok(found);
    }
    if let Some(of) = base(scan) {
        return draft(coefficient, of, false, None, false);
    }
    let unit = if unit_follows(scan) {
        Some(read_unit_here(scan)?)
    } else {
        None
    };
    if scan.peek() == Some('%') {
        return scan.fail("a percent sign does not belong here");
    }
    draft(coefficient, Base::Absolute, false, unit, false)
}

/// `%` or `‰` behind a coefficient, as the power of ten that brings it to percent.
fn share(scan: &mut Scan) -> Result<Option<i32>> {
    scan.skip_spaces();
    let power = match scan.peek() {
        Some('%') if !scan.rest().starts_with("%RH") && !scan.rest().starts_with("% RH") => 0,
        Some('‰') => -1,
        _ => return Ok(None),
    };
    scan.bump();
    match scan.peek() {
        Some('%' | '‰') => scan.fail("double percent, write one %"),
        _ => Ok(Some(power)),
    }
}

/// Whether a letter comes next and is a quantity by itself: no other stands behind it.
fn letter(scan: &Scan, wanted: char) -> bool {
    scan.peek() == Some(wanted) && !scan.peek_at(1).is_some_and(char::is_alphanumeric)
}

/// `L`, `×L`, `L/100` behind a coefficient: what it is divided by. `None` of a litre: `5L` is one, as long as no unit of
/// length behind the bracket says otherwise.
fn length(scan: &mut Scan, bare: bool) -> Result<Option<Option<Exact>>> {
    let start = scan.position();
    let times = scan.eat_any(&["×", "·", "*"]).is_some();
    scan.skip_spaces();
    if !letter(scan, 'L') {
        scan.reset(start);
        return Ok(None);
    }
    scan.bump();
    let behind = scan.position();
    if scan.eat("/") && scan.number_ahead() {
        let divisor = scan.unsigned()?;
        if divisor.is_zero() {
            return scan.fail("L over zero");
        }
        return Ok(Some(Some(divisor)));
    }
    scan.reset(if bare || times { behind } else { start });
    Ok((bare || times).then_some(None))
}

/// A unit or percent behind the bracket belongs to every term without one; a term that has none to take it would lose it.
pub(super) fn distribute(scan: &mut Scan, terms: &mut [Draft]) -> Result<()> {
    if let Some(power) = share(scan)? {
        let found = base(scan);
        for draft in terms.iter_mut() {
            let term = &mut draft.term;
            let of_a_base = matches!(term.of, Base::Reading | Base::FullScale);
            let bare = term.of == Base::Absolute && term.unit.is_none();
            if term.percent || !(of_a_base && found.is_none() || bare) {
                return scan.fail("a percent sign behind the bracket, and a term inside that takes none: write it behind each term it belongs to");
            }
            term.percent = true;
            if power != 0 {
                term.coefficient = term.coefficient.scaled(power);
            }
            if bare {
                term.of = found.unwrap_or(Base::Reading);
                draft.assumed = found.is_none();
            }
        }
    } else if unit_follows(scan) {
        let column = scan.column();
        let unit = read_unit_here(scan)?;
        if !terms.iter().any(|d| d.term.takes_unit()) {
            let reason =
                format!("no term in the bracket is in {unit}: drop the unit, or write the term that has it");
            return Err(NotationError::new(column, reason));
        }
        let is_length = unit.dimension() == Unit::single("m").dimension();
        for draft in terms.iter_mut().filter(|d| d.term.takes_unit()) {
            if is_length && draft.term.unit.as_ref().is_some_and(|u| u.is_lone("L")) {
                draft.term.of = Base::Length;
                draft.term.unit = None;
            }
            if draft.term.unit.as_ref().is_some_and(|u| *u != unit) {
                return scan.fail("unit conflict: inside and behind the bracket");
            }
            draft.term.unit = Some(unit.clone());
        }
    }
    Ok(())
}
