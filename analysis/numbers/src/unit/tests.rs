//! Angles, scales of their own, and spellings that two people read differently. All pairs of the
//! table are compared with pint in `oracles/units.py`.

use crate::rounding::Interval;

use super::*;
use crate::number::Exact;

fn between(value: &str, from: &str, to: &str) -> Result<String, String> {
    let unit = |text: &str| Unit::new(text).map_err(|e| e.to_string());
    let value: Exact = value.parse().unwrap();
    let found = convert(&value, &unit(from)?, &unit(to)?).map_err(|e| e.to_string())?;
    Ok(match found.decimal() {
        Some(decimal) => decimal.to_string(),
        None => format!("≈{}", found.round_significant(20).unwrap()),
    })
}

#[test]
fn a_revolution_is_two_pi_radians() {
    for (value, from, to, wanted) in [
        // 100π rad/s.
        ("3000", "r/min", "rad/s", "≈314.15926535897932385"),
        ("3000", "rpm", "r/s", "50"),
        ("1", "r", "°", "360"),
        ("1", "°", "″", "3600"),
        ("90", "°", "r", "0.25"),
        ("180", "°", "rad", "≈3.1415926535897932385"),
        ("1", "rad", "mrad", "1000"),
        ("1", "rad", "″", "≈206264.80624709635516"),
        ("6", "°/s", "r/min", "1"),
        ("1", "N·m/°", "N·m/r", "360"),
        ("1", "lm", "mlm", "1000"),
    ] {
        assert_eq!(
            between(value, from, to).as_deref(),
            Ok(wanted),
            "{value} {from} {to}"
        );
    }
    for (from, to) in [
        ("r/min", "Hz"),
        ("rad/s", "1/s"),
        ("r", "%"),
        ("°", "ppm"),
        ("lm", "cd"),
        ("lx", "cd/m²"),
        ("r/kWh", "imp/kWh"),
    ] {
        let error = between("1", from, to).unwrap_err();
        assert!(error.contains("measure different quantities"), "{error}");
    }
    let error = between("1", "r/min", "Hz").unwrap_err();
    assert!(error.contains("an angle converts to an angle only"), "{error}");
}

/// π is known with 60 digits here; an interval that asks for more gets none.
#[test]
fn no_digit_of_pi_is_made_up() {
    let unit = |text: &str| Unit::new(text).unwrap();
    let of = |value: &str| convert(&value.parse().unwrap(), &unit("r"), &unit("rad")).unwrap();
    let to = |value: &str, interval: &str| of(value).round(&Interval::parse(interval).unwrap());
    // 2π to 50 places, from the published digits of π (OEIS A000796).
    let shown = to("1", "1E-50").unwrap().to_string();
    assert_eq!(shown, "6.28318530717958647692528676655900576839433879875021");
    assert!(to("1", "1E-80").is_none());
    assert!(to("1E70", "1").is_none());
    assert!(to("0", "1E-80").is_some());
}

#[test]
fn a_scale_of_its_own_converts_to_nothing_else() {
    for own in ["dB", "pH", "NTU", "DN", "%RH", "imp"] {
        assert_eq!(between("7.25", own, own).as_deref(), Ok("7.25"));
        for other in symbols().filter(|other| *other != own).chain(["1/s", "mm"]) {
            let error = between("1", own, other).unwrap_err();
            assert!(error.contains("is a scale of its own"), "{own} {other}: {error}");
        }
    }
    // A sensitivity per such a unit is none the worse for it.
    assert_eq!(between("2", "mV/%RH", "V/%RH").as_deref(), Ok("0.002"));
    assert_eq!(between("3", "dB/m", "dB/km").as_deref(), Ok("3000"));
    for (from, to) in [("var", "W"), ("kvar·h", "kWh"), ("Bq", "Hz"), ("Sv", "Gy")] {
        assert!(between("1", from, to).is_err(), "{from} {to}");
    }
}

#[test]
fn run_together_units_take_no_power() {
    for text in ["Nm3", "Nm³/h", "Nm^3/h", "kg/Nm3", "VA²", "kWh²", "rpm2"] {
        let error = Unit::new(text).unwrap_err().to_string();
        assert!(error.contains("ambiguous"), "{text}: {error}");
    }
    let error = Unit::new("Nm3/h").unwrap_err().to_string();
    assert!(error.contains("normal cubic metre"), "{error}");
    assert_eq!(Unit::new("Nm").unwrap().to_string(), "N·m");
    assert_eq!(Unit::new("N·m³").unwrap().to_string(), "N·m³");
    assert_eq!(Unit::new("m³/h").unwrap().to_string(), "m³/h");
    assert_eq!(Unit::new("cc").unwrap().to_string(), "cm³");
}
