//! Instrument models as data.
//!
//! A profile is one TOML file: what the model says, where it says it, and *golden words* that show
//! how raw registers become exact decimals. A new model is one file and nothing else.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{AccuracyClass, Connection, Failure, PointName, Quality, Quantity, Unit};

mod catalogue;
mod check;
mod document;
mod encode;
mod error;
mod exact;
mod float;
mod golden;
mod payload;
mod registers;

pub use catalogue::{Catalogue, CatalogueError, catalogue};
pub use encode::EncodeError;
pub use error::ProfileError;
pub use golden::{Golden, GoldenInput};
pub use payload::{TimeForm, TimeSource};
pub use registers::{ByteOrder, Encoding, RegisterSpec, Table};

/// An instrument model.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Stem of the file name, e.g. `dtz341`.
    pub model: String,
    /// Goes up when a published profile changes; stored readings name the version that decoded them.
    pub version: u32,
    pub title_zh: String,
    pub title_en: String,
    pub manufacturer: String,
    pub accuracy_class: Option<AccuracyClass>,
    pub connection: Option<Connection>,
    pub instrument: InstrumentKind,
    pub protocol: Protocol,
    pub ratings: Ratings,
    /// Where a message carries the instrument's own time (MQTT only).
    pub time: Option<TimeSource>,
    pub points: Vec<Point>,
    pub golden: Vec<Golden>,
}

/// What kind of instrument the model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstrumentKind {
    /// 电能表
    EnergyMeter,
    /// 标准电能表
    ReferenceMeter,
    /// 压力变送器
    PressureTransmitter,
    /// 温湿度计
    ThermoHygrometer,
}

/// What the model speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    Modbus,
    Mqtt,
}

/// Rated values of the model; an installation's nameplate may say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ratings {
    /// Basic (I_b) or rated (I_n) current in A.
    pub basic_current: Option<Decimal>,
    /// Maximum current in A.
    pub maximum_current: Option<Decimal>,
    /// Reference voltage in V.
    pub reference_voltage: Option<Decimal>,
}

/// One thing the model says.
#[derive(Clone, Debug)]
pub struct Point {
    pub name: PointName,
    pub quantity: Quantity,
    pub unit: Unit,
    pub title_zh: String,
    pub title_en: String,
    /// The smallest step of the indication, in `unit`. Uncertainty uses it; values are never rounded to it.
    pub resolution: Option<Decimal>,
    /// What the instrument can indicate, both ends included. Outside is [`Failure::Impossible`].
    pub range: Option<(Decimal, Decimal)>,
    /// Only ever counts up (energy, volume).
    pub cumulative: bool,
    /// Where a cumulative register starts again from zero.
    pub modulus: Option<Decimal>,
    /// Raw number × scale = value in `unit`; the digits of the scale are kept (22010 × 0.01 = 220.10).
    pub scale: Option<Decimal>,
    pub source: Source,
}

/// Where a point stands on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Register(RegisterSpec),
    /// JSON pointer (RFC 6901) into the message.
    Json(String),
}

/// What decoding one point gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Exact; `None` exactly when the quality is bad.
    pub value: Option<Decimal>,
    pub quality: Quality,
}

impl Decoded {
    pub fn good(value: Decimal) -> Self {
        Self {
            value: Some(value),
            quality: Quality::Good,
        }
    }

    pub fn bad(failure: Failure) -> Self {
        Self {
            value: None,
            quality: Quality::Bad(failure),
        }
    }
}

impl Profile {
    /// Reads and checks one profile file. `file_name` serves messages, and its stem must be the model.
    ///
    /// # Errors
    /// The first thing wrong, as `FILE:LINE: reason; cure`.
    pub fn parse(file_name: &str, toml: &str) -> Result<Profile, ProfileError> {
        check::parse(file_name, toml)
    }

    /// `model@version`, e.g. `dtz341@1`: what a reading's provenance and an assignment name.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.model, self.version)
    }

    pub fn point(&self, name: &str) -> Option<&Point> {
        self.points.iter().find(|point| point.name.as_str() == name)
    }

    /// Every point of one JSON message, in the profile's order. Never panics, whatever the bytes.
    pub fn decode_message(&self, message: &[u8]) -> Vec<(PointName, Decoded)> {
        let text = std::str::from_utf8(message);
        let decode = |point: &Point| match text {
            Ok(text) => point.decode_json(text),
            Err(_) => Decoded::bad(Failure::MalformedAnswer),
        };
        self.points
            .iter()
            .map(|point| (point.name.clone(), decode(point)))
            .collect()
    }

    /// The instrument's own time in a message, if the profile knows where it stands and it is there.
    pub fn message_time(&self, message: &[u8]) -> Option<Timestamp> {
        let text = std::str::from_utf8(message).ok()?;
        self.time.as_ref()?.read(text)
    }
}

impl Point {
    /// Decodes the words of [`RegisterSpec::address`] and following.
    ///
    /// Words of a wrong number are [`Failure::MalformedAnswer`]; a JSON point has no words and gives
    /// [`Failure::MissingField`].
    pub fn decode_words(&self, words: &[u16]) -> Decoded {
        match &self.source {
            Source::Register(spec) => match spec.read(words) {
                Ok(raw) => self.screen(raw),
                Err(failure) => Decoded::bad(failure),
            },
            Source::Json(_) => Decoded::bad(Failure::MissingField),
        }
    }

    /// Decodes this point out of the whole message; numbers are taken from their text, exactly.
    pub fn decode_json(&self, message: &str) -> Decoded {
        match &self.source {
            Source::Json(pointer) => match payload::number_at(message, pointer) {
                Ok(raw) => self.screen(raw),
                Err(failure) => Decoded::bad(failure),
            },
            Source::Register(_) => Decoded::bad(Failure::MissingField),
        }
    }

    fn screen(&self, raw: Decimal) -> Decoded {
        let value = match self.scale {
            Some(scale) => match exact::product(raw, scale) {
                Some(value) => value,
                None => return Decoded::bad(Failure::NotRepresentable),
            },
            None => raw,
        };
        match self.range {
            Some((least, most)) if value < least || value > most => Decoded::bad(Failure::Impossible),
            _ => Decoded::good(value),
        }
    }
}
