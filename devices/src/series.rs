//! Names of devices, points and series.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a {kind} must not be empty")]
    Empty { kind: &'static str },
    #[error("a {kind} has at most {most} characters, \"{text}\" has more")]
    TooLong {
        kind: &'static str,
        most: usize,
        text: String,
    },
    #[error(
        "\"{text}\" is no {kind}: character {place} ('{found}') is not a lower-case letter, a digit, '-', '_' or '.'"
    )]
    Character {
        kind: &'static str,
        text: String,
        place: usize,
        found: char,
    },
    #[error("\"{text}\" is no series: write DEVICE/POINT, as in \"m-01/energy.active.import\"")]
    NoSeries { text: String },
}

fn check(kind: &'static str, text: &str) -> Result<(), NameError> {
    const MOST: usize = 64;
    if text.is_empty() {
        return Err(NameError::Empty { kind });
    }
    if text.len() > MOST {
        return Err(NameError::TooLong {
            kind,
            most: MOST,
            text: text.chars().take(MOST).collect(),
        });
    }
    match text
        .chars()
        .enumerate()
        .find(|(_, c)| !(c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(*c)))
    {
        Some((index, found)) => Err(NameError::Character {
            kind,
            text: text.to_owned(),
            place: index + 1,
            found,
        }),
        None => Ok(()),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// The checked name.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                check($kind, &text)?;
                Ok(Self(text))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }
    };
}

name!(
    /// An instrument on the wire, unique in one installation of Henglian: `m-01`, `ref-1`.
    DeviceId,
    "device"
);
name!(
    /// One thing that an instrument says, named by its profile: `energy.active.import`.
    PointName,
    "point"
);

/// One point of one device over time: `m-01/energy.active.import`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SeriesId {
    pub device: DeviceId,
    pub point: PointName,
}

impl SeriesId {
    pub fn new(device: DeviceId, point: PointName) -> Self {
        Self { device, point }
    }
}

impl fmt::Display for SeriesId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.device, self.point)
    }
}

impl FromStr for SeriesId {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let (device, point) = text.split_once('/').ok_or_else(|| NameError::NoSeries {
            text: text.to_owned(),
        })?;
        Ok(Self {
            device: DeviceId::new(device)?,
            point: PointName::new(point)?,
        })
    }
}

impl TryFrom<String> for SeriesId {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<SeriesId> for String {
    fn from(series: SeriesId) -> String {
        series.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_reads_back_from_its_text() {
        let series: SeriesId = "m-01/energy.active.import".parse().unwrap();
        assert_eq!(series.to_string(), "m-01/energy.active.import");
    }

    #[test]
    fn a_bad_name_says_where() {
        let error = DeviceId::new("m 01").unwrap_err().to_string();
        assert!(error.contains("character 2 (' ')"), "{error}");
        assert!("m-01".parse::<SeriesId>().is_err());
    }
}
