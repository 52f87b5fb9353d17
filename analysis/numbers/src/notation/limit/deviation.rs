//! Deviations from a basic value: A±b, A^{+b1}_{-b2}, A(1±b%), and what is 不含.

use super::merge_unit;
use crate::limits::{Limit, Shape};
use crate::number::Exact;
use crate::scan::NotationError;
use crate::scan::{Result, Scan};
use crate::unit::{Unit, read_unit_here, unit_follows};

pub(super) fn deviation(basic: Exact, lower: Exact, upper: Exact) -> Shape {
    Shape::Deviation {
        basic: Some(basic),
        lower,
        upper,
        excluded: [false; 2],
    }
}

/// The magnitude behind ±.
pub(super) fn tolerance(scan: &mut Scan) -> Result<Exact> {
    scan.skip_spaces();
    if matches!(scan.peek(), Some('-' | '+')) {
        return scan.fail("negative tolerance: after ± stands a magnitude");
    }
    scan.unsigned()
}

pub(super) fn symmetric(scan: &mut Scan, limit: &mut Limit, basic: Exact, bracket: bool) -> Result<()> {
    let b = tolerance(scan)?;
    let percent_here = scan.clone().eat("%") && !scan.clone().eat("%RH");
    let base_is_percent = limit.unit.as_ref().is_some_and(|u| u.is("%"));
    if percent_here && limit.unit.is_some() && !base_is_percent {
        scan.eat("%");
        scan.warn(format!(
            "GB 3101 form is {basic}{}×(1±{b}%)",
            limit.unit.as_ref().map(Unit::to_string).unwrap_or_default()
        ));
        limit.shape = Shape::Relative {
            basic,
            lower: -&b,
            upper: b,
            excluded: [false; 2],
        };
        return close(scan, bracket);
    }
    if percent_here && limit.unit.is_none() && bracket {
        scan.eat("%");
        close(scan, bracket)?;
        let column = scan.column();
        merge_unit(scan, limit, column)?;
        if limit.unit.is_none() {
            return scan.fail("is % the unit of both numbers? write (A±b)% or A(1±b%)");
        }
        scan.warn("GB 3101 form is A(1±b%)");
        limit.shape = Shape::Relative {
            basic,
            lower: -&b,
            upper: b,
            excluded: [false; 2],
        };
        return Ok(());
    }
    let column = scan.column();
    let percent_alone = percent_here && limit.unit.is_none() && !bracket;
    merge_unit(scan, limit, column)?;
    if percent_alone {
        scan.warn("% read as the unit of both numbers, write (A±b)% or A(1±b%)");
    }
    close(scan, bracket)?;
    let column = scan.column();
    merge_unit(scan, limit, column)?;
    limit.shape = deviation(basic, -&b, b);
    Ok(())
}

pub(super) fn close(scan: &mut Scan, bracket: bool) -> Result<()> {
    if bracket && !scan.eat(")") {
        scan.fail("close the bracket")
    } else {
        Ok(())
    }
}

/// Behind `^{`: `+2}_{-1}`, with % at both deviations or behind the pair.
pub(super) fn raised(scan: &mut Scan, limit: &mut Limit, basic: Exact) -> Result<()> {
    let (upper, lower, inside) = raised_pair(scan)?;
    let behind = !inside && percent_ahead(scan);
    let other_unit = limit.unit.as_ref().is_some_and(|u| !u.is("%"));
    if (inside && limit.unit.is_none()) || ((inside || behind) && other_unit) {
        if behind {
            scan.eat("%");
        }
        scan.warn("GB 3101 form is A(1^{+b1}_{-b2}%)");
        limit.shape = Shape::Relative {
            basic,
            lower,
            upper,
            excluded: [false; 2],
        };
        return Ok(());
    }
    if behind && limit.unit.is_none() {
        scan.warn("% read as the unit of all three numbers, write A(1^{+b1}_{-b2}%) if it is of A");
    }
    let column = scan.column();
    merge_unit(scan, limit, column)?;
    limit.shape = deviation(basic, lower, upper);
    Ok(())
}

fn percent_ahead(scan: &Scan) -> bool {
    scan.clone().eat("%") && !scan.clone().eat("%RH") && !scan.clone().eat("% RH")
}

fn raised_pair(scan: &mut Scan) -> Result<(Exact, Exact, bool)> {
    let upper = scan.number()?;
    let percent = scan.eat("%");
    if !(scan.eat("}_{") || scan.eat("}") && scan.eat("_{")) {
        return scan.fail("the lower deviation is missing, write A^{+b1}_{-b2}");
    }
    let lower = scan.number()?;
    let second = scan.eat("%");
    if second != percent && !lower.is_zero() && !upper.is_zero() {
        return scan.fail("percent at one deviation only");
    }
    if !scan.eat("}") {
        return scan.fail("close the brace of the lower deviation");
    }
    Ok((upper, lower, percent || second))
}

/// `+2/-1`, `+2 -1`, `+5%/-3%`, with or without brackets; whether both are in percent of the basic value. `None` when
/// no sign follows.
pub(super) fn slash_pair(scan: &mut Scan) -> Result<Option<(Exact, Exact, bool)>> {
    let start = scan.position();
    let bracket = scan.eat("(");
    scan.skip_spaces();
    if !matches!(scan.peek(), Some('+' | '-')) || !scan.number_ahead() {
        scan.reset(start);
        return Ok(None);
    }
    let upper = scan.number()?;
    let percent = percent_ahead(scan) && scan.eat("%");
    let slash = scan.eat("/") || scan.eat(",");
    if !(slash || scan.number_ahead() && matches!(scan.peek(), Some('+' | '-'))) {
        scan.reset(start);
        return Ok(None);
    }
    let lower = scan.number()?;
    if percent && !(percent_ahead(scan) && scan.eat("%")) {
        return scan.fail("percent at one deviation only");
    }
    close(scan, bracket)?;
    Ok(Some((upper, lower, percent)))
}

/// `(1±5%)`, `×(1±5%)`, `(1^{+7}_{-10}%)`, `(1+7%/-10%)`.
pub(super) fn relative(scan: &mut Scan, limit: &mut Limit) -> Result<Option<(Exact, Exact)>> {
    let start = scan.position();
    let times = scan.eat("×") || scan.eat("·");
    if !scan.eat("(1") || scan.peek().is_some_and(|c| c.is_ascii_digit() || c == '.') {
        if times {
            return scan.fail("write A×(1±b%)");
        }
        scan.reset(start);
        return Ok(None);
    }
    let (lower, upper, inside) = if scan.eat("±") {
        let b = tolerance(scan)?;
        (-&b, b, false)
    } else if scan.eat("^{") {
        let (upper, lower, percent) = raised_pair(scan)?;
        (lower, upper, percent)
    } else {
        let upper = scan.number()?;
        let percent = scan.eat("%");
        let _ = scan.eat("/") || scan.eat(",");
        let lower = scan.number()?;
        if percent && !scan.clone().eat("%") {
            return scan.fail("percent at one deviation only");
        }
        (lower, upper, false)
    };
    if scan.eat("%") == inside {
        return scan.fail("a relative deviation is in %, write A(1±b%)");
    }
    if !scan.eat(")") {
        return scan.fail("close the bracket of the deviation");
    }
    let column = scan.column();
    merge_unit(scan, limit, column)?;
    Ok(Some((lower, upper)))
}

/// `(不含0.1)`, `(不含+0.1)`, `(不含5%)`.
pub(super) fn exclusions(scan: &mut Scan, limit: &mut Limit) -> Result<()> {
    while scan.eat("(不含") || scan.eat("(不包括") || scan.eat("(不包含") {
        loop {
            let _ = scan.eat("±");
            scan.skip_spaces();
            let signed = matches!(scan.peek(), Some('+' | '-'));
            let column = scan.column();
            let named = scan.number()?;
            if !scan.eat("%") && unit_follows(scan) {
                read_unit_here(scan)?;
            }
            if !limit.shape.exclude(&named, signed) {
                let reason = "不含 names a deviation that is not a bound of this limit";
                return Err(NotationError::new(column, reason));
            }
            if scan.eat_any(&["和", "及", "与", ",", "/"]).is_none() {
                break;
            }
        }
        if !scan.eat(")") {
            return scan.fail("close the bracket of 不含");
        }
    }
    Ok(())
}
