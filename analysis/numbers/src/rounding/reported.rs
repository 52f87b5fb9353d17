//! Reported values with their `+` and `−` marks (GB/T 8170-2008 §3.3.2, §4.3.2).

use std::fmt;

use serde::Serialize;

use super::{Interval, Residual, Rounded};
use crate::number::{Exact, NumberError};

/// When a mark is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marks {
    /// §3.3.2 b): only where the last non-zero digit is 5, for a later rounding.
    #[default]
    Successive,
    /// §4.3.2: always, for a comparison with a limit by the full-value method.
    Always,
}

/// A value that somebody rounded and reported, with what is known of the dropped part.
///
/// An unmarked value read from text has an *unknown* residual (`None`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reported {
    value: Exact,
    residual: Option<Residual>,
}

/// Why a text is not a reported value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportedError {
    /// A mark before the number.
    #[error("column 1: the mark must follow the number, write 16.50(+)")]
    MarkFirst,
    /// More than one mark.
    #[error("column {0}: two marks, a reported value carries at most one")]
    TwoMarks(usize),
    /// Not a number.
    #[error(transparent)]
    Number(#[from] NumberError),
}

impl Reported {
    /// A reported value; `None` when its residual is not known.
    pub fn new(value: Exact, residual: Option<Residual>) -> Self {
        Self { value, residual }
    }

    /// The number as printed.
    pub fn value(&self) -> &Exact {
        &self.value
    }

    /// What is known of the dropped part; `None` when the text carried no mark.
    pub fn residual(&self) -> Option<Residual> {
        self.residual
    }

    /// The mark: `+`, `-` or nothing.
    pub fn mark(&self) -> &'static str {
        self.residual.map_or("", Residual::mark)
    }

    /// Reads `16.50-`, `16.50(+)`, `16.50（−）` or a bare number.
    ///
    /// # Errors
    /// Two marks, a mark before the number, or no number.
    ///
    /// ```
    /// use numbers::rounding::Reported;
    /// let r = Reported::parse("-15.5−").unwrap();
    /// assert_eq!((r.value().to_string().as_str(), r.mark()), ("-15.5", "-"));
    /// assert!(Reported::parse("16.50++").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, ReportedError> {
        let plain: String = text.trim().chars().map(plain_character).collect();
        if plain.starts_with("(+)") || plain.starts_with("(-)") {
            return Err(ReportedError::MarkFirst);
        }
        let (number, residual) = split_mark(&plain);
        let (_, second) = split_mark(number);
        if residual.is_some() && second.is_some() {
            return Err(ReportedError::TwoMarks(number.chars().count()));
        }
        Ok(Self {
            value: Exact::parse(number.trim_end())?,
            residual,
        })
    }

    /// Rounds the reported value as if the measured value were rounded once (§3.3.2 b)).
    ///
    /// A tie goes up when something had been dropped, stays when the value had been raised, and
    /// is half-even otherwise. The kept residual is that of the measured value wherever the
    /// reported value alone decides it.
    ///
    /// ```
    /// use numbers::rounding::{Interval, Reported};
    /// let ones = Interval::parse("1").unwrap();
    /// assert_eq!(Reported::parse("16.50+").unwrap().round(&ones).to_string(), "17");
    /// assert_eq!(Reported::parse("15.5-").unwrap().round(&ones).to_string(), "15");
    /// ```
    pub fn round(&self, interval: &Interval) -> Rounded {
        let known = self.residual.unwrap_or(Residual::None);
        if known == Residual::None {
            return interval.round(&self.value);
        }
        // Any step far below both last digits stands for the dropped part: it cannot cross
        // a multiple or a midpoint of the interval other than the one it starts from.
        let lowest = self.value.exponent().min(interval.value().exponent());
        let step = Exact::power_of_ten(lowest - 3);
        let outward = (known == Residual::Dropped) != self.value.is_negative();
        let nearby = if outward {
            &self.value + &step
        } else {
            &self.value - &step
        };
        interval.round(&nearby)
    }

    /// Prints the value with its mark when `marks` asks for one.
    pub fn print(&self, marks: Marks) -> String {
        format!("{}{}", self.value, self.printed_mark(marks))
    }

    /// The mark that [`Reported::print`] appends.
    pub fn printed_mark(&self, marks: Marks) -> &'static str {
        let digits = self.value.digits();
        let ends_in_five = digits.trim_end_matches('0').ends_with('5');
        match marks {
            Marks::Successive if !ends_in_five => "",
            _ => self.mark(),
        }
    }
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.value, self.mark())
    }
}

fn plain_character(c: char) -> char {
    match c {
        '\u{FF10}'..='\u{FF19}' => char::from_u32(c as u32 - 0xFF10 + 0x30).unwrap_or(c),
        '−' | '－' | '–' | '﹣' => '-',
        '＋' | '﹢' => '+',
        '（' => '(',
        '）' => ')',
        '．' => '.',
        other => other,
    }
}

fn split_mark(text: &str) -> (&str, Option<Residual>) {
    for (suffix, residual) in [
        ("(+)", Residual::Dropped),
        ("(-)", Residual::Raised),
        ("+", Residual::Dropped),
        ("-", Residual::Raised),
    ] {
        if let Some(rest) = text.strip_suffix(suffix) {
            return (rest, Some(residual));
        }
    }
    (text, None)
}
