//! What is printed on an instrument (铭牌).

use crate::Quantity;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The accuracy class as printed: `0.5S`, `1`, `0.05`. It is a name, not a number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccuracyClass(pub String);

/// How the meter is connected to the circuit; the MPE tables differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// 直接接入式
    Direct,
    /// 经互感器接入式
    Transformer,
}

/// CT and PT ratios (互感器变比) of an installation, and what the registers already include.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Multiplier {
    /// Primary over secondary current, e.g. `100/5` = 20.
    pub current_ratio: Decimal,
    /// Primary over secondary voltage; 1 without a voltage transformer.
    pub voltage_ratio: Decimal,
    /// True if the instrument already applies the ratios, so that its registers are primary values.
    pub registers_are_primary: bool,
}

impl Multiplier {
    /// No transformers.
    pub fn none() -> Self {
        Self {
            current_ratio: Decimal::ONE,
            voltage_ratio: Decimal::ONE,
            registers_are_primary: true,
        }
    }

    /// What an energy or power register must be multiplied by to become a primary value.
    ///
    /// `None` if the product does not fit a decimal.
    pub fn factor(&self) -> Option<Decimal> {
        if self.registers_are_primary {
            Some(Decimal::ONE)
        } else {
            self.current_ratio
                .checked_mul(self.voltage_ratio)
                .map(|f| f.normalize())
        }
    }

    /// What a reading of this quantity must be multiplied by to become a primary value.
    ///
    /// ```
    /// use devices::{Multiplier, Quantity};
    /// let behind = Multiplier {
    ///     current_ratio: 20.into(),
    ///     voltage_ratio: 100.into(),
    ///     registers_are_primary: false,
    /// };
    /// assert_eq!(behind.of(Quantity::Current), Some(20.into()));
    /// assert_eq!(behind.of(Quantity::ActivePower), Some(2000.into()));
    /// assert_eq!(behind.of(Quantity::Pressure), Some(1.into()));
    /// ```
    ///
    /// `None` if the product does not fit a decimal.
    pub fn of(&self, quantity: Quantity) -> Option<Decimal> {
        match quantity {
            Quantity::ActiveEnergy
            | Quantity::ReactiveEnergy
            | Quantity::ActivePower
            | Quantity::ReactivePower => self.factor(),
            _ if self.registers_are_primary => Some(Decimal::ONE),
            Quantity::Current => Some(self.current_ratio.normalize()),
            Quantity::Voltage => Some(self.voltage_ratio.normalize()),
            _ => Some(Decimal::ONE),
        }
    }
}

/// What is printed on one instrument, as far as verification needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nameplate {
    pub manufacturer: String,
    pub model: String,
    pub serial: String,
    pub accuracy_class: Option<AccuracyClass>,
    pub connection: Option<Connection>,
    /// Basic (I_b) or rated (I_n) current in A.
    pub basic_current: Option<Decimal>,
    /// Maximum current in A.
    pub maximum_current: Option<Decimal>,
    /// Reference voltage in V.
    pub reference_voltage: Option<Decimal>,
}
