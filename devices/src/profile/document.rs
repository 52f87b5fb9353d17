//! The TOML form of a profile, before it is checked. The comments on the fields are its manual.
//!
//! Decimals are written in quotes: `scale = "0.01"` keeps two places in every value, `"0.010"` three.

use serde::Deserialize;
use toml::Spanned;

use super::payload::TimeForm;
use super::registers::Table;
use super::{InstrumentKind, Protocol};
use crate::{AccuracyClass, Connection, PointName, Quality, Quantity, Unit};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    /// The stem of the file name.
    pub(super) model: Spanned<String>,
    /// From 1; a published profile never changes, it gets a new version.
    pub(super) version: Spanned<u32>,
    pub(super) title_zh: String,
    pub(super) title_en: String,
    pub(super) manufacturer: String,
    /// As printed: `0.5S`, `1`.
    pub(super) accuracy_class: Option<AccuracyClass>,
    pub(super) connection: Option<Connection>,
    pub(super) instrument: InstrumentKind,
    pub(super) protocol: Protocol,
    #[serde(default)]
    pub(super) ratings: RatingsTable,
    /// `[time]`: where an MQTT message carries the instrument's own time.
    pub(super) time: Option<TimeTable>,
    #[serde(default, rename = "point")]
    pub(super) points: Vec<Spanned<PointTable>>,
    /// Raw input beside what it must become; checked whenever the profile is read.
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
    /// Smallest step of the indication; the scale if left out.
    pub(super) resolution: Option<Spanned<String>>,
    /// `["least", "most"]` that the instrument can indicate.
    pub(super) range: Option<Spanned<[Spanned<String>; 2]>>,
    /// Only ever counts up.
    #[serde(default)]
    pub(super) cumulative: bool,
    /// Where a cumulative register starts again from zero.
    pub(super) modulus: Option<Spanned<String>>,
    /// The raw number is multiplied by this, exactly.
    pub(super) scale: Option<Spanned<String>>,

    /// JSON pointer (MQTT only); the fields below are for Modbus.
    pub(super) pointer: Option<Spanned<String>>,

    pub(super) table: Option<Spanned<Table>>,
    /// As on the wire, from 0: what a manual calls 40001 is holding 0.
    pub(super) address: Option<Spanned<u16>>,
    /// Registers of the value; only `bcd`, `text` and `bits` need it.
    pub(super) words: Option<Spanned<u16>>,
    #[serde(rename = "type")]
    pub(super) kind: Option<Spanned<Kind>>,
    /// `ABCD`, `CDAB`, `BADC`, `DCBA` and their like for other lengths.
    pub(super) order: Option<Spanned<String>>,
    /// Address of the exponent register, in the same table.
    pub(super) exponent: Option<Spanned<u16>>,
    /// 0 is the least significant bit.
    pub(super) first_bit: Option<Spanned<u8>>,
    /// How many bits; 1 if left out.
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
