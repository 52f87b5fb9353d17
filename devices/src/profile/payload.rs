//! Numbers out of JSON messages, taken from their text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::exact;
use crate::Failure;

/// Where and how a message writes the instrument's own time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSource {
    /// JSON pointer.
    pub pointer: String,
    pub form: TimeForm,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeForm {
    /// `"2026-11-23T08:00:00Z"`
    Rfc3339,
    /// Whole milliseconds since 1970-01-01 UTC.
    EpochMilliseconds,
    /// Whole seconds since 1970-01-01 UTC.
    EpochSeconds,
}

impl TimeSource {
    pub(super) fn read(&self, message: &str) -> Option<Timestamp> {
        let raw = at(message, &self.pointer).ok()?;
        match self.form {
            TimeForm::Rfc3339 => serde_json::from_str::<Cow<'_, str>>(raw.get()).ok()?.parse().ok(),
            TimeForm::EpochMilliseconds => Timestamp::from_millisecond(raw.get().parse().ok()?).ok(),
            TimeForm::EpochSeconds => Timestamp::from_second(raw.get().parse().ok()?).ok(),
        }
    }
}

/// The number at a JSON pointer. A string that is exactly a number counts as one, `true` and `false`
/// as 1 and 0, and `null` as a missing field.
pub(super) fn number_at(message: &str, pointer: &str) -> Result<Decimal, Failure> {
    let raw = at(message, pointer)?.get();
    match raw {
        "null" => Err(Failure::MissingField),
        "true" => Ok(Decimal::ONE),
        "false" => Ok(Decimal::ZERO),
        _ if raw.starts_with('"') => {
            let text: Cow<'_, str> = serde_json::from_str(raw).map_err(|_| Failure::MalformedAnswer)?;
            exact::number(&text).ok_or(Failure::NotRepresentable)
        }
        _ => exact::number(raw).ok_or(Failure::NotRepresentable),
    }
}

/// A pointer is empty or starts with `/`, and `~` is written `~0`, `/` in a name `~1`.
pub(super) fn is_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/'))
        && text
            .split('~')
            .skip(1)
            .all(|after| after.starts_with('0') || after.starts_with('1'))
}

fn at<'m>(message: &'m str, pointer: &str) -> Result<&'m RawValue, Failure> {
    let mut here: &RawValue = serde_json::from_str(message).map_err(|_| Failure::MalformedAnswer)?;
    for step in pointer.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        here = if here.get().starts_with('{') {
            let fields: BTreeMap<Cow<'m, str>, &'m RawValue> =
                serde_json::from_str(here.get()).map_err(|_| Failure::MalformedAnswer)?;
            *fields.get(name.as_str()).ok_or(Failure::MissingField)?
        } else if here.get().starts_with('[') {
            let items: Vec<&'m RawValue> =
                serde_json::from_str(here.get()).map_err(|_| Failure::MalformedAnswer)?;
            let place: usize = name.parse().map_err(|_| Failure::MissingField)?;
            *items.get(place).ok_or(Failure::MissingField)?
        } else {
            return Err(Failure::MissingField);
        };
    }
    Ok(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: &str, pointer: &str) -> Result<String, Failure> {
        number_at(message, pointer).map(|number| number.to_string())
    }

    #[test]
    fn numbers_keep_their_digits() {
        let message = r#"{"t": 23.40, "deep": {"list": [1e-3, "45.0", true]}, "a/b": {"m~n": 7}, "big": 0.1000000000000000055}"#;
        assert_eq!(text(message, "/t").unwrap(), "23.40");
        assert_eq!(text(message, "/deep/list/0").unwrap(), "0.001");
        assert_eq!(text(message, "/deep/list/1").unwrap(), "45.0");
        assert_eq!(text(message, "/deep/list/2").unwrap(), "1");
        assert_eq!(text(message, "/a~1b/m~0n").unwrap(), "7");
        assert_eq!(text(message, "/big").unwrap(), "0.1000000000000000055");
    }

    #[test]
    fn what_is_missing_and_what_is_broken_are_told_apart() {
        assert_eq!(text(r#"{"t": null}"#, "/t"), Err(Failure::MissingField));
        assert_eq!(text("{}", "/t"), Err(Failure::MissingField));
        assert_eq!(text("5", "/t"), Err(Failure::MissingField));
        assert_eq!(text(r#"{"t": 23.4"#, "/t"), Err(Failure::MalformedAnswer));
        assert_eq!(text(r#"{"t": "warm"}"#, "/t"), Err(Failure::NotRepresentable));
        assert_eq!(text(r#"{"t": {}}"#, "/t"), Err(Failure::NotRepresentable));
        assert_eq!(text(r#"{"t": NaN}"#, "/t"), Err(Failure::MalformedAnswer));
    }
    #[test]
    fn hostile_messages_are_refused_without_harm() {
        for open in ["[", "{\"t\":"] {
            let message = open.repeat(200_000);
            assert_eq!(text(&message, "/t/0/t"), Err(Failure::MalformedAnswer));
        }
        let long = format!(r#"{{"t": 0.{}1}}"#, "0".repeat(500_000));
        assert_eq!(text(&long, "/t"), Err(Failure::NotRepresentable));
        assert_eq!(
            text(r#"{"t": 1e999999999}"#, "/t"),
            Err(Failure::NotRepresentable)
        );
    }
}
