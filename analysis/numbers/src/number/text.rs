//! Reading a number from ASCII text: `[sign] digits [. digits] [E [sign] digits]`.

use num_bigint::BigInt;

use super::{Exact, MAX_DIGITS, MAX_EXPONENT, NumberError};

fn error(column: usize, reason: impl Into<String>) -> NumberError {
    NumberError {
        column,
        reason: reason.into(),
    }
}

pub(super) fn parse(text: &str) -> Result<Exact, NumberError> {
    let characters: Vec<char> = text.chars().take(2 * MAX_DIGITS + 64).collect();
    let mut at = 0;
    let negative = match characters.first() {
        None => return Err(error(1, "empty, write a number such as 12.50")),
        Some('-') => {
            at = 1;
            true
        }
        Some('+') => {
            at = 1;
            false
        }
        Some(_) => false,
    };
    let mut digits = String::new();
    let mut places: i32 = 0;
    let mut point = None;
    while let Some(&c) = characters.get(at) {
        match c {
            '0'..='9' => {
                digits.push(c);
                places += i32::from(point.is_some());
            }
            '.' if point.is_none() => point = Some(at),
            '.' => return Err(error(at + 1, "second decimal point, a number has one")),
            _ => break,
        }
        if digits.len() > MAX_DIGITS {
            return Err(error(
                at + 1,
                format!("more than {MAX_DIGITS} digits, shorten the number"),
            ));
        }
        at += 1;
    }
    if digits.is_empty() {
        return Err(error(
            at + 1,
            "no digit where a number should be; use ASCII digits 0-9",
        ));
    }
    if point.is_some() && places == 0 {
        return Err(error(
            at,
            "no digit after the decimal point, drop the point or add digits",
        ));
    }
    let power = match characters.get(at) {
        None => 0,
        Some('e' | 'E') => exponent(&characters, at + 1)?,
        Some(',') => {
            return Err(error(
                at + 1,
                "comma: the decimal sign is a point (GB/T 15835), no grouping",
            ));
        }
        Some(c) => return Err(error(at + 1, format!("unexpected {c:?} in a number, remove it"))),
    };
    let mantissa: BigInt = digits.parse().map_err(|_| error(1, "not a number"))?;
    Ok(Exact::new(
        if negative { -mantissa } else { mantissa },
        power - places,
    ))
}

fn exponent(characters: &[char], start: usize) -> Result<i32, NumberError> {
    let rest: String = characters[start..].iter().collect();
    let unsigned = rest.strip_prefix(['+', '-']).unwrap_or(&rest);
    if unsigned.is_empty() {
        return Err(error(start + 1, "no digits after E, write the power of ten"));
    }
    if let Some(bad) = rest.chars().position(|c| !c.is_ascii_digit())
        && (bad > 0 || unsigned.len() == rest.len())
    {
        return Err(error(start + 1 + bad, "the power of ten is an integer"));
    }
    let out_of_range = || error(start + 1, format!("power of ten beyond ±{MAX_EXPONENT}"));
    let value: i32 = rest.parse().map_err(|_| out_of_range())?;
    if value.abs() > MAX_EXPONENT {
        Err(out_of_range())
    } else {
        Ok(value)
    }
}
