//! Reported values with their `+` and `−` marks (GB/T 8170-2008 §3.3.2, §4.3.2).

use std::fmt;

use serde::Serialize;

use super::{Interval, Residual, Rounded};
use crate::number::Exact;
use crate::scan::{NotationError, Result as ScanResult, Scan};

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
    /// Also as a person writes it: `１６．５０＋`, `16.50⁺`, `1.65×10³(+)`.
    ///
    /// # Errors
    /// Two marks, a mark before the number, or no number, each with its column.
    ///
    /// ```
    /// use numbers::rounding::Reported;
    /// let r = Reported::parse("-15.5−").unwrap();
    /// assert_eq!((r.value().to_string().as_str(), r.mark()), ("-15.5", "-"));
    /// assert!(Reported::parse("16.50++").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, NotationError> {
        let mut scan = Scan::new(text)?;
        let reported = scan_reported(&mut scan)?;
        scan.expect_end()?;
        Ok(reported)
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

/// Something was dropped: the measured value is larger.
const DROPPED: [&str; 6] = ["(+)", "(⁺)", "^{+}", "^+", "⁺", "+"];
/// The value was raised: the measured one is smaller.
const RAISED: [&str; 6] = ["(-)", "(⁻)", "^{-}", "^-", "⁻", "-"];

/// Reads a number and its mark where the cursor stands.
pub(crate) fn scan_reported(scan: &mut Scan) -> ScanResult<Reported> {
    if ["(+)", "(-)", "(⁺)", "(⁻)", "⁺", "⁻"]
        .iter()
        .any(|mark| scan.clone().eat(mark))
    {
        return scan.fail("the mark must follow the number, write 16.50(+)");
    }
    let value = scan.number()?;
    let residual = mark(scan);
    if residual.is_some() && mark(&mut scan.clone()).is_some() {
        return scan.fail("two marks, a reported value carries at most one");
    }
    Ok(Reported { value, residual })
}

fn mark(scan: &mut Scan) -> Option<Residual> {
    if scan.eat_any(&DROPPED).is_some() {
        return Some(Residual::Dropped);
    }
    scan.eat_any(&RAISED).map(|_| Residual::Raised)
}
