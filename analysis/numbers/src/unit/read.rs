//! Reading of units: symbols, Chinese names, tolerated misspellings with a warning.

use super::{Factor, Unit, names, table};
use crate::scan::NotationError;
use crate::scan::{Result, Scan};

/// A unit and what a careful reader would say about its spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitReading {
    /// The unit.
    pub unit: Unit,
    /// Remarks, each naming what was assumed.
    pub warnings: Vec<String>,
}

/// Reads a unit that fills the whole text.
///
/// # Errors
/// Unknown symbol, two solidi without brackets, something dangling; each with its column.
pub fn parse(text: &str) -> std::result::Result<UnitReading, NotationError> {
    let mut scan = Scan::new(text)?;
    scan.check_brackets()?;
    let unit = scan_unit(&mut scan)?;
    scan.expect_end()?;
    Ok(UnitReading {
        unit,
        warnings: scan.warnings,
    })
}

/// Whether a unit may start here.
pub(crate) fn unit_ahead(scan: &mut Scan) -> bool {
    scan.skip_spaces();
    match scan.peek() {
        Some('%' | '‰' | '℃' | '°' | '′' | '″') => true,
        Some(c) if is_symbol(c) => true,
        Some(c) if is_chinese(c) => chinese(&mut scan.clone()).is_some(),
        Some('(') => bracketed(&mut scan.clone()).is_some(),
        _ => false,
    }
}

/// `(MPa)` behind a number, as a table's head writes it. (L) and (C) are not taken: behind a number they also say lagging
/// and leading.
fn bracketed(scan: &mut Scan) -> Option<Unit> {
    if !scan.eat("(") || matches!(scan.peek(), Some('(')) || !unit_ahead(scan) {
        return None;
    }
    let unit = scan_unit(scan).ok().filter(|_| scan.eat(")"))?;
    (!unit.is_lone("L") && !unit.is_lone("C")).then_some(unit)
}

/// Reads a unit where the cursor stands, bare or in brackets of its own.
pub(crate) fn scan_unit(scan: &mut Scan) -> Result<Unit> {
    scan.skip_spaces();
    if scan.peek() == Some('(')
        && let Some(unit) = bracketed(scan)
    {
        return Ok(unit);
    }
    let mut unit = if scan.peek() == Some('1') && scan.peek_at(1) == Some('/') {
        scan.bump();
        Unit {
            numerator: Vec::new(),
            denominator: Vec::new(),
        }
    } else {
        product(scan)?
    };
    let start = scan.position();
    scan.skip_spaces();
    let per = scan.peek() == Some('每');
    if scan.peek() != Some('/') && !per {
        scan.reset(start);
        return Ok(unit);
    }
    scan.bump();
    scan.skip_spaces();
    if matches!(scan.peek(), Some('+' | '-')) {
        // `+1.0mm/-0.5mm`: the solidus parts two limits, not a unit.
        scan.reset(start);
        return Ok(unit);
    }
    if scan.peek() == Some('/') {
        return scan.fail("double /, write one solidus");
    }
    let bracket = scan.peek() == Some('(');
    if bracket {
        scan.bump();
    }
    let before = scan.position();
    let below = if unit_ahead(scan) {
        let dotted = scan.clone();
        let below = product(scan)?;
        if !bracket && below.numerator.len() > 1 && written_dot(dotted, scan.position()) {
            scan.reset(before);
            return scan.fail("ambiguous after /, put the denominator in brackets: a/(b·c)");
        }
        below
    } else {
        return scan.fail("dangling /, a unit must follow");
    };
    if bracket {
        if !below.denominator.is_empty() || !scan.eat(")") {
            return scan.fail("the bracket of the denominator is not closed");
        }
    } else if !below.denominator.is_empty() {
        return scan.fail("two solidi, write a/(b·c)");
    }
    unit.denominator.extend(below.numerator);
    if scan.peek() == Some('/') {
        return scan.fail("two solidi without brackets (GB 3101), write a/(b·c)");
    }
    Ok(unit)
}

/// Whether the factors between two positions were joined by a written dot.
fn written_dot(mut from: Scan, end: usize) -> bool {
    while from.position() < end {
        if matches!(from.bump(), Some('·' | '.' | '*')) {
            return true;
        }
    }
    false
}

fn product(scan: &mut Scan) -> Result<Unit> {
    let mut unit = one(scan)?;
    loop {
        let dot = scan.peek();
        let next_is_symbol = scan.peek_at(1).is_some_and(|c| is_symbol(c) || is_chinese(c));
        match dot {
            Some('·') => {
                scan.bump();
                if !unit_ahead(scan) {
                    return scan.fail("dangling ·, a unit must follow");
                }
            }
            Some('.' | '*') if next_is_symbol => {
                scan.warn("unit factors are joined by ·");
                scan.bump();
            }
            _ => return Ok(unit),
        }
        let next = one(scan)?;
        unit.numerator.extend(next.numerator);
        unit.denominator.extend(next.denominator);
    }
}

/// One symbol with its power; a run-together compound gives several factors.
fn one(scan: &mut Scan) -> Result<Unit> {
    scan.skip_spaces();
    let start = scan.position();
    let mut unit = match scan.peek() {
        Some('%') => percent(scan),
        Some('‰') => leaf(scan, "‰"),
        Some('℃') => leaf(scan, "℃"),
        Some('′' | '\'') => leaf(scan, "′"),
        Some('″' | '"') => leaf(scan, "″"),
        Some('°') => degree(scan),
        Some(c) if is_symbol(c) => symbols(scan)?,
        Some(c) if is_chinese(c) => match chinese(scan) {
            Some(unit) => unit,
            None => return scan.fail(format!("unknown unit {:?}", scan.rest())),
        },
        Some(c) => return scan.fail(format!("no unit at {c:?}")),
        None => return scan.fail("a unit is missing"),
    };
    let digit = scan.peek().filter(|c| matches!(c, '2' | '3' | '4')).filter(|_| {
        scan.position() > start && !scan.peek_at(1).is_some_and(|c| c.is_ascii_digit() || c == '.')
    });
    // `80mm^{+2}_{-1}`: a pair of deviations behind the unit is not its power.
    let rest = scan.rest();
    let deviations = rest.starts_with("^{") && rest.split_once('}').is_some_and(|(_, r)| r.starts_with("_{"));
    let raised = if deviations { None } else { scan.raised()? };
    let power = match (raised, digit) {
        (Some(power), _) => Some(power),
        (None, Some(d)) => {
            scan.bump();
            d.to_digit(10).and_then(|d| i32::try_from(d).ok())
        }
        (None, None) => None,
    };
    if let Some(power) = power {
        if !(-99..=99).contains(&power) || power == 0 {
            return scan.fail("a power of a unit lies between -99 and 99 and is not 0");
        }
        if unit.numerator.len() + unit.denominator.len() > 1 {
            scan.reset(start);
            return scan.fail(format!(
                "a power behind run-together units is ambiguous: write {unit} with · and a power on the one meant"
            ));
        }
        if let Some(last) = unit.numerator.last_mut() {
            last.power *= power;
        }
    }
    Ok(unit)
}

fn leaf(scan: &mut Scan, symbol: &'static str) -> Unit {
    scan.bump();
    Unit::single(symbol)
}

fn percent(scan: &mut Scan) -> Unit {
    for relative_humidity in ["%RH", "%R.H.", "%rh", "%Rh", "% RH"] {
        if scan.eat(relative_humidity) {
            if relative_humidity != "%RH" {
                scan.warn("relative humidity is written %RH");
            }
            return Unit::single("%RH");
        }
    }
    leaf(scan, "%")
}

fn degree(scan: &mut Scan) -> Unit {
    scan.bump();
    match scan.peek() {
        Some('C') => leaf(scan, "℃"),
        Some('F') => {
            scan.warn("°F is not a legal unit, for conversion only");
            leaf(scan, "°F")
        }
        _ => Unit::single("°"),
    }
}

pub(crate) fn is_symbol(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, 'Ω' | 'μ' | 'Å' | '₂')
}

pub(crate) fn is_chinese(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

fn symbols(scan: &mut Scan) -> Result<Unit> {
    if scan.eat("mmH2O") {
        scan.warn("mmH₂O is not a legal unit, for conversion only");
        return Ok(Unit::single("mmH₂O"));
    }
    if scan.eat("RH%") {
        scan.warn("relative humidity is written %RH");
        return Ok(Unit::single("%RH"));
    }
    if scan.eat_any(&["Nm³", "Nm3", "Nm^3", "Nm^{3}"]).is_some() {
        scan.warn(
            "Nm³ read as the volume at 0 ℃ and 101.325 kPa (normal conditions); it is not a legal unit",
        );
        return Ok(Unit::single("Nm³"));
    }
    let start = scan.position();
    let mut token = String::new();
    while let Some(c) = scan.peek().filter(|c| is_symbol(*c)) {
        token.push(c);
        scan.bump();
    }
    if let Some((prefix, symbol)) = table::resolve(&token) {
        let symbol = pressure(scan, symbol);
        if let Some(s) = table::symbol(symbol).filter(|s| s.foreign) {
            scan.warn(format!("{} is not a legal unit, for conversion only", s.name));
        }
        return Ok(Unit {
            numerator: vec![Factor {
                prefix,
                symbol,
                power: 1,
            }],
            denominator: vec![],
        });
    }
    if token == "l" {
        return Ok(Unit::single("L"));
    }
    if let Some(litres) = token
        .strip_suffix('l')
        .and_then(|p| table::resolve(&format!("{p}L")))
    {
        let factor = Factor {
            prefix: litres.0,
            symbol: litres.1,
            power: 1,
        };
        return Ok(Unit {
            numerator: vec![factor],
            denominator: vec![],
        });
    }
    for (tail, canonical) in names::COMPOUNDS {
        let Some(prefix) = token.strip_suffix(tail) else {
            continue;
        };
        let known = table::PREFIXES.iter().any(|(p, _)| *p == prefix);
        if prefix.is_empty() || known {
            return Ok(known_unit(&format!("{prefix}{canonical}")));
        }
    }
    if let Some((_, right)) = names::MISSPELT.iter().find(|(wrong, _)| *wrong == token) {
        scan.warn(format!("{token} read as {right}, write {right}"));
        return Ok(known_unit(right));
    }
    scan.reset(start);
    let cure = if token == "mpa" || token == "mPA" {
        ", write mPa or MPa"
    } else {
        ""
    };
    scan.fail(format!("unknown unit {token:?}{cure}"))
}

/// `(abs)`, `(绝压)` and `(g)`, `(表压)` behind a unit of pressure.
fn pressure(scan: &mut Scan, symbol: &'static str) -> &'static str {
    let absolute = match symbol {
        "Pa" => "Pa(abs)",
        "bar" => "bar(abs)",
        _ => return symbol,
    };
    if scan
        .eat_any(&["(abs)", "(a)", "(A)", "(绝压)", "(绝对)"])
        .is_some()
    {
        return absolute;
    }
    if scan.eat_any(&["(g)", "(G)", "(gauge)", "(表压)"]).is_some() {
        scan.warn("gauge pressure read as a difference to the air around");
    }
    symbol
}

/// Splits a canonical text of the tables; all of its parts are known symbols.
fn known_unit(canonical: &str) -> Unit {
    let mut unit = Unit {
        numerator: Vec::new(),
        denominator: Vec::new(),
    };
    for (index, side) in canonical.split('/').enumerate() {
        for part in side.split('·') {
            let (name, power) = match part.strip_suffix(['²', '³']) {
                Some(name) if table::symbol(part).is_none() => {
                    (name, if part.ends_with('²') { 2 } else { 3 })
                }
                _ => (part, 1),
            };
            if let Some((prefix, symbol)) = table::resolve(name) {
                let factor = Factor {
                    prefix,
                    symbol,
                    power,
                };
                if index == 0 {
                    &mut unit.numerator
                } else {
                    &mut unit.denominator
                }
                .push(factor);
            }
        }
    }
    unit
}

fn chinese(scan: &mut Scan) -> Option<Unit> {
    let longest = |scan: &mut Scan| {
        let mut best: Option<&(&str, &'static str)> = None;
        for entry in names::CHINESE {
            let longer = best.is_none_or(|b| entry.0.len() > b.0.len());
            if longer && scan.clone().eat(entry.0) {
                best = Some(entry);
            }
        }
        let (name, symbol) = best?;
        scan.eat(name);
        Some(known_unit(symbol))
    };
    let start = scan.position();
    if let Some(unit) = longest(scan) {
        return Some(unit);
    }
    for (name, prefix) in names::CHINESE_PREFIXES {
        if scan.eat(name) {
            if let Some(mut unit) = longest(scan)
                && let Some(first) = unit.numerator.first_mut()
                && first.prefix.is_empty()
            {
                first.prefix = prefix;
                return Some(unit);
            }
            scan.reset(start);
        }
    }
    None
}
