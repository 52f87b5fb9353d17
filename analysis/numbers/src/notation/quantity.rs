//! Quantities: value with unit, angles, power factors, fractions of ratings, sensors.

use serde_json::{Value, json};

use super::unit_text;
use crate::number::Exact;
use crate::rounding::Interval;
use crate::scan::{Result, Scan};
use crate::unit::{Unit, read_unit_here, unit_follows};

/// A quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// 10.05 V, with an optional symmetric tolerance.
    Value {
        /// The number.
        value: Exact,
        /// Its unit.
        unit: Option<Unit>,
        /// ± tolerance in the same unit.
        tolerance: Option<Exact>,
    },
    /// 12°34′56″.
    Angle {
        /// Below zero.
        negative: bool,
        /// Whole degrees.
        degrees: Exact,
        /// Minutes below 60.
        minutes: Exact,
        /// Seconds below 60, when written.
        seconds: Option<Exact>,
    },
    /// 0.8(容), cosφ=0.5L.
    PowerFactor {
        /// cos φ.
        value: Exact,
        /// `inductive` or `capacitive`, when written.
        character: Option<&'static str>,
    },
    /// 0.05In.
    Fraction {
        /// Coefficient.
        value: Exact,
        /// Rating it multiplies.
        of: &'static str,
    },
    /// Pt100, Cu50.
    Sensor {
        /// `Pt` or `Cu`.
        metal: &'static str,
        /// Resistance at 0 ℃ in Ω.
        resistance: Exact,
    },
}

/// Ratings of energy meters and instrument transformers (IR 46, JJG 596).
const RATINGS: [&str; 13] = [
    "Imax", "Imin", "Itr", "Ist", "Inom", "Iref", "In", "Ib", "Unom", "Uref", "Un", "Pn", "Sn",
];
const INDUCTIVE: [&str; 6] = ["(感性)", "(感)", "感性", "(滞后)", "(L)", "感"];
const CAPACITIVE: [&str; 6] = ["(容性)", "(容)", "容性", "(超前)", "(C)", "容"];

pub(super) fn read(scan: &mut Scan) -> Result<Quantity> {
    if let Some(metal) = scan.eat_any(&["Pt", "Cu"])
        && scan.peek().is_some_and(|c| c.is_ascii_digit())
    {
        let resistance = scan.unsigned()?;
        if resistance.is_zero() {
            return scan.fail("R0 is greater than zero");
        }
        return Ok(Quantity::Sensor { metal, resistance });
    }
    scan.reset(0);
    if scan
        .eat_any(&["cosφ", "cos φ", "COSφ", "cosθ", "功率因数", "PF"])
        .is_some()
    {
        let _ = scan.eat("=") || scan.eat(":");
        let value = scan.number()?;
        return power_factor(scan, value, true);
    }
    if let Some(of) = rating(scan) {
        return Ok(Quantity::Fraction {
            value: Exact::from(1),
            of,
        });
    }
    let bracket = scan.eat("(");
    scan.skip_spaces();
    let negative = scan.peek() == Some('-');
    let value = scan.number()?;
    if !bracket && scan.peek() == Some('°') && scan.peek_at(1).is_some_and(|c| c.is_ascii_digit() || c == ' ')
    {
        return angle(scan, negative, &value);
    }
    for (words, _) in [(INDUCTIVE, 0), (CAPACITIVE, 1)] {
        if words.iter().any(|w| scan.clone().eat(w)) {
            return power_factor(scan, value, false);
        }
    }
    // IEC 62053 writes 0.5L and 0.8C for lagging and leading power factors.
    let lag_or_lead = matches!(scan.rest().as_str(), "L" | "C");
    if lag_or_lead && !bracket && value.abs() <= Exact::from(1) {
        scan.warn("read as a power factor, write a space before the unit for litre or coulomb");
        return power_factor(scan, value, true);
    }
    if let Some(fraction) = fraction(scan, &value)? {
        return Ok(fraction);
    }
    let mut unit = if unit_follows(scan) {
        Some(read_unit_here(scan)?)
    } else {
        None
    };
    let tolerance = if scan.eat("±") {
        scan.skip_spaces();
        if matches!(scan.peek(), Some('-' | '+')) {
            return scan.fail("negative tolerance: after ± stands a magnitude");
        }
        let tolerance = scan.unsigned()?;
        if bracket && !scan.eat(")") {
            return scan.fail("close the bracket");
        }
        if unit_follows(scan) {
            let second = read_unit_here(scan)?;
            if unit.as_ref().is_some_and(|u| *u != second) {
                return scan.fail("unit conflict between value and tolerance");
            }
            unit = Some(second);
        } else if unit.is_some() {
            return scan.fail("the tolerance has no unit");
        }
        Some(tolerance)
    } else {
        if bracket && !scan.eat(")") {
            return scan.fail("close the bracket");
        }
        if bracket && unit.is_none() && unit_follows(scan) {
            unit = Some(read_unit_here(scan)?);
        }
        None
    };
    if scan.rest().trim_start() == "度" {
        return scan.fail("度 is kW·h, ° or ℃: write the unit's symbol");
    }
    match &unit {
        None => scan.warn("no unit, read as a number of dimension one"),
        Some(unit) => unit
            .impossible(&value)
            .into_iter()
            .for_each(|doubt| scan.warn(doubt)),
    }
    Ok(Quantity::Value {
        value,
        unit,
        tolerance,
    })
}

/// A rating, its index also set down: I_b, I_{max}.
fn rating(scan: &mut Scan) -> Option<&'static str> {
    RATINGS.into_iter().find(|name| {
        let (letter, index) = name.split_at(1);
        scan.eat(name) || scan.eat(&format!("{letter}_{{{index}}}")) || scan.eat(&format!("{letter}_{index}"))
    })
}

/// `0.05In`, `5%Ib`, `5×Ib` behind the number: a share of a rating.
fn fraction(scan: &mut Scan, value: &Exact) -> Result<Option<Quantity>> {
    let start = scan.position();
    let power = match scan.eat_any(&["%", "‰"]) {
        Some("%") => -2,
        Some(_) => -3,
        None => 0,
    };
    let times = scan.eat_any(&["×", "·", "*", "of "]).is_some();
    if let Some(of) = rating(scan) {
        let value = if power == 0 {
            value.clone()
        } else {
            value.scaled(power)
        };
        return Ok(Some(Quantity::Fraction { value, of }));
    }
    if times {
        return scan.fail("behind × stands a rating such as Ib or Un; a unit stands by itself, 42 A");
    }
    scan.reset(start);
    Ok(None)
}

fn power_factor(scan: &mut Scan, value: Exact, named: bool) -> Result<Quantity> {
    if value.abs() > Exact::from(1) {
        return scan.fail("|cosφ| > 1, a power factor lies between -1 and 1");
    }
    let character = if scan.eat_any(&INDUCTIVE).is_some() || (named && scan.eat("L")) {
        Some("inductive")
    } else if scan.eat_any(&CAPACITIVE).is_some() || (named && scan.eat("C")) {
        Some("capacitive")
    } else {
        None
    };
    Ok(Quantity::PowerFactor { value, character })
}

fn angle(scan: &mut Scan, negative: bool, degrees: &Exact) -> Result<Quantity> {
    if degrees.exponent() != 0 {
        return scan.fail("degrees with minutes are whole");
    }
    scan.bump();
    let minutes = scan.mantissa()?;
    let below_sixty = |scan: &Scan, x: &Exact, what: &str| {
        if x >= &Exact::from(60) {
            scan.fail(format!("{what} ≥ 60, carry them over"))
        } else {
            Ok(())
        }
    };
    below_sixty(scan, &minutes, "minutes")?;
    if !(scan.eat("′") || scan.eat("'")) {
        return scan.fail("′ is missing behind the minutes");
    }
    let mut seconds = None;
    if scan.number_ahead() {
        let value = scan.mantissa()?;
        below_sixty(scan, &value, "seconds")?;
        if minutes.exponent() != 0 {
            return scan.fail("minutes with seconds are whole");
        }
        if !(scan.eat("″") || scan.eat("\"") || scan.eat("′′") || scan.eat("''")) {
            return scan.fail("″ is missing behind the seconds");
        }
        seconds = Some(value);
    }
    Ok(Quantity::Angle {
        negative,
        degrees: degrees.abs(),
        minutes,
        seconds,
    })
}

impl Quantity {
    pub(super) fn print(&self) -> String {
        match self {
            Self::Value {
                value,
                unit,
                tolerance,
            } => {
                let text = unit_text(unit.as_ref());
                let value = if value.exponent() > 0 {
                    super::number::NumberNotation {
                        value: value.clone(),
                        residual: None,
                    }
                    .print()
                } else {
                    value.to_string()
                };
                match tolerance {
                    Some(tolerance) => format!("({value}±{tolerance}){text}"),
                    None if unit.is_some() => format!("{value} {text}"),
                    None => value,
                }
            }
            Self::Angle {
                negative,
                degrees,
                minutes,
                seconds,
            } => {
                let sign = if *negative { "-" } else { "" };
                let seconds = seconds.as_ref().map_or(String::new(), |s| format!("{s}″"));
                format!("{sign}{degrees}°{minutes}′{seconds}")
            }
            Self::PowerFactor { value, character } => match character {
                None => format!("cosφ={value}"),
                Some("inductive") => format!("{value}(感)"),
                Some(_) => format!("{value}(容)"),
            },
            Self::Fraction { value, of } => format!("{value}{of}"),
            Self::Sensor { metal, resistance } => format!("{metal}{resistance}"),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Value {
                value,
                unit,
                tolerance: None,
            } => json!({ "value": value, "unit": unit }),
            Self::Value {
                value,
                unit,
                tolerance: Some(tol),
            } => json!({ "value": value, "unit": unit, "tol": tol }),
            Self::Angle {
                negative,
                degrees,
                minutes,
                seconds,
            } => angle_json(*negative, degrees, minutes, seconds.as_ref()),
            Self::PowerFactor {
                value,
                character: Some(character),
            } => {
                json!({ "power_factor": value, "character": character })
            }
            Self::PowerFactor {
                value,
                character: None,
            } => json!({ "power_factor": value }),
            Self::Fraction { value, of } => json!({ "fraction": value, "of": of }),
            Self::Sensor { metal, resistance } => {
                // IEC 60751 for platinum; 0.00428 for copper (JJG 229).
                let alpha = if *metal == "Pt" { "0.003851" } else { "0.00428" };
                json!({ "sensor": format!("{metal}{resistance}"), "R0": resistance, "alpha": alpha })
            }
        }
    }
}

fn angle_json(negative: bool, degrees: &Exact, minutes: &Exact, seconds: Option<&Exact>) -> Value {
    let zero = Exact::zero();
    let total = &(degrees * &Exact::from(3_600)) + &(minutes * &Exact::from(60));
    let total = &total + seconds.unwrap_or(&zero);
    let total = if negative { -total } else { total };
    let decimal = Interval::power_of_ten(-10)
        .round_quotient(&total, &Exact::from(3_600))
        .map(|r| r.value().normalized().to_string());
    let whole = |x: &Exact| i64::try_from(x.mantissa()).ok().filter(|_| x.exponent() == 0);
    let count = |x: &Exact| whole(x).map_or_else(|| json!(x), |n| json!(n));
    let signed = if negative { -degrees } else { degrees.clone() };
    let mut value = json!({ "value_deg": decimal, "unit": "°", "d": count(&signed), "m": count(minutes) });
    value["s"] = seconds.map_or(json!(0), count);
    value
}
