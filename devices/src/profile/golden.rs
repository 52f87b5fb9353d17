//! Golden words: raw input beside the exact decimal it must become.

use super::{Decoded, Point};
use crate::PointName;

/// One example that a profile carries; loading the profile checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Golden {
    pub point: PointName,
    pub input: GoldenInput,
    pub expected: Decoded,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoldenInput {
    Words(Vec<u16>),
    Message(String),
}

impl Golden {
    /// What the input really decodes to.
    pub fn decode(&self, point: &Point) -> Decoded {
        match &self.input {
            GoldenInput::Words(words) => point.decode_words(words),
            GoldenInput::Message(message) => point.decode_json(message),
        }
    }

    /// Whether it is the expected value, digit for digit (`220.1` is not `220.10`).
    pub fn holds(&self, point: &Point) -> bool {
        describe(&self.decode(point)) == describe(&self.expected)
    }
}

pub(super) fn describe(decoded: &Decoded) -> String {
    match decoded.value {
        Some(value) => value.to_string(),
        None => format!("quality \"{}\"", decoded.quality.name()),
    }
}
