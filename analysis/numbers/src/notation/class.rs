//! Accuracy classes (准确度等级) and orders (等别).

use serde_json::{Value, json};

use crate::scan::{Result, Scan};

/// An accuracy class or an order of a measurement standard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// `0.5S`, `II`, `E2`, `1/3B`; `marked` is the older mark of the same class (1.5级(1.6)).
    Class {
        /// The class as written, without 级.
        name: String,
        /// An older mark that now counts as `name`.
        marked: Option<String>,
    },
    /// 一等, 二等: an order, not a class.
    Order {
        /// 1 for 一等.
        order: u32,
        /// 等 or 级.
        kind: char,
    },
}

pub(super) fn read(scan: &mut Scan) -> Result<Class> {
    let _ = scan.eat_any(&[
        "准确度等级:",
        "准确度等级",
        "准确度",
        "等级:",
        "class",
        "Class",
        "CLASS",
        "Cl.",
        "Cl ",
    ]);
    scan.skip_spaces();
    let numeral = scan
        .peek()
        .and_then(|c| "一二三四五六".chars().position(|n| n == c));
    if let Some(index) = numeral {
        scan.bump();
        let kind = if scan.eat("等") {
            '等'
        } else if scan.eat("级") {
            '级'
        } else {
            return scan.fail("等 or 级 is missing");
        };
        return Ok(Class::Order {
            order: u32::try_from(index + 1).unwrap_or(1),
            kind,
        });
    }
    let name = name(scan)?;
    let suffix = scan.eat("等级") || scan.eat("级");
    if suffix && scan.eat("(") {
        let newer = self::name(scan)?;
        let _ = scan.eat("级");
        if !scan.eat(")") {
            return scan.fail("close the bracket behind the class");
        }
        return Ok(Class::Class {
            name: newer,
            marked: Some(name),
        });
    }
    Ok(Class::Class { name, marked: None })
}

/// A class without 级: number with optional S, Roman numeral, letters with digits, fraction.
pub(super) fn name(scan: &mut Scan) -> Result<String> {
    scan.skip_spaces();
    let mut name = String::new();
    match scan.peek() {
        Some('-') => return scan.fail("negative class, a class is a positive number"),
        Some('级' | '等') | None => return scan.fail("no class, write one such as 0.5S"),
        Some(c) if c.is_ascii_digit() => {
            let number = scan.mantissa()?;
            if number.is_zero() {
                return scan.fail("a class is greater than zero");
            }
            name.push_str(&number.to_string());
            if scan.peek() == Some('/') {
                scan.bump();
                name.push('/');
                name.push_str(&scan.mantissa()?.to_string());
            }
            if scan.peek() == Some(' ') && scan.peek_at(1) == Some('s') || scan.peek() == Some('s') {
                return scan.fail("lower-case s reads as seconds, write 0.5S");
            }
            if let Some(c) = scan.peek().filter(char::is_ascii_uppercase) {
                name.push(c);
                scan.bump();
                // 5P20: a protective current transformer with its accuracy limit factor (GB/T 20840.2).
                while let Some(digit) = scan.peek().filter(|d| c == 'P' && d.is_ascii_digit()) {
                    name.push(digit);
                    scan.bump();
                }
            }
        }
        Some(c) if c.is_ascii_uppercase() => name = lettered(scan)?,
        Some(c @ 'Ⅰ'..='Ⅻ') => {
            scan.bump();
            name.push_str(ROMAN[c as usize - 'Ⅰ' as usize]);
        }
        Some(c @ '①'..='⑨') => {
            scan.bump();
            name.push_str(&(c as u32 - '①' as u32 + 1).to_string());
        }
        Some(c) => return scan.fail(format!("no class at {c:?}, write one such as 0.5S")),
    }
    if name.len() > 12 {
        return scan.fail("too long for a class");
    }
    if scan.peek().is_some_and(|c| matches!(c, 'Ⅰ'..='Ⅻ' | '①'..='⑨')) {
        return scan.fail("a second class behind the first, write one");
    }
    Ok(name)
}

const ROMAN: [&str; 12] = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII",
];

/// Classes of platinum thermometers (IEC 60751) and of protective current transformers (GB/T 20840.2).
const WORDS: [&str; 6] = ["AA", "PX", "PXR", "TPX", "TPY", "TPZ"];

/// A Roman numeral, or a letter with up to two digits: `III`, `B`, `E2`, `M12`.
fn lettered(scan: &mut Scan) -> Result<String> {
    let (start, mut name) = (scan.position(), String::new());
    while let Some(c) = scan
        .peek()
        .filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    {
        name.push(c);
        scan.bump();
    }
    let digits = name.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = name.len() - digits.len();
    let known = letters == 1 || digits.is_empty() && (ROMAN.contains(&&*name) || WORDS.contains(&&*name));
    if known && digits.len() <= 2 {
        return Ok(name);
    }
    scan.reset(start);
    scan.fail(format!(
        "{name:?} is no class: write a number (0.5S), a Roman numeral (III), or a letter with digits (E2)"
    ))
}

impl Class {
    pub(super) fn print(&self) -> String {
        match self {
            Self::Class { name, marked: None } => format!("{name}级"),
            Self::Class {
                name,
                marked: Some(marked),
            } => format!("{marked}级({name})"),
            Self::Order { order, kind } => {
                let numeral = "一二三四五六".chars().nth((*order as usize).saturating_sub(1));
                format!("{}{kind}", numeral.unwrap_or('一'))
            }
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Class { name, marked: None } => json!({ "class_": name }),
            Self::Class {
                name,
                marked: Some(marked),
            } => json!({ "class_": name, "marked": marked }),
            Self::Order { order, kind } => json!({ "order": order, "kind": kind }),
        }
    }
}
