//! Quality is part of every reading: a failed read is never a zero and never silently absent.

use serde::{Deserialize, Serialize};

/// How far a reading may be trusted.
///
/// Each quality has a code that never changes once published: it is what batches and stores hold.
/// `0` is good, `1..=127` uncertain, `128..=255` bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quality {
    /// The instrument answered, and nothing speaks against the value.
    Good,
    /// There is a value, but something speaks against it.
    Uncertain(Doubt),
    /// There is no usable value; the reading stands for the failure itself.
    Bad(Failure),
}

/// Why a value is doubted. The value is kept; evidence that needs good readings leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Doubt {
    /// Outside the plausible range that the ledger declares for this series.
    OutsidePlausibleRange,
    /// A cumulative register went backwards (reset, rollover or exchanged meter).
    RegisterWentBackwards,
    /// The instrument has repeated one value although it should move.
    Stuck,
    /// The source itself marked the value as doubtful.
    DeclaredBySource,
    /// The true time lies in the future of the receiver, or far from the nominal time. The gravest doubt, so that no
    /// other one takes its place: a reading whose time is doubted must not pass for the latest.
    ClockSkew,
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Failure {
    /// No answer within the time-out.
    NoAnswer,
    /// The line or connection could not be used.
    NoConnection,
    /// The instrument answered with a Modbus exception.
    Exception,
    /// The answer had the wrong length, unit, function or check sum.
    MalformedAnswer,
    /// The word holds no number (NaN, infinity, invalid BCD) or no decimal can hold it.
    NotRepresentable,
    /// A field that the profile promises was missing in the message.
    MissingField,
    /// Outside what the instrument can physically indicate (the profile's range).
    Impossible,
    /// The time was due but the collector did not read (stopped, overloaded, not configured).
    NotRead,
    /// It was read and stored, but the stored bytes have changed since and prove nothing.
    Damaged,
    /// The read failed at a time that lies in the future of the receiver: neither value nor time can be used.
    UntrustedTime,
}

impl Quality {
    /// The published code.
    pub const fn code(self) -> u8 {
        match self {
            Quality::Good => 0,
            Quality::Uncertain(doubt) => match doubt {
                Doubt::OutsidePlausibleRange => 1,
                Doubt::RegisterWentBackwards => 2,
                Doubt::Stuck => 3,
                Doubt::DeclaredBySource => 4,
                Doubt::ClockSkew => 5,
            },
            Quality::Bad(failure) => match failure {
                Failure::NoAnswer => 128,
                Failure::NoConnection => 129,
                Failure::Exception => 130,
                Failure::MalformedAnswer => 131,
                Failure::NotRepresentable => 132,
                Failure::MissingField => 133,
                Failure::Impossible => 134,
                Failure::NotRead => 135,
                Failure::Damaged => 136,
                Failure::UntrustedTime => 137,
            },
        }
    }

    /// The quality with this code, or `None` for a code that was never published.
    pub fn from_code(code: u8) -> Option<Quality> {
        Quality::ALL.into_iter().find(|quality| quality.code() == code)
    }

    /// Every quality, in order of its code.
    pub const ALL: [Quality; 16] = [
        Quality::Good,
        Quality::Uncertain(Doubt::OutsidePlausibleRange),
        Quality::Uncertain(Doubt::RegisterWentBackwards),
        Quality::Uncertain(Doubt::Stuck),
        Quality::Uncertain(Doubt::DeclaredBySource),
        Quality::Uncertain(Doubt::ClockSkew),
        Quality::Bad(Failure::NoAnswer),
        Quality::Bad(Failure::NoConnection),
        Quality::Bad(Failure::Exception),
        Quality::Bad(Failure::MalformedAnswer),
        Quality::Bad(Failure::NotRepresentable),
        Quality::Bad(Failure::MissingField),
        Quality::Bad(Failure::Impossible),
        Quality::Bad(Failure::NotRead),
        Quality::Bad(Failure::Damaged),
        Quality::Bad(Failure::UntrustedTime),
    ];

    /// A short stable name, used in APIs and messages: `good`, `clock-skew`, `no-answer`, …
    pub const fn name(self) -> &'static str {
        match self {
            Quality::Good => "good",
            Quality::Uncertain(Doubt::ClockSkew) => "clock-skew",
            Quality::Uncertain(Doubt::OutsidePlausibleRange) => "outside-plausible-range",
            Quality::Uncertain(Doubt::RegisterWentBackwards) => "register-went-backwards",
            Quality::Uncertain(Doubt::Stuck) => "stuck",
            Quality::Uncertain(Doubt::DeclaredBySource) => "declared-by-source",
            Quality::Bad(Failure::NoAnswer) => "no-answer",
            Quality::Bad(Failure::NoConnection) => "no-connection",
            Quality::Bad(Failure::Exception) => "exception",
            Quality::Bad(Failure::MalformedAnswer) => "malformed-answer",
            Quality::Bad(Failure::NotRepresentable) => "not-representable",
            Quality::Bad(Failure::MissingField) => "missing-field",
            Quality::Bad(Failure::Impossible) => "impossible",
            Quality::Bad(Failure::NotRead) => "not-read",
            Quality::Bad(Failure::UntrustedTime) => "untrusted-time",
            Quality::Bad(Failure::Damaged) => "damaged",
        }
    }

    /// Whether the value may serve as evidence.
    pub const fn is_good(self) -> bool {
        matches!(self, Quality::Good)
    }

    /// Whether there is no usable value.
    pub const fn is_bad(self) -> bool {
        matches!(self, Quality::Bad(_))
    }

    /// Whether the time itself is doubted: such a reading is never the latest of its series, nor one to compare with.
    pub const fn time_is_doubted(self) -> bool {
        matches!(
            self,
            Quality::Uncertain(Doubt::ClockSkew) | Quality::Bad(Failure::UntrustedTime)
        )
    }

    /// The lower of the two: a quality can only ever be lowered on its way.
    #[must_use]
    pub fn lowered_to(self, other: Quality) -> Quality {
        self.max(other)
    }
}

impl Serialize for Quality {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Quality {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Quality::ALL
            .into_iter()
            .find(|quality| quality.name() == name)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown quality \"{name}\"")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_read_back() {
        for quality in Quality::ALL {
            assert_eq!(Quality::from_code(quality.code()), Some(quality));
        }
        assert_eq!(Quality::from_code(77), None);
    }

    #[test]
    fn quality_is_only_ever_lowered() {
        let bad = Quality::Bad(Failure::NoAnswer);
        let doubted = Quality::Uncertain(Doubt::ClockSkew);
        assert_eq!(Quality::Good.lowered_to(doubted), doubted);
        assert_eq!(bad.lowered_to(doubted), bad);
        assert_eq!(doubted.lowered_to(Quality::Good), doubted);
    }

    #[test]
    fn a_doubted_time_stays_doubted_whatever_else_is_found() {
        for quality in Quality::ALL {
            let (late, failed) = (
                Quality::Uncertain(Doubt::ClockSkew),
                Quality::Bad(Failure::UntrustedTime),
            );
            assert!(quality.lowered_to(failed).time_is_doubted());
            assert!(
                quality.is_bad() || quality.lowered_to(late).time_is_doubted(),
                "{}",
                quality.name()
            );
        }
        let codes: Vec<u8> = Quality::ALL.iter().map(|quality| quality.code()).collect();
        assert!(
            codes.is_sorted() && Quality::ALL.is_sorted(),
            "worse is a higher code"
        );
    }
}
