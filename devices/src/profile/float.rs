//! IEEE-754 words as decimals.
//!
//! A float register becomes the *shortest decimal that reads back to the same word*: 0x435C1A80 is
//! `220.1035`, not `220.103515625`. Rust's own formatting gives exactly that. Negative zero becomes
//! `0`, the only word that does not read back.

use rust_decimal::Decimal;

use super::exact;

/// `None` for NaN, infinities, and magnitudes that no decimal of 96 bits and 28 places holds.
pub(crate) fn decimal32(bits: u32) -> Option<Decimal> {
    let value = f32::from_bits(bits);
    if !value.is_finite() {
        return None;
    }
    exact::number(&format!("{value:e}"))
}

/// Like [`decimal32`].
pub(crate) fn decimal64(bits: u64) -> Option<Decimal> {
    let value = f64::from_bits(bits);
    if !value.is_finite() {
        return None;
    }
    exact::number(&format!("{value:e}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shortest_decimals() {
        for (bits, expected) in [
            (0x435C_199A_u32, Some("220.1")),
            (0x3DCC_CCCD, Some("0.1")),
            (0xC2F6_E979, Some("-123.456")),
            (0x0000_0000, Some("0")),
            (0x8000_0000, Some("0")),
            (0x4B80_0000, Some("16777216")),
            (0x7FC0_0000, None),
            (0x7F80_0000, None),
            (0xFF80_0000, None),
            (0x7F7F_FFFF, None),
            (0x0000_0001, None),
        ] {
            assert_eq!(
                decimal32(bits).map(|d| d.to_string()).as_deref(),
                expected,
                "{bits:08X}"
            );
        }
        assert_eq!(decimal64(0x406B_8333_3333_3333).unwrap().to_string(), "220.1");
    }

    proptest! {
        #[test]
        fn every_word_that_has_a_decimal_reads_back(bits: u32) {
            if let Some(decimal) = decimal32(bits) {
                let back: f32 = decimal.to_string().parse().unwrap();
                prop_assert!(back.to_bits() == bits || bits == 0x8000_0000);
            }
        }

        #[test]
        fn every_double_that_has_a_decimal_reads_back(bits: u64) {
            if let Some(decimal) = decimal64(bits) {
                let back: f64 = decimal.to_string().parse().unwrap();
                prop_assert!(back.to_bits() == bits || bits == 1 << 63);
            }
        }

        #[test]
        fn ordinary_doubles_have_a_decimal(whole in -1_000_000_000i64..1_000_000_000, places in 0u32..6) {
            let text = Decimal::new(whole, places).normalize().to_string();
            let bits = text.parse::<f64>().unwrap().to_bits();
            prop_assert_eq!(decimal64(bits).unwrap().normalize().to_string(), if text == "-0" { "0".into() } else { text });
        }
    }
}
