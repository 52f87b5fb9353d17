//! Angles, scales of their own, and spellings that two people read differently. All pairs of the
//! table are compared with pint in `oracles/units.py`.

use std::collections::BTreeMap;

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
    for own in ["dB", "Np", "pH", "NTU", "DN", "%RH", "imp"] {
        assert_eq!(between("7.25", own, own).as_deref(), Ok("7.25"));
        for other in symbols().filter(|other| *other != own).chain(["1/s", "mm"]) {
            let error = between("1", own, other).unwrap_err();
            // A level, a normal volume and an absolute pressure say what they are instead.
            let told = [
                "is a scale of its own",
                "logarithmic scale",
                "reference conditions",
                "from vacuum",
            ];
            assert!(
                told.iter().any(|reason| error.contains(reason)),
                "{own} {other}: {error}"
            );
        }
    }
    // A sensitivity per such a unit is none the worse for it.
    assert_eq!(between("2", "mV/%RH", "V/%RH").as_deref(), Ok("0.002"));
    assert_eq!(between("3", "dB/m", "dB/km").as_deref(), Ok("3000"));
}

#[test]
fn a_kind_of_its_own_is_no_other_of_its_dimension() {
    for (from, to, cure) in [
        ("var", "W", "reactive power"),
        ("kvar·h", "kWh", "reactive power"),
        ("kV·A", "kW", "power factor"),
        ("kVAh", "kWh", "power factor"),
        ("kvar", "kVA", "reactive power"),
        ("Bq", "Hz", "activity"),
        ("Sv", "Gy", "dose equivalent"),
        ("Bq/kg", "Hz/kg", "activity"),
    ] {
        for (from, to) in [(from, to), (to, from)] {
            let error = between("1", from, to).unwrap_err();
            assert!(error.contains(cure), "{from} {to}: {error}");
        }
    }
    assert_eq!(between("1.5", "kVA", "V·A").as_deref(), Ok("1500"));
    assert_eq!(between("2", "Mvar", "kvar").as_deref(), Ok("2000"));
    // V and A that are not one product name nothing.
    assert_eq!(between("2", "V/A", "Ω").as_deref(), Ok("2"));
    assert_eq!(between("2", "V²/Ω", "W").as_deref(), Ok("2"));
}

#[test]
fn a_normal_cubic_metre_is_an_amount_of_gas() {
    for text in ["Nm³", "Nm3", "Nm^3", "标准立方米", "标方"] {
        assert_eq!(Unit::new(text).unwrap().to_string(), "Nm³", "{text}");
    }
    assert_eq!(between("3600", "Nm³/h", "Nm³/s").as_deref(), Ok("1"));
    assert_eq!(between("1", "Nm3/h", "NL/h").as_deref(), Ok("1000"));
    assert_eq!(between("2", "kg/Nm3", "g/NL").as_deref(), Ok("2"));
    for (from, to) in [
        ("Nm³", "m³"),
        ("Nm³/h", "m³/h"),
        ("Nm³", "N·m³"),
        ("NL", "L"),
        ("kg/Nm³", "kg/m³"),
    ] {
        for (from, to) in [(from, to), (to, from)] {
            let error = between("1", from, to).unwrap_err();
            assert!(error.contains("reference conditions"), "{from} {to}: {error}");
        }
    }
    assert!(parse("Nm³").unwrap().warnings[0].contains("101.325 kPa"));
}

#[test]
fn scales_that_count_from_a_point_convert_by_their_law() {
    for (value, from, to, wanted) in [
        ("20", "℃", "K", "293.15"),
        ("20", "℃", "°F", "68"),
        ("-40", "°F", "℃", "-40"),
        ("0", "K", "℉", "-459.67"),
        ("10", "dBm", "dBW", "-20"),
        ("-20", "dBW", "dBm", "10"),
        ("0", "dBV", "dBμV", "120"),
        ("0.101325", "MPa(abs)", "bar(abs)", "1.01325"),
        ("101.325", "kPa(绝压)", "Pa(a)", "101325"),
    ] {
        assert_eq!(
            between(value, from, to).as_deref(),
            Ok(wanted),
            "{value} {from} {to}"
        );
    }
    for (from, to, reason) in [
        ("dBm", "mW", "converts to dBW only"),
        ("dBm", "dB", "converts to dBW only"),
        ("dBW", "W", "converts to dBW only"),
        ("dBμV", "V", "converts to dBV only"),
        ("kPa(abs)", "kPa", "the air's pressure"),
        ("dBm/h", "dBm/s", "cannot be part of the compound"),
        ("°F/h", "℃/h", "cannot be part of the compound"),
    ] {
        for (from, to) in [(from, to), (to, from)] {
            let error = between("1", from, to).unwrap_err();
            assert!(error.contains(reason), "{from} {to}: {error}");
        }
    }
    // A step of ℃ is one of K.
    assert_eq!(between("3", "mV/℃", "mV/K").as_deref(), Ok("3"));
}

#[test]
fn what_nature_forbids_is_doubted() {
    for (value, unit) in [
        ("-273.16", "℃"),
        ("-300", "℃"),
        ("-0.01", "K"),
        ("-1", "mK"),
        ("-460", "°F"),
        ("100.1", "%RH"),
        ("120", "%RH"),
        ("-0.1", "kPa(abs)"),
        ("-1", "Nm³"),
    ] {
        let doubt = Unit::new(unit).unwrap().impossible(&value.parse().unwrap());
        assert!(doubt.is_some(), "{value} {unit}");
    }
    for (value, unit) in [
        ("-273.15", "℃"),
        ("0", "K"),
        ("-459.67", "°F"),
        ("100.0", "%RH"),
        // An error of indication.
        ("-1.2", "%RH"),
        ("-5", "kPa"),
        ("0", "kPa(abs)"),
        ("120", "%"),
        ("-300", "℃/h"),
    ] {
        let doubt = Unit::new(unit).unwrap().impossible(&value.parse().unwrap());
        assert_eq!(doubt, None, "{value} {unit}");
    }
}

/// Whatever an instrument model may print is a unit here, and of the kind that the model says.
#[test]
fn every_symbol_of_an_instrument_is_known_with_its_kind() {
    let kind = |unit: &Unit| (unit.dimension(), unit.kinds());
    let mut of_a_quantity: BTreeMap<devices::Quantity, Unit> = BTreeMap::new();
    for (own, quantity) in devices::Unit::all() {
        let unit = Unit::from(own);
        let reading = parse(own.symbol());
        assert!(
            reading.is_ok_and(|r| r.unit == unit) || own.symbol() == "1",
            "{own}"
        );
        let first = of_a_quantity.entry(quantity).or_insert_with(|| unit.clone());
        assert_eq!(kind(&unit), kind(first), "{own} and {first} measure {quantity:?}");
    }
    let shared = |a, b| kind(&of_a_quantity[&a]) == kind(&of_a_quantity[&b]);
    use devices::Quantity::{
        ActiveEnergy, ActivePower, PowerFactor, ReactiveEnergy, ReactivePower, RelativeHumidity,
    };
    for (a, b) in [
        (ActivePower, ReactivePower),
        (ActiveEnergy, ReactiveEnergy),
        (RelativeHumidity, PowerFactor),
    ] {
        assert!(!shared(a, b), "{a:?} is no {b:?}");
    }
}

#[test]
fn run_together_units_take_no_power() {
    for text in ["Nm2", "VA²", "kWh²", "rpm2"] {
        let error = Unit::new(text).unwrap_err().to_string();
        assert!(error.contains("ambiguous"), "{text}: {error}");
    }
    assert_eq!(Unit::new("Nm").unwrap().to_string(), "N·m");
    assert_eq!(Unit::new("N·m³").unwrap().to_string(), "N·m³");
    assert_eq!(Unit::new("m³/h").unwrap().to_string(), "m³/h");
    assert_eq!(Unit::new("cc").unwrap().to_string(), "cm³");
}
