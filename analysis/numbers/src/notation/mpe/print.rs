//! The canonical writing of an error and its parts as JSON.

use serde_json::{Value, json};

use super::{Base, Mpe, Term};
use crate::notation::unit_text;
use crate::number::Exact;

impl Term {
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
    pub(in crate::notation) fn print(&self) -> String {
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

    pub(in crate::notation) fn to_json(&self) -> Value {
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
