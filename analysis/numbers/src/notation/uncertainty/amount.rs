//! How much: one amount, a range, or a formula of the measured length.

use super::Uncertainty;
use crate::number::Exact;
use crate::scan::{NotationError, Result, Scan};
use crate::unit::{read_unit_here, unit_follows};

pub(super) fn range_in_brackets(scan: &Scan) -> bool {
    let mut ahead = scan.clone();
    ahead.bump();
    ahead.unsigned().is_ok()
        && (!unit_follows(&mut ahead) || read_unit_here(&mut ahead).is_ok())
        && tilde(&mut ahead)
}

fn tilde(scan: &mut Scan) -> bool {
    scan.eat_any(&["~", "至", "到"]).is_some()
}

/// One amount, or two with ～ between them, and their unit.
pub(super) fn amounts(scan: &mut Scan, u: &mut Uncertainty) -> Result<()> {
    let bracket = scan.eat("(");
    let amount = |scan: &mut Scan| {
        scan.skip_spaces();
        let column = scan.column();
        let value = scan.unsigned()?;
        check_digits(&value, column)?;
        let unit = if unit_follows(scan) {
            Some(read_unit_here(scan)?)
        } else {
            None
        };
        Ok((value, unit))
    };
    let (first, first_unit) = amount(scan)?;
    u.unit = first_unit;
    u.value = Some(first.clone());
    if tilde(scan) {
        let (second, mut unit) = amount(scan)?;
        if bracket {
            if !scan.eat(")") {
                return scan.fail("close the bracket of the range");
            }
            if unit.is_none() && unit_follows(scan) {
                unit = Some(read_unit_here(scan)?);
            }
        }
        if u.unit.is_some() && u.unit != unit {
            return scan.fail("both ends of a range of uncertainty are in one unit");
        }
        u.unit = unit;
        if first == second {
            return scan.fail("both ends are equal, write the uncertainty once");
        }
        let (smallest, largest) = if first < second {
            (first, second)
        } else {
            scan.warn("the range falls, read from the smaller end");
            (second, first)
        };
        (u.value, u.largest) = (Some(smallest), Some(largest));
    }
    Ok(())
}

/// JJF 1059.1 §5.3.8.1: at most two significant digits.
pub(super) fn check_digits(value: &Exact, column: usize) -> Result<()> {
    if value.is_zero() {
        return Err(NotationError::new(column, "an uncertainty is greater than zero"));
    }
    let digits = value.digits();
    let counted = if value.exponent() < 0 {
        digits.as_str()
    } else {
        digits.trim_end_matches('0')
    };
    if counted.len() > 2 {
        let reason = "more than 2 significant digits in an uncertainty (JJF 1059.1 §5.3.8.1), round it";
        return Err(NotationError::new(column, reason));
    }
    Ok(())
}

pub(super) fn formula(scan: &mut Scan) -> Result<String> {
    let mut text = String::new();
    let mut depth = 0;
    while let Some(c) = scan.bump() {
        match c {
            ')' if depth == 0 => {
                if text.is_empty() || text.ends_with(['+', '-', '/', '×', '·']) {
                    return scan.fail("the formula breaks off");
                }
                return Ok(text);
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' => continue,
            '+' | '-' | '/' | '×' | '·' | '*' | '.' | '^' | '{' | '}' | '|' => {}
            c if c.is_ascii_alphanumeric() || crate::glyph::superscript(c).is_some() => {}
            other => return scan.fail(format!("{other:?} is not part of a formula")),
        }
        if text.is_empty() && !c.is_ascii_alphanumeric() {
            return scan.fail("a formula starts with a number");
        }
        text.push(c);
    }
    scan.fail("close the bracket of the formula")
}
