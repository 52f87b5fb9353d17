//! Words of every encoding and order: examples, round trips, garbage.

use devices::Profile;
use devices::profile::{Point, catalogue};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn point(fields: &str) -> Point {
    let text = format!(
        "model = \"m\"\nversion = 1\ntitle_zh = \"\"\ntitle_en = \"\"\nmanufacturer = \"\"\ninstrument = \"energy-meter\"\n\
         protocol = \"modbus\"\n[[point]]\nname = \"p\"\ntitle_zh = \"\"\ntitle_en = \"\"\nquantity = \"status\"\n\
         unit = \"1\"\ntable = \"holding\"\naddress = 10\n{fields}\n"
    );
    Profile::parse("m.toml", &text).unwrap().points.remove(0)
}

#[track_caller]
fn reads(fields: &str, words: &[u16], expected: &str) {
    let decoded = point(fields).decode_words(words);
    let found = decoded
        .value
        .map_or_else(|| decoded.quality.name().to_owned(), |value| value.to_string());
    assert_eq!(found, expected, "{fields} {words:04X?}");
}

#[test]
fn the_orders_of_two_words() {
    reads("type = \"u32\"", &[0x1234, 0x5678], "305419896");
    reads("type = \"u32\"\norder = \"ABCD\"", &[0x1234, 0x5678], "305419896");
    reads("type = \"u32\"\norder = \"CDAB\"", &[0x5678, 0x1234], "305419896");
    reads("type = \"u32\"\norder = \"BADC\"", &[0x3412, 0x7856], "305419896");
    reads("type = \"u32\"\norder = \"DCBA\"", &[0x7856, 0x3412], "305419896");
    reads("type = \"i32\"\norder = \"CDAB\"", &[0xFFFE, 0xFFFF], "-2");
    reads("type = \"f32\"\norder = \"DCBA\"", &[0x9A19, 0x5C43], "220.1");
    reads("type = \"i16\"\norder = \"BA\"", &[0xFEFF], "-2");
}

#[test]
fn the_orders_of_four_words() {
    let number = 0x0123_4567_89AB_CDEF_u64.to_string();
    reads("type = \"u64\"", &[0x0123, 0x4567, 0x89AB, 0xCDEF], &number);
    reads(
        "type = \"u64\"\norder = \"GHEFCDAB\"",
        &[0xCDEF, 0x89AB, 0x4567, 0x0123],
        &number,
    );
    reads(
        "type = \"u64\"\norder = \"BADCFEHG\"",
        &[0x2301, 0x6745, 0xAB89, 0xEFCD],
        &number,
    );
    reads(
        "type = \"u64\"\norder = \"HGFEDCBA\"",
        &[0xEFCD, 0xAB89, 0x6745, 0x2301],
        &number,
    );
    reads("type = \"i64\"", &[0x8000, 0, 0, 0], "-9223372036854775808");
    reads(
        "type = \"u64\"\nscale = \"0.0001\"",
        &[0xFFFF; 4],
        "1844674407370955.1615",
    );
    reads("type = \"f64\"", &[0x406B, 0x8333, 0x3333, 0x3333], "220.1");
    reads("type = \"f64\"", &[0x7FF8, 0, 0, 0], "not-representable");
}

#[test]
fn the_other_encodings() {
    reads("type = \"u16\"\nscale = \"0.01\"", &[22010], "220.10");
    reads("type = \"i16\"\nexponent = 11", &[0xFF38, 0xFFFE], "-2.00");
    reads("type = \"i16\"\nexponent = 9", &[0x0003, 0x0002], "2000");
    reads(
        "type = \"bcd\"\nwords = 3\nscale = \"0.01\"",
        &[0x0012, 0x3456, 0x7890],
        "12345678.90",
    );
    reads(
        "type = \"bcd\"\nwords = 2\norder = \"CDAB\"",
        &[0x5678, 0x1234],
        "12345678",
    );
    reads("type = \"bcd\"\nwords = 1", &[0x1A34], "not-representable");
    reads("type = \"text\"\nwords = 3", &[0x3232, 0x302E, 0x3130], "220.10");
    reads(
        "type = \"text\"\nwords = 3\norder = \"BA\"",
        &[0x3232, 0x2E30, 0x0031],
        "220.1",
    );
    reads("type = \"text\"\nwords = 1", &[0x2020], "not-representable");
    reads("type = \"bits\"\nfirst_bit = 4\nbits = 3", &[0x00D7], "5");
    reads("type = \"bits\"\nwords = 2\nfirst_bit = 31", &[0x8000, 0], "1");
    reads("type = \"u32\"", &[1], "malformed-answer");
    reads("type = \"u16\"\nrange = [\"0\", \"10\"]", &[11], "impossible");
}

const WIDE: [(&str, &[&str]); 2] = [
    ("32", &["ABCD", "CDAB", "BADC", "DCBA"]),
    (
        "64",
        &["ABCDEFGH", "GHEFCDAB", "BADCFEHG", "HGFEDCBA", "CDABGHEF"],
    ),
];

proptest! {
    #[test]
    fn integers_round_trip_in_every_order(value: i64, which in 0usize..9, signed: bool) {
        let orders: Vec<(&str, &str)> =
            WIDE.iter().flat_map(|(bits, orders)| orders.iter().map(move |order| (*bits, *order))).collect();
        let (bits, order) = orders[which];
        let value = if bits == "32" { i64::from(value as i32) } else { value };
        let value = if signed { value } else { value.checked_abs().unwrap_or(0) };
        let point = point(&format!("type = \"{}{bits}\"\norder = \"{order}\"\nscale = \"0.001\"", if signed { 'i' } else { 'u' }));
        let decimal = Decimal::new(value, 3);
        let words = point.encode_words(decimal).unwrap();
        prop_assert_eq!(point.decode_words(&words).value.unwrap().to_string(), decimal.to_string());
    }

    #[test]
    fn floats_come_back_to_the_same_word(high: u16, low: u16) {
        let point = point("type = \"f32\"\norder = \"CDAB\"");
        if let Some(value) = point.decode_words(&[low, high]).value {
            let again = point.encode_words(value).unwrap();
            prop_assert!(again == [low, high] || value.is_zero());
        }
    }

    #[test]
    fn bcd_and_text_round_trip(value in 0u32..100_000_000) {
        for fields in ["type = \"bcd\"\nwords = 2", "type = \"text\"\nwords = 5"] {
            let point = point(fields);
            let words = point.encode_words(Decimal::from(value)).unwrap();
            prop_assert_eq!(point.decode_words(&words).value, Some(Decimal::from(value)));
        }
    }

    #[test]
    fn garbage_never_panics_and_bad_is_without_value(words in prop::collection::vec(any::<u16>(), 0..8), text in ".{0,64}", bytes: Vec<u8>) {
        for profile in catalogue().iter() {
            for point in &profile.points {
                for decoded in [point.decode_words(&words), point.decode_json(&text)] {
                    prop_assert_eq!(decoded.value.is_none(), decoded.quality.is_bad());
                }
            }
            profile.decode_message(&bytes);
            profile.message_time(&bytes);
        }
    }

    #[test]
    fn a_garbled_profile_is_refused_not_a_panic(at in 0usize..6000, byte in 32u8..127) {
        let mut text = include_str!("../../profiles/pt100k.toml").as_bytes().to_vec();
        let at = at % text.len();
        text[at] = byte;
        let _ = Profile::parse("pt100k.toml", &String::from_utf8_lossy(&text));
    }
}
