//! Maximum permissible errors (最大允许误差).

use serde_json::{Value, json};

use super::unit_text;
use crate::number::Exact;
use crate::scan::{Result, Scan};
use crate::unit::{Unit, read_unit_here, unit_follows};

/// What a term is proportional to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The reading.
    Reading,
    /// The span or full scale.
    FullScale,
    /// Steps of the last digit (字).
    LastDigit,
    /// An absolute amount.
    Absolute,
    /// The magnitude of the temperature in ℃, as in 0.15+0.002|t|.
    Temperature,
    /// The measured length L, in the unit that the document gives it, as in 2+L/100.
    Length,
    /// The verification scale interval e of a balance (检定分度值).
    ScaleInterval,
}

/// One term of a maximum permissible error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Coefficient as written.
    pub coefficient: Exact,
    /// What it is divided by, 100 in L/100.
    pub divisor: Option<Exact>,
    /// What it multiplies.
    pub of: Base,
    /// Whether the coefficient is in percent.
    pub percent: bool,
    /// Unit of an absolute term, and of a term of L.
    pub unit: Option<Unit>,
}

/// A maximum permissible error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mpe {
    /// ±(term + term); `magnitude` for MPEV, the absolute value.
    Symmetric {
        /// Sum of these.
        terms: Vec<Term>,
        /// Written as MPEV (absolute value).
        magnitude: bool,
    },
    /// +1.0%/-0.5%.
    Asymmetric {
        /// Upper limit of error.
        upper: Exact,
        /// Lower limit of error.
        lower: Exact,
        /// In percent.
        percent: bool,
        /// Unit when not percent.
        unit: Option<Unit>,
    },
}

pub(super) fn read(scan: &mut Scan) -> Result<Mpe> {
    let magnitude = match scan.eat_any(&["MPEV", "最大允许误差绝对值", "MPE", "最大允许误差", "允许误差"])
    {
        Some(name) => {
            let _ = scan.eat_any(&[":", "=", "为"]);
            matches!(name, "MPEV" | "最大允许误差绝对值")
        }
        None => false,
    };
    scan.skip_spaces();
    if matches!(scan.peek(), Some('+' | '-')) || scan.rest().starts_with("^{") {
        return asymmetric(scan);
    }
    let signed = scan.eat("±");
    if signed && magnitude {
        return scan.fail("MPEV is an absolute value, drop the ±");
    }
    scan.skip_spaces();
    if matches!(scan.peek(), Some('-' | '+')) {
        return scan.fail("negative bound: after ± stands a magnitude");
    }
    if !signed && !magnitude {
        scan.warn("no ± before the error, read as ±");
    }
    let terms = if scan.eat("(") {
        let mut terms = terms(scan)?;
        if !scan.eat(")") {
            return scan.fail("close the bracket behind the last term");
        }
        distribute(scan, &mut terms)?;
        terms
    } else {
        terms(scan)?
    };
    let alone = terms.len() == 1;
    for term in &terms {
        if alone && term.assumed {
            scan.warn("base of % not stated: reading assumed, write %RD or %FS");
        }
        if term.term.takes_unit() && term.term.unit.is_none() {
            scan.warn("no unit behind the error, write ±2 ℃");
        }
    }
    let terms = terms.into_iter().map(|t| t.term).collect();
    Ok(Mpe::Symmetric { terms, magnitude })
}

/// A term with whether its base was only assumed.
struct Draft {
    term: Term,
    assumed: bool,
}

fn terms(scan: &mut Scan) -> Result<Vec<Draft>> {
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
fn distribute(scan: &mut Scan, terms: &mut [Draft]) -> Result<()> {
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
            return Err(crate::scan::NotationError::new(column, reason));
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

fn asymmetric(scan: &mut Scan) -> Result<Mpe> {
    let raised = scan.eat("^{");
    let upper = scan.number()?;
    let mut percent = scan.eat("%");
    let mut unit = if !percent && unit_follows(scan) {
        Some(read_unit_here(scan)?)
    } else {
        None
    };
    let joined = if raised {
        scan.eat("}_{")
    } else {
        scan.eat_any(&["/", ",", "~"]).is_some() || scan.number_ahead()
    };
    if !joined {
        return scan.fail("the lower limit is missing, write +1.0%/-0.5%");
    }
    let lower = scan.number()?;
    if raised && !scan.eat("}") {
        return scan.fail("close the brace of the lower limit");
    }
    let second_percent = scan.eat("%");
    if percent && !second_percent {
        return scan.fail("percent at one end only, write +1.0%/-0.5%");
    }
    percent |= second_percent;
    if !percent && unit_follows(scan) {
        let second = read_unit_here(scan)?;
        if unit.as_ref().is_some_and(|u| *u != second) {
            return scan.fail("unit conflict between the two limits");
        }
        unit = Some(second);
    }
    if upper == lower {
        return scan.fail("both limits are equal, no error is permitted");
    }
    let (upper, lower) = if upper < lower {
        (lower, upper)
    } else {
        (upper, lower)
    };
    Ok(Mpe::Asymmetric {
        upper,
        lower,
        percent,
        unit,
    })
}

impl Term {
    /// Whether it is an amount in a unit by itself.
    fn takes_unit(&self) -> bool {
        matches!(self.of, Base::Absolute | Base::Length)
    }

    /// `unit` where it is not written once behind the bracket.
    fn print(&self, unit: &str) -> String {
        let coefficient = &self.coefficient;
        let percent = if self.percent { "%" } else { "" };
        match self.of {
            Base::Reading => format!("{coefficient}{percent}RD"),
            Base::FullScale => format!("{coefficient}{percent}FS"),
            Base::LastDigit => format!("{coefficient}字"),
            Base::Absolute => format!("{coefficient}{unit}"),
            Base::Temperature => format!("{coefficient}|t|"),
            Base::Length => {
                let over = self.divisor.as_ref().map_or(String::new(), |d| format!("/{d}"));
                match coefficient.to_string().as_str() {
                    "1" => format!("L{over}"),
                    times => format!("{times}×L{over}"),
                }
            }
            // Apart, for 1e+2 is a power of ten.
            Base::ScaleInterval => format!("{coefficient} e"),
        }
    }

    fn to_json(&self) -> Value {
        let of = match self.of {
            Base::Reading => "RD",
            Base::FullScale => "FS",
            Base::LastDigit => "LSD",
            Base::Absolute => "abs",
            Base::Temperature => "|t|",
            Base::Length => "L",
            Base::ScaleInterval => "e",
        };
        let mut value = json!({ "coef": self.coefficient, "of": of, "pct": self.percent });
        if let Some(divisor) = &self.divisor {
            value["divisor"] = json!(divisor);
        }
        if self.takes_unit() {
            value["unit"] = json!(self.unit);
        }
        value
    }
}

impl Mpe {
    pub(super) fn print(&self) -> String {
        match self {
            Self::Symmetric { terms, magnitude } => {
                // A term of L takes its unit from behind the bracket.
                let common = terms
                    .iter()
                    .find(|t| t.of == Base::Length)
                    .map(|t| unit_text(t.unit.as_ref()));
                let unit_of = |t: &Term| match &common {
                    Some(text) if !text.is_empty() => String::new(),
                    _ => unit_text(t.unit.as_ref()),
                };
                let parts: Vec<String> = terms.iter().map(|t| t.print(&unit_of(t))).collect();
                let sign = if *magnitude { "MPEV=" } else { "±" };
                match (parts.as_slice(), common) {
                    ([only], None) => format!("{sign}{only}"),
                    (_, unit) => format!("{sign}({}){}", parts.join("+"), unit.unwrap_or_default()),
                }
            }
            Self::Asymmetric {
                upper,
                lower,
                percent,
                unit,
            } => {
                let unit = if *percent {
                    "%".to_owned()
                } else {
                    unit_text(unit.as_ref())
                };
                let plus = |x: &Exact| if x.is_negative() { "" } else { "+" };
                format!("{}{upper}{unit}/{}{lower}{unit}", plus(upper), plus(lower))
            }
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Symmetric { terms, magnitude } => {
                let terms: Vec<Value> = terms.iter().map(Term::to_json).collect();
                if *magnitude {
                    json!({ "absolute": true, "terms": terms })
                } else {
                    json!({ "terms": terms })
                }
            }
            Self::Asymmetric {
                upper,
                lower,
                percent,
                unit,
            } => {
                let mut value = json!({ "asymmetric": true, "upper": upper, "lower": lower, "pct": percent });
                if !percent {
                    value["unit"] = json!(unit);
                }
                value
            }
        }
    }
}
