//! From 16-bit registers to the raw number.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{exact, float};
use crate::Failure;

/// The four Modbus tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Table {
    Holding,
    Input,
    /// One word per coil: 0 or 1.
    Coil,
    /// One word per discrete input: 0 or 1.
    Discrete,
}

impl Table {
    /// Whether the table holds single bits.
    pub const fn is_bits(self) -> bool {
        matches!(self, Table::Coil | Table::Discrete)
    }
}

/// Where a point stands in the registers, and how its words are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterSpec {
    pub table: Table,
    /// First register to read, counted from 0 as on the wire (not 40001).
    pub address: u16,
    /// Registers to read: value and exponent, with whatever stands between them.
    pub words: u16,
    /// Where the value begins within `words`.
    pub value_at: u16,
    pub value_words: u16,
    /// Where the exponent register stands within `words`: the number is multiplied by ten to the power of
    /// that signed 16-bit word.
    pub exponent_at: Option<u16>,
    pub encoding: Encoding,
}

/// How words make a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// 1, 2 or 4 words, two's complement if signed.
    Integer { signed: bool, order: ByteOrder },
    /// IEEE-754, 2 or 4 words.
    Float { order: ByteOrder },
    /// Four decimal digits per word.
    Bcd { order: ByteOrder },
    /// ASCII digits, two per word, padded with blanks or zero bytes.
    Text { order: ByteOrder },
    /// `count` bits from bit `first` (0 = least significant) of 1, 2 or 4 words.
    Bits { first: u8, count: u8, order: ByteOrder },
}

/// Largest exponent that an exponent register may hold; what lies beyond is a marker or garbage.
const MOST_EXPONENT: i16 = 10;

/// How bytes on the wire map to significance: `ABCD` (as Modbus says), `CDAB`, `BADC`, `DCBA` or any
/// other permutation; `A` is the most significant byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByteOrder(Vec<u8>);

impl ByteOrder {
    /// Most significant byte first.
    pub fn big_endian(words: u16) -> Self {
        Self((0..words.saturating_mul(2).min(250)).map(|i| i as u8).collect())
    }

    /// Reads letters such as `CDAB`; two letters apply to each of `words` words. `None` if the letters are
    /// no permutation of that many bytes.
    pub fn parse(letters: &str, words: u16) -> Option<Self> {
        let places: Vec<u8> = letters.bytes().map(|b| b.wrapping_sub(b'A')).collect();
        let mut sorted = places.clone();
        sorted.sort_unstable();
        if !sorted
            .iter()
            .enumerate()
            .all(|(i, place)| usize::from(*place) == i)
        {
            return None;
        }
        if places.len() == 2 && words > 1 {
            let every = (0..u8::try_from(words).ok()?).flat_map(|w| places.iter().map(move |p| (w, *p)));
            return every
                .map(|(w, p)| w.checked_mul(2)?.checked_add(p))
                .collect::<Option<_>>()
                .map(Self);
        }
        (places.len() == usize::from(words) * 2).then_some(Self(places))
    }

    /// Bytes by significance, most significant first.
    pub(super) fn arrange(&self, words: &[u16]) -> Vec<u8> {
        let mut bytes = vec![0; words.len() * 2];
        let wire = words.iter().flat_map(|word| word.to_be_bytes());
        for (byte, place) in wire.zip(&self.0) {
            if let Some(slot) = bytes.get_mut(usize::from(*place)) {
                *slot = byte;
            }
        }
        bytes
    }

    /// The inverse of [`ByteOrder::arrange`].
    pub(super) fn scatter(&self, bytes: &[u8]) -> Vec<u16> {
        let wire: Vec<u8> = self
            .0
            .iter()
            .map(|place| bytes.get(usize::from(*place)).copied().unwrap_or(0))
            .collect();
        wire.chunks(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]))
            .collect()
    }
}

impl RegisterSpec {
    /// The raw number, before the profile's scale.
    pub(super) fn read(&self, words: &[u16]) -> Result<Decimal, Failure> {
        if words.len() != usize::from(self.words) {
            return Err(Failure::MalformedAnswer);
        }
        let from = usize::from(self.value_at);
        let value = words
            .get(from..from + usize::from(self.value_words))
            .ok_or(Failure::MalformedAnswer)?;
        if self.table.is_bits() && value.iter().any(|word| *word > 1) {
            return Err(Failure::NotRepresentable);
        }
        let number = self.encoding.read(value).ok_or(Failure::NotRepresentable)?;
        let Some(at) = self.exponent_at else {
            return Ok(number);
        };
        let exponent = i16::from_be_bytes(
            words
                .get(usize::from(at))
                .ok_or(Failure::MalformedAnswer)?
                .to_be_bytes(),
        );
        if !(-MOST_EXPONENT..=MOST_EXPONENT).contains(&exponent) {
            return Err(Failure::NotRepresentable);
        }
        exact::shifted(number.mantissa(), i64::from(exponent) - i64::from(number.scale()))
            .ok_or(Failure::NotRepresentable)
    }
}

impl Encoding {
    fn read(&self, words: &[u16]) -> Option<Decimal> {
        match self {
            Encoding::Integer { signed, order } => {
                let bits = words.len() as u32 * 16;
                let raw = unsigned(&order.arrange(words))?;
                let number = if *signed && raw >> (bits - 1) == 1 {
                    i128::from(raw) - (1i128 << bits)
                } else {
                    i128::from(raw)
                };
                Decimal::try_from_i128_with_scale(number, 0).ok()
            }
            Encoding::Float { order } => {
                let raw = unsigned(&order.arrange(words))?;
                match u32::try_from(raw) {
                    Ok(raw) if words.len() == 2 => float::decimal32(raw),
                    _ => float::decimal64(raw),
                }
            }
            Encoding::Bcd { order } => {
                let digits = order
                    .arrange(words)
                    .into_iter()
                    .flat_map(|byte| [byte >> 4, byte & 0xF]);
                let mut number: i128 = 0;
                for digit in digits {
                    if digit > 9 {
                        return None;
                    }
                    number = number.checked_mul(10)?.checked_add(i128::from(digit))?;
                }
                Decimal::try_from_i128_with_scale(number, 0).ok()
            }
            Encoding::Text { order } => {
                let bytes = order.arrange(words);
                let text = std::str::from_utf8(&bytes).ok()?;
                exact::number(text.trim_matches([' ', '\0']))
            }
            Encoding::Bits { first, count, order } => {
                let raw = unsigned(&order.arrange(words))?;
                let mask = if *count >= 64 {
                    u64::MAX
                } else {
                    (1u64 << count) - 1
                };
                Some(Decimal::from(raw.checked_shr(u32::from(*first))? & mask))
            }
        }
    }
}

fn unsigned(bytes: &[u8]) -> Option<u64> {
    if bytes.len() > 8 {
        return None;
    }
    Some(
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}
