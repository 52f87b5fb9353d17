//! Limits as text (GB/T 8170-2008 §4.2): basic terms, ranges, deviations, 不含.

use super::NotationError;
use super::scan::{Result, Scan};
use crate::limits::{Bound, Limit, Shape};
use crate::number::Exact;
use crate::unit::{Unit, read_unit_here, unit_follows};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

/// §4.2.2 table 2: term, side, whether the limit itself conforms.
const TERMS: &[(&str, Side, bool)] = &[
    ("大于或等于", Side::Lower, true),
    ("等于或大于", Side::Lower, true),
    ("大于等于", Side::Lower, true),
    ("高于或等于", Side::Lower, true),
    ("不小于", Side::Lower, true),
    ("不低于", Side::Lower, true),
    ("不少于", Side::Lower, true),
    ("不短于", Side::Lower, true),
    ("不得小于", Side::Lower, true),
    ("不得低于", Side::Lower, true),
    ("不应小于", Side::Lower, true),
    ("不应低于", Side::Lower, true),
    ("至少", Side::Lower, true),
    ("最小", Side::Lower, true),
    ("≥", Side::Lower, true),
    (">=", Side::Lower, true),
    ("小于或等于", Side::Upper, true),
    ("等于或小于", Side::Upper, true),
    ("小于等于", Side::Upper, true),
    ("低于或等于", Side::Upper, true),
    ("不大于", Side::Upper, true),
    ("不高于", Side::Upper, true),
    ("不多于", Side::Upper, true),
    ("不超过", Side::Upper, true),
    ("不长于", Side::Upper, true),
    ("不得大于", Side::Upper, true),
    ("不得超过", Side::Upper, true),
    ("不应大于", Side::Upper, true),
    ("不应超过", Side::Upper, true),
    ("至多", Side::Upper, true),
    ("最多", Side::Upper, true),
    ("最大", Side::Upper, true),
    ("≤", Side::Upper, true),
    ("<=", Side::Upper, true),
    ("大于", Side::Lower, false),
    ("多于", Side::Lower, false),
    ("高于", Side::Lower, false),
    ("超过", Side::Lower, false),
    (">", Side::Lower, false),
    ("小于", Side::Upper, false),
    ("少于", Side::Upper, false),
    ("低于", Side::Upper, false),
    ("不足", Side::Upper, false),
    ("不到", Side::Upper, false),
    ("未满", Side::Upper, false),
    ("<", Side::Upper, false),
];

const SUFFIXES: &[(&str, Side, bool)] = &[
    ("及其以上", Side::Lower, true),
    ("及以上", Side::Lower, true),
    ("及其以下", Side::Upper, true),
    ("及以下", Side::Upper, true),
    ("以上", Side::Lower, true),
    ("以下", Side::Upper, true),
];

/// Reads any form of a limit, for a bare number fails.
pub(crate) fn read(scan: &mut Scan, text: &str) -> Result<Limit> {
    let limit = read_any(scan, text)?;
    if matches!(limit.shape, Shape::Bare(_)) {
        return scan.fail("no limit term, write ≥, ≤, ～ or ±");
    }
    Ok(limit)
}

/// Reads any form of a limit; a bare number is accepted for its interval.
pub(crate) fn read_any(scan: &mut Scan, text: &str) -> Result<Limit> {
    let mut limit = Limit {
        text: text.trim().to_owned(),
        shape: Shape::Bare(Exact::zero()),
        unit: None,
    };
    for vague in ["约", "大约", "左右", "近似", "大概", "≈"] {
        if scan.ahead(vague) {
            return scan.fail(format!("{vague} is not a limit term of GB/T 8170"));
        }
    }
    if let Some(class) = class_limit(scan)? {
        limit.shape = class;
        return Ok(limit);
    }
    let named = variable(scan);
    match term(scan) {
        Some((side, inclusive)) => after_term(scan, &mut limit, side, inclusive)?,
        None if named => return scan.fail("a sign ≤ < ≥ > must follow the quantity"),
        None => after_number(scan, &mut limit)?,
    }
    exclusions(scan, &mut limit)?;
    if limit.unit.is_none() && unit_follows(scan) {
        limit.unit = Some(read_unit_here(scan)?);
        exclusions(scan, &mut limit)?;
    }
    check_order(scan, &limit)?;
    scan.expect_end()?;
    Ok(limit)
}

fn term(scan: &mut Scan) -> Option<(Side, bool)> {
    TERMS
        .iter()
        .find(|(word, ..)| scan.eat(word))
        .map(|(_, side, inclusive)| (*side, *inclusive))
}

/// 优于0.05级, 不低于0.5级: a limit on a class, which no number can be judged by.
fn class_limit(scan: &mut Scan) -> Result<Option<Shape>> {
    let start = scan.position();
    let inclusive = if scan.eat("优于") {
        scan.warn("优于 is not a GB/T 8170 term; ambiguous whether the class itself qualifies");
        None
    } else if scan.ahead("级") && scan.eat_any(&["不低于", "不劣于"]).is_some() {
        Some(true)
    } else {
        return Ok(None);
    };
    let name = super::class::name(scan)?;
    if !scan.eat("级") {
        if inclusive.is_none() {
            return scan.fail("优于 is understood only before a class, write 优于0.05级");
        }
        scan.reset(start);
        return Ok(None);
    }
    Ok(Some(Shape::Class { name, inclusive }))
}

/// A letter or dot that stands for the measured value: X, A, x, ·.
fn variable(scan: &mut Scan) -> bool {
    scan.skip_spaces();
    let start = scan.position();
    let stands = matches!(
        scan.peek(),
        Some('X' | 'x' | 'A' | 'Y' | 'y' | 'R' | 'L' | 'd' | 't' | '·')
    );
    if stands {
        scan.bump();
        let sign = scan.clone().eat_any(&["≤", "≥", "<", ">"]).is_some();
        if sign {
            return true;
        }
    }
    scan.reset(start);
    false
}

fn value(scan: &mut Scan, limit: &mut Limit) -> Result<Exact> {
    let column = scan.column();
    let value = scan.number()?;
    merge_unit(scan, limit, column)?;
    Ok(value)
}

fn merge_unit(scan: &mut Scan, limit: &mut Limit, _column: usize) -> Result<()> {
    if !unit_follows(scan) || is_word(scan) {
        return Ok(());
    }
    let unit = read_unit_here(scan)?;
    match &limit.unit {
        Some(known) if *known != unit => scan.fail(format!(
            "unit conflict: {known} and {unit}, write both in one unit"
        )),
        _ => {
            limit.unit = Some(unit);
            Ok(())
        }
    }
}

/// Whether what follows is the variable of `1.2≤X≤1.6` or a word, not a unit.
fn is_word(scan: &Scan) -> bool {
    variable(&mut scan.clone())
}

fn after_term(scan: &mut Scan, limit: &mut Limit, side: Side, inclusive: bool) -> Result<()> {
    let bracket = scan.eat("(");
    let first = value(scan, limit)?;
    let second = if scan.eat_any(&["~", "至", "到"]).is_some() {
        if side == Side::Upper {
            return scan.fail("a range starts with its lower end");
        }
        let inclusive = term(scan).map_or(Ok(true), |(s, i)| {
            if s == Side::Upper {
                Ok(i)
            } else {
                scan.fail("the upper end needs ≤ or <")
            }
        })?;
        Some((Side::Upper, inclusive, value(scan, limit)?))
    } else {
        let joined = scan
            .eat_any(&["并且", "且", "和", "并", "与", "而", ",", ";"])
            .is_some();
        let start = scan.position();
        match term(scan) {
            Some((other, inclusive)) if other != side => Some((other, inclusive, value(scan, limit)?)),
            Some(_) => return scan.fail("both terms limit the same side"),
            None if joined => {
                scan.reset(start);
                return scan.fail("a second term must follow");
            }
            None => None,
        }
    };
    if bracket {
        if !scan.eat(")") {
            return scan.fail("close the bracket");
        }
        let column = scan.column();
        merge_unit(scan, limit, column)?;
    }
    let bound = |value, inclusive| Some(Bound { value, inclusive });
    let (mut lower, mut upper) = (None, None);
    for (side, inclusive, value) in [Some((side, inclusive, first)), second].into_iter().flatten() {
        if side == Side::Lower {
            lower = bound(value, inclusive);
        } else {
            upper = bound(value, inclusive);
        }
    }
    limit.shape = Shape::Interval { lower, upper };
    Ok(())
}

fn after_number(scan: &mut Scan, limit: &mut Limit) -> Result<()> {
    if scan.eat("±") {
        let tolerance = tolerance(scan)?;
        let column = scan.column();
        merge_unit(scan, limit, column)?;
        limit.shape = Shape::Deviation {
            basic: None,
            lower: -&tolerance,
            upper: tolerance,
            excluded: [false; 2],
        };
        return Ok(());
    }
    let bracket = scan.eat("(");
    let first = value(scan, limit)?;
    if scan.eat("±") {
        return symmetric(scan, limit, first, bracket);
    }
    if let Some((side, inclusive)) = between(scan) {
        return chain(scan, limit, first, side, inclusive);
    }
    if let Some(separator) = scan.eat_any(&["~", "至", "到", "..."]) {
        if separator == "..." {
            scan.warn("the sign of a range is ～");
        }
        return range(scan, limit, first, bracket);
    }
    if bracket {
        return scan.fail("a range or ± belongs in brackets");
    }
    if scan.eat("^{") {
        return raised(scan, limit, first);
    }
    if let Some(deviations) = relative(scan, limit)? {
        let (lower, upper) = deviations;
        limit.shape = Shape::Relative {
            basic: first,
            lower,
            upper,
            excluded: [false; 2],
        };
        return Ok(());
    }
    if let Some((upper, lower)) = slash_pair(scan)? {
        let column = scan.column();
        merge_unit(scan, limit, column)?;
        limit.shape = deviation(first, lower, upper);
        return Ok(());
    }
    if scan.peek() == Some('-') && scan.peek_at(1).is_some_and(|c| c.is_ascii_digit()) {
        scan.bump();
        scan.warn("- between numbers read as ～");
        return range(scan, limit, first, false);
    }
    let suffix = SUFFIXES.iter().find(|(word, ..)| scan.eat(word));
    if let Some((word, side, inclusive)) = suffix {
        if !word.starts_with('及') {
            scan.warn(format!("{word} read as 及{word}, the limit itself included"));
        }
        let bound = Some(Bound {
            value: first,
            inclusive: *inclusive,
        });
        limit.shape = match side {
            Side::Lower => Shape::Interval {
                lower: bound,
                upper: None,
            },
            Side::Upper => Shape::Interval {
                lower: None,
                upper: bound,
            },
        };
        return Ok(());
    }
    limit.shape = Shape::Bare(first);
    Ok(())
}

fn deviation(basic: Exact, lower: Exact, upper: Exact) -> Shape {
    Shape::Deviation {
        basic: Some(basic),
        lower,
        upper,
        excluded: [false; 2],
    }
}

/// The magnitude behind ±.
fn tolerance(scan: &mut Scan) -> Result<Exact> {
    scan.skip_spaces();
    if matches!(scan.peek(), Some('-' | '+')) {
        return scan.fail("negative tolerance: after ± stands a magnitude");
    }
    scan.unsigned()
}

fn symmetric(scan: &mut Scan, limit: &mut Limit, basic: Exact, bracket: bool) -> Result<()> {
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

fn close(scan: &mut Scan, bracket: bool) -> Result<()> {
    if bracket && !scan.eat(")") {
        scan.fail("close the bracket")
    } else {
        Ok(())
    }
}

fn between(scan: &mut Scan) -> Option<(Side, bool)> {
    let sign = scan.eat_any(&["≤", "<=", "<", "≥", ">=", ">"])?;
    let inclusive = sign != "<" && sign != ">";
    Some((
        if sign.starts_with(['≤', '<']) {
            Side::Lower
        } else {
            Side::Upper
        },
        inclusive,
    ))
}

/// `1.2≤X<1.6`, `1.6>X≥1.2`.
fn chain(scan: &mut Scan, limit: &mut Limit, first: Exact, side: Side, inclusive: bool) -> Result<()> {
    scan.skip_spaces();
    if !scan.peek().is_some_and(|c| c.is_ascii_alphabetic() || c == '·') {
        return scan.fail("the measured quantity is missing between the signs, write 1.2≤X≤1.6");
    }
    scan.bump();
    let mut ends = [None, None];
    ends[usize::from(side == Side::Upper)] = Some(Bound {
        value: first,
        inclusive,
    });
    if let Some((second_side, inclusive)) = between(scan) {
        if second_side != side {
            return scan.fail("the two signs point against each other");
        }
        let value = value(scan, limit)?;
        ends[usize::from(side == Side::Lower)] = Some(Bound { value, inclusive });
    }
    let [lower, upper] = ends;
    limit.shape = Shape::Interval { lower, upper };
    Ok(())
}

fn range(scan: &mut Scan, limit: &mut Limit, first: Exact, bracket: bool) -> Result<()> {
    let inclusive = match term(scan) {
        None => true,
        Some((Side::Upper, inclusive)) => inclusive,
        Some((Side::Lower, _)) => return scan.fail("the upper end needs ≤ or <"),
    };
    scan.skip_spaces();
    if scan.peek() == Some('-') && scan.peek_at(1) == Some('-') {
        return scan.fail("double sign, a number has one");
    }
    let second = value(scan, limit)?;
    close(scan, bracket)?;
    let column = scan.column();
    merge_unit(scan, limit, column)?;
    limit.shape = Shape::Interval {
        lower: Some(Bound {
            value: first,
            inclusive: true,
        }),
        upper: Some(Bound {
            value: second,
            inclusive,
        }),
    };
    Ok(())
}

/// Behind `^{`: `+2}_{-1}`.
fn raised(scan: &mut Scan, limit: &mut Limit, basic: Exact) -> Result<()> {
    let (upper, lower, percent) = raised_pair(scan)?;
    if percent && limit.unit.as_ref().is_some_and(|u| !u.is("%")) {
        scan.warn("GB 3101 form is A(1^{+b1}_{-b2}%)");
        limit.shape = Shape::Relative {
            basic,
            lower,
            upper,
            excluded: [false; 2],
        };
        return Ok(());
    }
    let column = scan.column();
    merge_unit(scan, limit, column)?;
    limit.shape = deviation(basic, lower, upper);
    Ok(())
}

fn raised_pair(scan: &mut Scan) -> Result<(Exact, Exact, bool)> {
    let upper = scan.number()?;
    let percent = scan.eat("%");
    if !(scan.eat("}_{") || scan.eat("}") && scan.eat("_{")) {
        return scan.fail("the lower deviation is missing, write A^{+b1}_{-b2}");
    }
    let lower = scan.number()?;
    if scan.eat("%") != percent && !lower.is_zero() && !upper.is_zero() {
        return scan.fail("percent at one deviation only");
    }
    if !scan.eat("}") {
        return scan.fail("close the brace of the lower deviation");
    }
    Ok((upper, lower, percent))
}

/// `+2/-1`, `+2 -1` with or without brackets; `None` when no sign follows.
fn slash_pair(scan: &mut Scan) -> Result<Option<(Exact, Exact)>> {
    let start = scan.position();
    let bracket = scan.eat("(");
    scan.skip_spaces();
    if !matches!(scan.peek(), Some('+' | '-')) || !scan.number_ahead() {
        scan.reset(start);
        return Ok(None);
    }
    let upper = scan.number()?;
    let slash = scan.eat("/") || scan.eat(",");
    if !(slash || scan.number_ahead() && matches!(scan.peek(), Some('+' | '-'))) {
        scan.reset(start);
        return Ok(None);
    }
    let lower = scan.number()?;
    close(scan, bracket)?;
    Ok(Some((upper, lower)))
}

/// `(1±5%)`, `×(1±5%)`, `(1^{+7}_{-10}%)`, `(1+7%/-10%)`.
fn relative(scan: &mut Scan, limit: &mut Limit) -> Result<Option<(Exact, Exact)>> {
    let start = scan.position();
    let times = scan.eat("×") || scan.eat("·");
    if !scan.eat("(1") || scan.peek().is_some_and(|c| c.is_ascii_digit() || c == '.') {
        if times {
            return scan.fail("write A×(1±b%)");
        }
        scan.reset(start);
        return Ok(None);
    }
    let (lower, upper) = if scan.eat("±") {
        let b = tolerance(scan)?;
        (-&b, b)
    } else if scan.eat("^{") {
        let (upper, lower, _) = raised_pair(scan)?;
        (lower, upper)
    } else {
        let upper = scan.number()?;
        let _ = scan.eat("%");
        let _ = scan.eat("/") || scan.eat(",");
        (scan.number()?, upper)
    };
    // A percent sign inside the braces has been taken with them.
    let inside = !scan.eat("%");
    if inside && !limit.text.contains(['%', '％']) {
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
fn exclusions(scan: &mut Scan, limit: &mut Limit) -> Result<()> {
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

fn check_order(scan: &Scan, limit: &Limit) -> Result<()> {
    match limit.shape.order() {
        crate::limits::Order::Proper => Ok(()),
        crate::limits::Order::Empty => {
            scan.fail("the limit admits no value: both ends equal and not included")
        }
        crate::limits::Order::Reversed => scan.fail("range reversed: the lower end lies above the upper"),
    }
}
