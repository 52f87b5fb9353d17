//! Measuring ranges and rated values.

use serde_json::{Value, json};

use super::unit_text;
use crate::number::Exact;
use crate::scan::{Result, Scan};
use crate::unit::{Unit, read_unit_here, unit_follows};

/// A range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Range {
    /// (0～150)mm.
    Span {
        /// Lower end.
        lower: Exact,
        /// Upper end.
        upper: Exact,
        /// Unit of both.
        unit: Option<Unit>,
    },
    /// 3×220/380V.
    Voltages {
        /// Number of phases.
        phase: u32,
        /// Phase voltage.
        phase_voltage: Exact,
        /// Line voltage.
        line_voltage: Option<Exact>,
        /// Unit of both.
        unit: Unit,
    },
    /// 0.25-5(60)A: minimum, transitional and maximum current (IR 46); 5(60)A: basic, maximum.
    Currents {
        /// Number of phases when stated (3×1.5(6)A).
        phase: Option<u32>,
        /// Minimum current; without it `middle` is the basic current of the older marking.
        minimum: Option<Exact>,
        /// Transitional or basic current.
        middle: Exact,
        /// Maximum current.
        maximum: Exact,
        /// Unit of all.
        unit: Unit,
    },
}

const TILDES: [&str; 6] = ["~", "至", "到", "...", "…", "-"];

pub(super) fn read(scan: &mut Scan) -> Result<Range> {
    let phase = phases(scan);
    if let Some(phase) = phase {
        let first = scan.unsigned()?;
        if scan.eat("(") {
            return currents(scan, Some(phase), None, first);
        }
        let line_voltage = if scan.eat("/") {
            Some(scan.unsigned()?)
        } else {
            None
        };
        let unit = read_unit_here(scan)?;
        return Ok(Range::Voltages {
            phase,
            phase_voltage: first,
            line_voltage,
            unit,
        });
    }
    if scan.eat("±") {
        let upper = scan.unsigned()?;
        if upper.is_zero() {
            return scan.fail("an empty range, the ends must differ");
        }
        let unit = optional_unit(scan)?;
        return Ok(Range::Span {
            lower: -&upper,
            upper,
            unit,
        });
    }
    let bracket = scan.eat("(");
    let nominal = scan.eat("DN");
    let lower = scan.number()?;
    let mut lower_unit = optional_unit(scan)?;
    if !bracket && lower_unit.is_none() && scan.eat("(") {
        return currents(scan, None, None, lower);
    }
    let Some(separator) = scan.eat_any(&TILDES) else {
        return scan.fail("no range sign here, write (a～b)unit");
    };
    if separator == "…" || separator == "..." {
        scan.warn("the sign of a range is ～ (GB/T 15835)");
    }
    scan.skip_spaces();
    if separator == "-" && matches!(scan.peek(), Some('-' | '+')) {
        return scan.fail("two signs in a row are ambiguous, write a～b");
    }
    if nominal && !scan.eat("DN") {
        scan.warn("DN belongs before both ends, DN15～DN50");
    }
    let upper_column = scan.column();
    let upper = scan.number()?;
    if !bracket && !nominal && lower_unit.is_none() && scan.eat("(") {
        return currents(scan, None, Some(lower), upper);
    }
    let inner = optional_unit(scan)?;
    let outer = if bracket {
        if !scan.eat(")") {
            return scan.fail("close the bracket of the range");
        }
        optional_unit(scan)?
    } else {
        None
    };
    let mut unit = inner.or(outer);
    if nominal {
        lower_unit = None;
        unit = Some(Unit::new("DN")?);
    }
    if let (Some(a), Some(b)) = (&lower_unit, &unit)
        && a != b
    {
        return scan.fail(format!("unit conflict: {a} and {b}, write both ends in one unit"));
    }
    if lower_unit.is_some() && unit.is_none() {
        return scan.fail("the upper end has no unit, write (a～b)unit");
    }
    if let Some(u) = &unit
        && u.names_one_quantity_twice()
    {
        return scan.fail(format!(
            "unit conflict: {u} names two units of one quantity, choose one"
        ));
    }
    if lower >= upper {
        return Err(crate::scan::NotationError::new(
            upper_column,
            "range reversed: the upper end must be larger",
        ));
    }
    for end in [&lower, &upper] {
        let doubt = unit.as_ref().and_then(|u| u.impossible(end));
        doubt.into_iter().for_each(|doubt| scan.warn(doubt));
    }
    if separator == "-" && lower.is_negative() {
        scan.warn("- between numbers read as ～");
    }
    Ok(Range::Span { lower, upper, unit })
}

fn phases(scan: &mut Scan) -> Option<u32> {
    let start = scan.position();
    let count = scan.peek().filter(|c| matches!(c, '1' | '2' | '3'))?;
    scan.bump();
    if scan.eat("×") && !scan.ahead("~") && scan.number_ahead() && !scan.rest().starts_with("10^") {
        return count.to_digit(10);
    }
    scan.reset(start);
    None
}

fn currents(scan: &mut Scan, phase: Option<u32>, minimum: Option<Exact>, middle: Exact) -> Result<Range> {
    let maximum = scan.unsigned()?;
    if !scan.eat(")") {
        return scan.fail("close the bracket of the maximum current");
    }
    let unit = read_unit_here(scan)?;
    if minimum.as_ref().is_some_and(|m| m >= &middle) || middle > maximum {
        return scan.fail("currents must rise: minimum - transitional (maximum)");
    }
    Ok(Range::Currents {
        phase,
        minimum,
        middle,
        maximum,
        unit,
    })
}

fn optional_unit(scan: &mut Scan) -> Result<Option<Unit>> {
    if unit_follows(scan) {
        read_unit_here(scan).map(Some)
    } else {
        Ok(None)
    }
}

impl Range {
    pub(super) fn print(&self) -> String {
        match self {
            Self::Span { lower, upper, unit } if unit.as_ref().is_some_and(|u| u.is("DN")) => {
                format!("DN{lower}～DN{upper}")
            }
            Self::Span { lower, upper, unit } => format!("({lower}～{upper}){}", unit_text(unit.as_ref())),
            Self::Voltages {
                phase,
                phase_voltage,
                line_voltage,
                unit,
            } => {
                let line = line_voltage.as_ref().map_or(String::new(), |v| format!("/{v}"));
                format!("{phase}×{phase_voltage}{line}{unit}")
            }
            Self::Currents {
                phase,
                minimum,
                middle,
                maximum,
                unit,
            } => {
                let phase = phase.map_or(String::new(), |p| format!("{p}×"));
                let minimum = minimum.as_ref().map_or(String::new(), |m| format!("{m}-"));
                format!("{phase}{minimum}{middle}({maximum}){unit}")
            }
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Span { lower, upper, unit } => json!({ "lower": lower, "upper": upper, "unit": unit }),
            Self::Voltages {
                phase,
                phase_voltage,
                line_voltage: Some(line),
                unit,
            } => {
                json!({ "phase": phase, "phase_voltage": phase_voltage, "line_voltage": line, "unit": unit })
            }
            Self::Voltages {
                phase,
                phase_voltage,
                line_voltage: None,
                unit,
            } => {
                json!({ "phase": phase, "phase_voltage": phase_voltage, "unit": unit })
            }
            Self::Currents {
                phase,
                minimum,
                middle,
                maximum,
                unit,
            } => {
                let mut value = match minimum {
                    Some(min) => json!({ "min": min, "transitional": middle, "max": maximum, "unit": unit }),
                    None => json!({ "basic": middle, "max": maximum, "unit": unit }),
                };
                if let Some(phase) = phase {
                    value["phase"] = json!(phase);
                }
                value
            }
        }
    }
}
