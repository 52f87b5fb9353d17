//! Units as instruments print them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Quantity;

/// A unit symbol that is known for its quantity. Case matters: `mPa` is not `MPa`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct Unit(&'static str);

/// Symbols by quantity. Their arithmetic lives in `numbers`, which turns every one of them into its own unit and tests
/// that the kinds agree.
const KNOWN: &[(&str, Quantity)] = &[
    ("kWh", Quantity::ActiveEnergy),
    ("MWh", Quantity::ActiveEnergy),
    ("Wh", Quantity::ActiveEnergy),
    ("kvarh", Quantity::ReactiveEnergy),
    ("W", Quantity::ActivePower),
    ("kW", Quantity::ActivePower),
    ("MW", Quantity::ActivePower),
    ("var", Quantity::ReactivePower),
    ("kvar", Quantity::ReactivePower),
    ("V", Quantity::Voltage),
    ("kV", Quantity::Voltage),
    ("mA", Quantity::Current),
    ("A", Quantity::Current),
    ("Hz", Quantity::Frequency),
    ("Pa", Quantity::Pressure),
    ("kPa", Quantity::Pressure),
    ("MPa", Quantity::Pressure),
    ("bar", Quantity::Pressure),
    ("°C", Quantity::Temperature),
    ("K", Quantity::Temperature),
    ("%RH", Quantity::RelativeHumidity),
    ("m³", Quantity::Volume),
    ("L", Quantity::Volume),
    ("m³/h", Quantity::Flow),
    ("Ω", Quantity::Resistance),
    ("1", Quantity::PowerFactor),
    ("1", Quantity::Status),
];

/// The symbol is not in the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown unit \"{0}\"; known are kWh, kW, V, A, 1, Hz, kPa, MPa, °C, %RH, m³, m³/h, Ω and their usual multiples"
)]
pub struct UnknownUnit(pub String);

impl Unit {
    pub fn new(symbol: &str) -> Result<Self, UnknownUnit> {
        KNOWN
            .iter()
            .find(|(known, _)| *known == symbol)
            .map(|(known, _)| Unit(known))
            .ok_or_else(|| UnknownUnit(symbol.to_owned()))
    }

    /// Every symbol with the quantity it belongs to.
    pub fn all() -> impl Iterator<Item = (Self, Quantity)> {
        KNOWN.iter().map(|(symbol, quantity)| (Unit(symbol), *quantity))
    }

    pub fn symbol(self) -> &'static str {
        self.0
    }

    /// Whether values of this quantity may carry this unit.
    pub fn measures(self, quantity: Quantity) -> bool {
        KNOWN
            .iter()
            .any(|(known, of)| *known == self.0 && *of == quantity)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl TryFrom<String> for Unit {
    type Error = UnknownUnit;
    fn try_from(symbol: String) -> Result<Self, UnknownUnit> {
        Unit::new(&symbol)
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> String {
        unit.0.to_owned()
    }
}

// Derived, it would only read from input that lives forever, because of the `&'static str` inside.
impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Unit::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
