//! From what was read to the values of a sweep. The only place that knows both words and points.

use std::collections::BTreeMap;

use devices::profile::{Decoded, Point, Source};
use devices::{DeviceId, Failure, Profile, Quality};
use uplink::{ProbedValue, RawSpan, Sweep, SweepValue};

use crate::plan::{Span, wire_table};

/// What reading the spans of one device gave: words, or why there are none.
#[derive(Clone, Debug, Default)]
pub struct SpanResults(pub BTreeMap<Span, Result<Vec<u16>, Failure>>);

impl SpanResults {
    fn words_of(&self, point: &Point) -> Result<&[u16], Failure> {
        let Source::Register(spec) = &point.source else {
            return Err(Failure::MissingField);
        };
        let (table, address) = (wire_table(spec.table), spec.address);
        let (span, words) = self
            .0
            .iter()
            .find(|(span, _)| span.covers(table, address, spec.words))
            .ok_or(Failure::NotRead)?;
        let from = usize::from(address - span.address);
        let words = words.as_ref().map_err(|failure| *failure)?;
        words
            .get(from..from + usize::from(spec.words))
            .ok_or(Failure::MalformedAnswer)
    }

    /// Whether any span was read.
    pub fn any_read(&self) -> bool {
        self.0.values().any(Result::is_ok)
    }
}

/// Every point of the profile: its value, or the failure that stands in its place.
pub fn sweep_from_spans(
    device: &DeviceId,
    profile: &Profile,
    (nominal_us, taken_us): (i64, i64),
    results: &SpanResults,
) -> Sweep {
    let values = profile
        .points
        .iter()
        .map(|point| match results.words_of(point) {
            Ok(words) => value(point, point.decode_words(words)),
            Err(failure) => value(point, Decoded::bad(failure)),
        })
        .collect();
    let raw = results
        .0
        .iter()
        .filter_map(|(span, words)| {
            let words = words.as_ref().ok()?.clone();
            Some(RawSpan {
                table: span.table,
                address: span.address,
                words,
            })
        })
        .collect();
    Sweep {
        device: device.clone(),
        profile: profile.reference(),
        nominal_us,
        taken_us,
        values,
        raw,
        message: Vec::new(),
    }
}

/// A sweep that says why nothing was read.
pub fn failed_sweep(device: &DeviceId, profile: &Profile, times: (i64, i64), failure: Failure) -> Sweep {
    let values = profile
        .points
        .iter()
        .map(|point| value(point, Decoded::bad(failure)))
        .collect();
    Sweep {
        device: device.clone(),
        profile: profile.reference(),
        nominal_us: times.0,
        taken_us: times.1,
        values,
        raw: Vec::new(),
        message: Vec::new(),
    }
}

/// A message of an MQTT instrument; `lowered` is what speaks against all of its values.
pub fn sweep_from_message(
    device: &DeviceId,
    profile: &Profile,
    times: (i64, i64),
    message: &[u8],
    lowered: Quality,
) -> Sweep {
    let values = profile
        .decode_message(message)
        .into_iter()
        .map(|(name, decoded)| SweepValue {
            point: name.to_string(),
            quality: decoded.quality.lowered_to(lowered).code(),
            number: number(&decoded),
        })
        .collect();
    Sweep {
        device: device.clone(),
        profile: profile.reference(),
        nominal_us: times.0,
        taken_us: times.1,
        values,
        raw: Vec::new(),
        message: message.to_vec(),
    }
}

fn value(point: &Point, decoded: Decoded) -> SweepValue {
    SweepValue {
        point: point.name.to_string(),
        number: number(&decoded),
        quality: decoded.quality.code(),
    }
}

fn number(decoded: &Decoded) -> Option<(i128, u8)> {
    // A decimal's scale is at most 28.
    decoded
        .value
        .map(|value| (value.mantissa(), u8::try_from(value.scale()).unwrap_or(u8::MAX)))
}

/// Raw words beside decoded values.
pub fn probed_spans(profile: &Profile, results: &SpanResults) -> Vec<ProbedValue> {
    profile
        .points
        .iter()
        .map(|point| {
            let words = results.words_of(point);
            let decoded = match words {
                Ok(words) => point.decode_words(words),
                Err(failure) => Decoded::bad(failure),
            };
            let raw = words.map(|words| {
                words
                    .iter()
                    .map(|word| format!("{word:04x}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            });
            probed(point, raw.unwrap_or_default(), decoded)
        })
        .collect()
}

/// Fields of a message beside decoded values.
pub fn probed_message(profile: &Profile, message: &[u8]) -> Vec<ProbedValue> {
    let text = String::from_utf8_lossy(message);
    let parsed: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    profile
        .points
        .iter()
        .map(|point| {
            let shown = match &point.source {
                // To look at; the value itself is decoded from the text.
                Source::Json(pointer) => parsed
                    .as_ref()
                    .and_then(|json| json.pointer(pointer))
                    .map(ToString::to_string),
                Source::Register(_) => None,
            };
            probed(point, shown.unwrap_or_default(), point.decode_json(&text))
        })
        .collect()
}

fn probed(point: &Point, raw: String, decoded: Decoded) -> ProbedValue {
    let address = match &point.source {
        Source::Register(spec) => {
            let table = format!("{:?}", spec.table).to_lowercase();
            let last = u32::from(spec.address) + u32::from(spec.words).saturating_sub(1);
            format!("{table} 0x{:04x}..0x{last:04x}", spec.address)
        }
        Source::Json(pointer) => pointer.clone(),
    };
    ProbedValue {
        point: point.name.to_string(),
        address,
        raw,
        value: decoded.value.map(|value| value.to_string()),
        unit: point.unit.to_string(),
        quality: decoded.quality,
    }
}
