//! Numbers as people write them, with significant digits (GB/T 8170-2008 §2.3).

use serde_json::{Value, json};

use crate::number::Exact;
use crate::rounding::{Reported, Residual, count_significant, scan_reported};
use crate::scan::{Result, Scan};

/// A number, or a reported number with its mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberNotation {
    /// The value with the digits that were written.
    pub value: Exact,
    /// The residual when a mark stood behind the number (§3.3.2 b)).
    pub residual: Option<Residual>,
}

pub(super) fn read(scan: &mut Scan) -> Result<NumberNotation> {
    if scan.peek() == Some('±') {
        return scan.fail("± is not part of a number");
    }
    let reported = scan_reported(scan)?;
    let (value, residual) = (reported.value().clone(), reported.residual());
    let whole = value.exponent() == 0 && !value.is_zero();
    if residual.is_none() && whole && value.digits().ends_with('0') {
        scan.warn("trailing zeros: significance ambiguous, write k×10ⁿ");
    }
    Ok(NumberNotation { value, residual })
}

impl NumberNotation {
    pub(super) fn print(&self) -> String {
        // A positive exponent is kept visible: 13×10² has two digits, 1300 four.
        let exponent = self.value.exponent();
        let mark = self.residual.map_or(String::new(), |r| {
            let mark = Reported::new(self.value.clone(), Some(r)).mark().to_owned();
            if mark.is_empty() {
                mark
            } else {
                format!("({mark})")
            }
        });
        if exponent > 0 && !self.value.is_zero() {
            return format!(
                "{}×10{}{mark}",
                self.value.mantissa(),
                crate::glyph::to_superscript(exponent)
            );
        }
        format!("{}{mark}", self.value)
    }

    pub(super) fn to_json(&self) -> Value {
        match self.residual {
            Some(residual) => json!({ "value": self.value, "mark": residual.mark() }),
            None => json!({ "value": self.value, "sig": count_significant(&self.value).unwrap_or(0) }),
        }
    }
}
