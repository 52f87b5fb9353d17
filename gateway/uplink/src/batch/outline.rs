//! Walks an encoded batch and counts, without allocating: the ground on which a batch is refused before it is decoded.
//!
//! The types mirror [`super::Batch`] field by field, with borrowed texts and counted lists.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use super::DecodeError;
use crate::limits;

/// What was counted: a sum over all sweeps where it says "all", else the largest that was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) sweeps: usize,
    pub(super) all_values: usize,
    pub(super) values: usize,
    pub(super) all_spans: usize,
    pub(super) spans: usize,
    pub(super) words: usize,
    pub(super) message: usize,
    pub(super) name: usize,
}

impl Outline {
    /// Reads the decompressed bytes of a batch once.
    pub(super) fn of(plain: &[u8]) -> Result<Self, DecodeError> {
        let (batch, rest) = postcard::take_from_bytes::<Batch>(plain)?;
        if !rest.is_empty() {
            return Err(DecodeError::Trailing { bytes: rest.len() });
        }
        let mut outline = batch.sweeps.outline;
        outline.sweeps = batch.sweeps.count;
        outline.name = outline.name.max(batch.key.collector.len());
        Ok(outline)
    }

    /// The first limit that is passed, by its name.
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        for (what, found, most) in [
            ("sweeps", self.sweeps, limits::MOST_SWEEPS),
            ("values", self.all_values, limits::MOST_VALUES),
            ("values of one sweep", self.values, limits::MOST_VALUES_OF_SWEEP),
            ("spans of raw registers", self.all_spans, limits::MOST_SPANS),
            (
                "spans of raw registers of one sweep",
                self.spans,
                limits::MOST_SPANS_OF_SWEEP,
            ),
            ("words of one span", self.words, limits::MOST_WORDS_OF_SPAN),
            ("bytes of one message", self.message, limits::MOST_MESSAGE_BYTES),
            ("bytes of one name", self.name, limits::MOST_NAME_BYTES),
        ] {
            if found > most {
                return Err(DecodeError::TooMany { what, found, most });
            }
        }
        Ok(())
    }
}

#[derive(serde::Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    key: Key<'a>,
    #[serde(borrow)]
    sweeps: Counted<Sweep<'a>>,
}

#[derive(serde::Deserialize)]
struct Key<'a> {
    collector: &'a str,
    _epoch: u64,
    _sequence: u64,
}

#[derive(serde::Deserialize)]
struct Sweep<'a> {
    device: &'a str,
    profile: &'a str,
    _nominal_us: i64,
    _taken_us: i64,
    #[serde(borrow)]
    values: Counted<Value<'a>>,
    raw: Counted<Span>,
    message: &'a [u8],
}

#[derive(serde::Deserialize)]
struct Value<'a> {
    point: &'a str,
    _number: Option<(i128, u8)>,
    _quality: u8,
}

#[derive(serde::Deserialize)]
struct Span {
    _table: crate::RegisterTable,
    _address: u16,
    words: Counted<u16>,
}

/// What one element of a list adds.
trait Counts {
    fn add_to(&self, outline: &mut Outline);
}

impl Counts for Sweep<'_> {
    fn add_to(&self, outline: &mut Outline) {
        outline.all_values += self.values.count;
        outline.values = outline.values.max(self.values.count);
        outline.all_spans += self.raw.count;
        outline.spans = outline.spans.max(self.raw.count);
        outline.words = outline.words.max(self.raw.outline.words);
        outline.message = outline.message.max(self.message.len());
        let names = [self.device.len(), self.profile.len(), self.values.outline.name];
        outline.name = names.into_iter().fold(outline.name, usize::max);
    }
}

impl Counts for Value<'_> {
    fn add_to(&self, outline: &mut Outline) {
        outline.name = outline.name.max(self.point.len());
    }
}

impl Counts for Span {
    fn add_to(&self, outline: &mut Outline) {
        outline.words = outline.words.max(self.words.count);
    }
}

impl Counts for u16 {
    fn add_to(&self, _: &mut Outline) {}
}

/// A list of which only the count and the sum of its elements are kept.
struct Counted<T> {
    count: usize,
    outline: Outline,
    element: PhantomData<T>,
}

impl<'de, T: Deserialize<'de> + Counts> Deserialize<'de> for Counted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Walk<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Counts> Visitor<'de> for Walk<T> {
            type Value = Counted<T>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Counted<T>, A::Error> {
                let (mut count, mut outline) = (0, Outline::default());
                while let Some(element) = list.next_element::<T>()? {
                    element.add_to(&mut outline);
                    count += 1;
                }
                Ok(Counted {
                    count,
                    outline,
                    element: PhantomData,
                })
            }
        }
        deserializer.deserialize_seq(Walk(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{BatchKey, RawSpan, RegisterTable};

    /// A sweep with so many values, spans of so many words, and bytes of message and names.
    fn sweep(values: usize, spans: &[usize], message: usize, name: usize) -> crate::Sweep {
        crate::Sweep {
            device: devices::DeviceId::new("m".repeat(name.clamp(1, 64))).unwrap(),
            profile: "p".repeat(name),
            nominal_us: i64::MIN,
            taken_us: i64::MAX,
            values: (0..values)
                .map(|n| crate::SweepValue {
                    point: "x".repeat(n % 7),
                    number: (n % 2 == 0).then_some((i128::MIN, 28)),
                    quality: 255,
                })
                .collect(),
            raw: spans
                .iter()
                .map(|words| RawSpan {
                    table: RegisterTable::Discrete,
                    address: u16::MAX,
                    words: vec![0x1234; *words],
                })
                .collect(),
            message: vec![b'{'; message],
        }
    }

    fn outline(sweeps: Vec<crate::Sweep>) -> Result<Outline, DecodeError> {
        let key = BatchKey {
            collector: "c".to_owned(),
            epoch: u64::MAX,
            sequence: 1,
        };
        let plain = postcard::to_stdvec(&crate::Batch { key, sweeps }).unwrap();
        for cut in 0..plain.len() {
            assert!(
                Outline::of(&plain[..cut]).is_err(),
                "cut at {cut} of {}",
                plain.len()
            );
        }
        assert!(matches!(
            Outline::of(&[&plain[..], &[0]].concat()),
            Err(DecodeError::Trailing { bytes: 1 })
        ));
        Outline::of(&plain)
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_is_there(
            shapes in prop::collection::vec(
                (0usize..9, prop::collection::vec(0usize..9, 0..4), 0usize..20, 0usize..70), 0..6,
            ),
        ) {
            let sweeps: Vec<_> = shapes.iter().map(|(values, spans, message, name)| sweep(*values, spans, *message, *name)).collect();
            let most = |of: &dyn Fn(&crate::Sweep) -> usize| sweeps.iter().map(of).max().unwrap_or(0);
            let sum = |of: &dyn Fn(&crate::Sweep) -> usize| sweeps.iter().map(of).sum::<usize>();
            let points = most(&|one| one.values.iter().map(|value| value.point.len()).max().unwrap_or(0));
            let expected = Outline {
                sweeps: sweeps.len(),
                all_values: sum(&|one| one.values.len()),
                values: most(&|one| one.values.len()),
                all_spans: sum(&|one| one.raw.len()),
                spans: most(&|one| one.raw.len()),
                words: most(&|one| one.raw.iter().map(|span| span.words.len()).max().unwrap_or(0)),
                message: most(&|one| one.message.len()),
                name: most(&|one| one.profile.len().max(one.device.as_str().len())).max(points).max(1),
            };
            prop_assert_eq!(outline(sweeps).unwrap(), expected);
        }
    }
}
