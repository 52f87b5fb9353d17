//! Columns of whole numbers, packed.

use std::borrow::Cow;

use pco::standalone::{simple_compress, simple_decompress};
use pco::{ChunkConfig, DeltaSpec, ModeSpec};
use serde::{Deserialize, Serialize};

/// Some numbers; how many is known elsewhere.
#[derive(Serialize, Deserialize)]
pub(super) enum Packed<'a> {
    /// All of them are this one.
    Same(i64),
    /// In the format of the pco package.
    Each(#[serde(borrow)] Cow<'a, [u8]>),
}

impl Packed<'_> {
    /// Plain or as steps from one to the next, whatever is shorter. To let pco choose costs five times as much.
    pub(super) fn of(numbers: &[i64]) -> Self {
        let first = numbers.first().copied().unwrap_or(0);
        if numbers.iter().all(|number| *number == first) {
            return Self::Same(first);
        }
        let pack = |delta| {
            let config = ChunkConfig::default()
                .with_compression_level(4)
                .with_mode_spec(ModeSpec::Classic)
                .with_delta_spec(delta);
            simple_compress(numbers, &config).expect("numbers in memory can be packed")
        };
        let (plain, steps) = (pack(DeltaSpec::NoOp), pack(DeltaSpec::TryConsecutive(1)));
        Self::Each(Cow::Owned(if plain.len() < steps.len() { plain } else { steps }))
    }

    /// `None` if it does not hold so many.
    pub(super) fn numbers(&self, count: usize) -> Option<Vec<i64>> {
        match self {
            Self::Same(number) => Some(vec![*number; count]),
            Self::Each(bytes) => simple_decompress(bytes)
                .ok()
                .filter(|numbers| numbers.len() == count),
        }
    }

    /// The one that all of them are.
    pub(super) fn same(&self) -> Option<i64> {
        match self {
            Self::Same(number) => Some(*number),
            Self::Each(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for numbers in [
            vec![],
            vec![7],
            vec![7; 1_000],
            vec![i64::MIN, i64::MAX, 0, -1],
            (0..5_000).map(|n| n * n % 977 - 300).collect(),
        ] {
            let bytes = postcard::to_stdvec(&Packed::of(&numbers)).unwrap();
            let packed: Packed<'_> = postcard::from_bytes(&bytes).unwrap();
            assert_eq!(packed.numbers(numbers.len()).unwrap(), numbers);
            let other = packed.numbers(numbers.len() + 1);
            assert_eq!(other.is_none(), packed.same().is_none(), "counted");
        }
    }
}
