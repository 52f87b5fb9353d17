//! Limits as text (GB/T 8170-2008 §4.2): basic terms, ranges, deviations, 不含.

mod deviation;
mod terms;

use deviation::{close, deviation, exclusions, raised, relative, slash_pair, symmetric, tolerance};
use terms::{SUFFIXES, Side, between, term};

use crate::limits::{Bound, Limit, Shape};
use crate::number::Exact;
use crate::scan::{Result, Scan};
use crate::unit::{read_unit_here, unit_follows};

impl Limit {
    /// Reads any form of a limit, also a bare number such as `22×10²`.
    ///
    /// ```
    /// use numbers::limits::Limit;
    /// assert_eq!(Limit::parse("≥14×100").unwrap().interval().unwrap().to_string(), "100");
    /// assert_eq!(Limit::parse("≥1400").unwrap().interval().unwrap().to_string(), "1");
    /// assert!(Limit::parse("10±-0.1").is_err());
    /// ```
    ///
    /// # Errors
    /// [`NotationError`](crate::notation::NotationError) with the column.
    pub fn parse(text: &str) -> Result<Self> {
        let mut scan = Scan::new(text)?;
        scan.check_brackets()?;
        read_any(&mut scan, text)
    }
}

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
    if let Some(unit) = &limit.unit {
        let (lower, upper) = limit.bounds();
        let doubts = [lower, upper]
            .into_iter()
            .flatten()
            .filter_map(|b| unit.impossible(&b.value));
        doubts.for_each(|doubt| scan.warn(doubt));
    }
    scan.expect_end()?;
    Ok(limit)
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
    if let Some((upper, lower, percent)) = slash_pair(scan)? {
        if percent && limit.unit.as_ref().is_none_or(|u| !u.is("%")) {
            limit.shape = Shape::Relative {
                basic: first,
                lower,
                upper,
                excluded: [false; 2],
            };
            return Ok(());
        }
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

fn check_order(scan: &Scan, limit: &Limit) -> Result<()> {
    match limit.shape.order() {
        crate::limits::Order::Proper => Ok(()),
        crate::limits::Order::Empty => {
            scan.fail("the limit admits no value: both ends equal and not included")
        }
        crate::limits::Order::Reversed => scan.fail("range reversed: the lower end lies above the upper"),
    }
}
