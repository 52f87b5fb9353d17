//! Figures of a budget as people read them.

use numbers::number::{Exact, Fraction};
use numbers::rounding::round_significant;

/// An f64 with significant digits, trailing zeros kept away; `1.2E-9` beyond the readable.
pub fn significant(value: f64, digits: u32) -> String {
    Exact::from_f64(value).map_or_else(|| "?".to_owned(), |exact| significant_exact(&exact, digits))
}

pub(super) fn significant_exact(value: &Exact, digits: u32) -> String {
    let Some((rounded, _)) = round_significant(value, digits) else {
        return value.to_string();
    };
    let short = rounded.value().normalized();
    match short.leading_exponent() {
        Some(lead) if !(-6..7).contains(&lead) => {
            let mantissa = short.scaled(-lead);
            format!("{mantissa}E{lead}")
        }
        _ => short.to_string(),
    }
}

/// A fraction with all its digits where they end soon, else cut to some.
pub(crate) fn shown(value: &Fraction, digits: u32) -> String {
    match value.decimal().filter(|d| d.digit_count() <= 20) {
        Some(decimal) => decimal.to_string(),
        None => significant(value.to_f64(), digits),
    }
}
