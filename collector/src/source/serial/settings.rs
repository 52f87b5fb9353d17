//! Character format of a line and the times that follow from it.

use std::time::Duration;

/// Parity and stop bits out of `8N1`, `8E1`, `8O1`, `8N2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    None { stop_bits: u8 },
    Even,
    Odd,
}

impl Parity {
    /// `None` for any other format.
    pub fn of_format(format: &str) -> Option<Parity> {
        match format {
            "8N1" => Some(Parity::None { stop_bits: 1 }),
            "8N2" => Some(Parity::None { stop_bits: 2 }),
            "8E1" => Some(Parity::Even),
            "8O1" => Some(Parity::Odd),
            _ => None,
        }
    }
}

/// Time of `count` characters of 11 bits at `baud`.
pub fn characters(count: u32, baud: u32) -> Duration {
    Duration::from_micros(u64::from(count) * 11_000_000 / u64::from(baud.max(1)))
}

/// Silence that ends a frame: 3.5 characters, 1.75 ms above 19200 baud (Modbus over serial line
/// 1.02, section 2.5.1.1).
pub fn frame_gap(baud: u32) -> Duration {
    if baud > 19_200 {
        Duration::from_micros(1_750)
    } else {
        characters(7, baud) / 2
    }
}
