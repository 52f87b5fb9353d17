//! Exact decimals from text and from products; nothing here ever rounds.

use rust_decimal::Decimal;

/// The decimal that `text` writes, with its trailing zeros; `None` if it is no number or does not fit.
///
/// Accepts `-220.10`, `1.5e-3`, `+2E3`; no blanks, no thousands marks, no bare point.
pub(crate) fn number(text: &str) -> Option<Decimal> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (digits, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
        None => (rest, 0),
    };
    let (whole, fraction) = digits
        .split_once('.')
        .map_or((digits, None), |(w, f)| (w, Some(f)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || fraction.is_some_and(|f| !all_digits(f)) {
        return None;
    }
    let fraction = fraction.unwrap_or("");
    let mut mantissa: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    let mantissa = if negative { -mantissa } else { mantissa };
    shifted(
        mantissa,
        i64::from(exponent) - i64::try_from(fraction.len()).ok()?,
    )
}

fn exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// `mantissa × 10^power`, keeping the digits that a negative power asks for.
pub(crate) fn shifted(mantissa: i128, power: i64) -> Option<Decimal> {
    if power <= 0 {
        let scale = u32::try_from(-power).ok()?;
        return Decimal::try_from_i128_with_scale(mantissa, scale).ok();
    }
    if mantissa == 0 {
        return Some(Decimal::ZERO);
    }
    let factor = 10i128.checked_pow(u32::try_from(power).ok()?)?;
    Decimal::try_from_i128_with_scale(mantissa.checked_mul(factor)?, 0).ok()
}

/// The exact product with the digits of both; `None` where `Decimal` would have to round.
pub(crate) fn product(a: Decimal, b: Decimal) -> Option<Decimal> {
    let mantissa = a.mantissa().checked_mul(b.mantissa())?;
    Decimal::try_from_i128_with_scale(mantissa, a.scale() + b.scale()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_digit_for_digit() {
        for (text, expected) in [
            ("220.10", "220.10"),
            ("-0.50", "-0.50"),
            ("1.5e-3", "0.0015"),
            ("+2E3", "2000"),
            ("0.0", "0.0"),
            ("-0.0", "0.0"),
            ("0e999999", "0"),
            ("79228162514264337593543950335", "79228162514264337593543950335"),
        ] {
            assert_eq!(number(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_or_does_not_fit_is_refused() {
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1,5",
            " 1",
            "1 ",
            "0x10",
            "NaN",
            "inf",
            "1e",
            "1e+",
            "--1",
            "1e99999999999",
            "1e40",
            "1e-29",
            "79228162514264337593543950336",
            "１",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
