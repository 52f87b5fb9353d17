//! The way back, from a decimal to registers: simulators serve any profile with it.

use rust_decimal::Decimal;

use super::registers::{Encoding, RegisterSpec};
use super::{Point, Source};

/// Why a value has no registers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    #[error("point \"{0}\" is not made of registers")]
    NoRegisters(String),
    #[error("{value} is not a whole number of steps of {scale}")]
    NotOnStep { value: Decimal, scale: Decimal },
    #[error("{0} does not fit the registers of \"{1}\"")]
    DoesNotFit(Decimal, String),
}

impl Point {
    /// The words that decode to `value`; a float register takes the nearest float.
    pub fn encode_words(&self, value: Decimal) -> Result<Vec<u16>, EncodeError> {
        let Source::Register(spec) = &self.source else {
            return Err(EncodeError::NoRegisters(self.name.to_string()));
        };
        let raw = self.raw_of(value)?;
        spec.write(raw)
            .ok_or_else(|| EncodeError::DoesNotFit(value, self.name.to_string()))
    }

    /// What must stand on the wire: `value` divided by the scale, exactly.
    pub fn raw_of(&self, value: Decimal) -> Result<Decimal, EncodeError> {
        let Some(scale) = self.scale else { return Ok(value) };
        let not_on_step = || EncodeError::NotOnStep { value, scale };
        let places = value.scale().max(scale.scale());
        let shift = |number: Decimal| {
            number
                .mantissa()
                .checked_mul(10i128.checked_pow(places - number.scale())?)
        };
        let (value, step) = (
            shift(value).ok_or_else(not_on_step)?,
            shift(scale).ok_or_else(not_on_step)?,
        );
        if value % step != 0 {
            return Err(not_on_step());
        }
        Decimal::try_from_i128_with_scale(value / step, 0).map_err(|_| not_on_step())
    }
}

impl RegisterSpec {
    fn write(&self, raw: Decimal) -> Option<Vec<u16>> {
        let mut words = vec![0; usize::from(self.words)];
        let number = match self.exponent_at {
            Some(at) => {
                let exponent = -i16::try_from(raw.scale()).ok()?;
                *words.get_mut(usize::from(at))? = u16::from_be_bytes(exponent.to_be_bytes());
                Decimal::try_from_i128_with_scale(raw.mantissa(), 0).ok()?
            }
            None => raw,
        };
        let value = self.encoding.write(number, self.value_words)?;
        let from = usize::from(self.value_at);
        words.get_mut(from..from + value.len())?.copy_from_slice(&value);
        Some(words)
    }
}

impl Encoding {
    fn write(&self, number: Decimal, words: u16) -> Option<Vec<u16>> {
        let bytes = usize::from(words) * 2;
        match self {
            Encoding::Integer { signed, order } => {
                let number = whole(number)?;
                let bits = u32::from(words) * 16;
                let (least, most) = if *signed {
                    (-(1i128 << (bits - 1)), 1i128 << (bits - 1))
                } else {
                    (0, 1i128 << bits)
                };
                (least..most)
                    .contains(&number)
                    .then(|| order.scatter(&number.to_be_bytes()[16 - bytes..]))
            }
            Encoding::Float { order } => {
                let text = number.to_string();
                Some(match words {
                    2 => order.scatter(&text.parse::<f32>().ok()?.to_be_bytes()),
                    _ => order.scatter(&text.parse::<f64>().ok()?.to_be_bytes()),
                })
            }
            Encoding::Bcd { order } => {
                let digits = format!("{:0width$}", whole(number)?, width = bytes * 2);
                if digits.len() != bytes * 2 || digits.starts_with('-') {
                    return None;
                }
                let pairs: Vec<u8> = digits
                    .as_bytes()
                    .chunks(2)
                    .map(|pair| (pair[0] - b'0') << 4 | (pair[1] - b'0'))
                    .collect();
                Some(order.scatter(&pairs))
            }
            Encoding::Text { order } => {
                let mut text = number.to_string().into_bytes();
                if text.len() > bytes {
                    return None;
                }
                text.resize(bytes, b' ');
                Some(order.scatter(&text))
            }
            Encoding::Bits { first, count, order } => {
                let number = whole(number)?;
                if !(0..1i128 << count).contains(&number) {
                    return None;
                }
                Some(order.scatter(&(number << first).to_be_bytes()[16 - bytes..]))
            }
        }
    }
}

fn whole(number: Decimal) -> Option<i128> {
    let divisor = 10i128.checked_pow(number.scale())?;
    (number.mantissa() % divisor == 0).then(|| number.mantissa() / divisor)
}
