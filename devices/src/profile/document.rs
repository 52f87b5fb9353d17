//! The TOML form of a profile, before it is checked.

use serde::Deserialize;
use toml::Spanned;

use super::payload::TimeForm;
use super::registers::Table;
use super::{InstrumentKind, Protocol};
use crate::{AccuracyClass, Connection, PointName, Quality, Quantity, Unit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) model: Spanned<String>,
    pub(super) version: Spanned<u32>,
    pub(super) title_zh: String,
    pub(super) title_en: String,
    pub(super) manufacturer: String,
    pub(super) accuracy_class: Option<AccuracyClass>,
    pub(super) connection: Option<Connection>,
    pub(super) instrument: InstrumentKind,
    pub(super) protocol: Protocol,
    #[serde(default)]
    pub(super) ratings: RatingsTable,
    pub(super) time: Option<TimeTable>,
    #[serde(default, rename = "point")]
    pub(super) points: Vec<Spanned<PointTable>>,
    #[serde(default, rename = "golden")]
    pub(super) golden: Vec<Spanned<GoldenTable>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RatingsTable {
    pub(super) basic_current: Option<Spanned<String>>,
    pub(super) maximum_current: Option<Spanned<String>>,
    pub(super) reference_voltage: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeTable {
    pub(super) pointer: Spanned<String>,
    pub(super) form: TimeForm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PointTable {
    pub(super) name: Spanned<PointName>,
    pub(super) quantity: Quantity,
    pub(super) unit: Spanned<Unit>,
    pub(super) title_zh: String,
    pub(super) title_en: String,
    pub(super) resolution: Option<Spanned<String>>,
    pub(super) range: Option<Spanned<[Spanned<String>; 2]>>,
    #[serde(default)]
    pub(super) cumulative: bool,
    pub(super) modulus: Option<Spanned<String>>,
    pub(super) scale: Option<Spanned<String>>,

    pub(super) pointer: Option<Spanned<String>>,

    pub(super) table: Option<Spanned<Table>>,
    pub(super) address: Option<Spanned<u16>>,
    pub(super) words: Option<Spanned<u16>>,
    #[serde(rename = "type")]
    pub(super) kind: Option<Spanned<Kind>>,
    pub(super) order: Option<Spanned<String>>,
    /// Address of the exponent register, in the same table.
    pub(super) exponent: Option<Spanned<u16>>,
    pub(super) first_bit: Option<Spanned<u8>>,
    pub(super) bits: Option<Spanned<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
    Bcd,
    Text,
    Bits,
}

impl Kind {
    /// Words that the type takes, where the type alone says it.
    pub(super) fn words(self) -> Option<u16> {
        match self {
            Kind::U16 | Kind::I16 => Some(1),
            Kind::U32 | Kind::I32 | Kind::F32 => Some(2),
            Kind::U64 | Kind::I64 | Kind::F64 => Some(4),
            Kind::Bcd | Kind::Text | Kind::Bits => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GoldenTable {
    pub(super) point: Spanned<PointName>,
    pub(super) words: Option<Spanned<Vec<u16>>>,
    pub(super) message: Option<Spanned<String>>,
    /// The exact decimal, every digit of it.
    pub(super) value: Option<Spanned<String>>,
    /// Name of a quality, where there is no value.
    pub(super) quality: Option<Spanned<Quality>>,
}
