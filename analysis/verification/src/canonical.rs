//! Canonical JSON by RFC 8785 (JCS), and its digest.

mod writer;

use serde::Serialize;
use sha2::{Digest, Sha256};

pub use writer::NotJson;

/// The canonical text of a value: keys in the order of their UTF-16 code units, no white space, numbers and escapes as
/// ECMAScript writes them.
///
/// The writer is our own because a window of 90 days must not take seconds; a test holds it against another
/// implementation of the standard (`docs/decisions/0020-one-run-one-record.md` has the figures).
///
/// # Errors
/// A value that has no JSON: a number that is none or lies beyond 2⁵³, a key that is no text, whatever its type refuses.
pub fn text(value: &impl Serialize) -> Result<String, NotJson> {
    let mut writer = writer::Writer::default();
    value.serialize(&mut writer)?;
    Ok(writer.out)
}

/// The canonical text of evidence, which is made of texts, whole numbers and lists of them: all of that has JSON.
pub(crate) fn plain(value: &impl Serialize) -> String {
    text(value).expect("evidence is plain data")
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// The example of RFC 8785, section 3.2.4, as printed there.
    #[test]
    fn the_example_of_the_standard() {
        let input = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let value: Value = serde_json::from_str(input).unwrap();
        assert_eq!(
            text(&value).unwrap(),
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
    }

    /// Section 3.2.3: the order is that of UTF-16 code units, in which an emoji stands before U+FB33.
    #[test]
    fn keys_are_in_the_order_of_the_standard() {
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis"
        });
        let canonical = text(&value).unwrap();
        let places: Vec<usize> = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"]
            .iter()
            .map(|word| canonical.find(word).unwrap())
            .collect();
        assert!(places.is_sorted(), "{canonical}");
    }

    #[test]
    fn what_has_no_json_is_an_error_and_no_text() {
        struct Torn;
        impl Serialize for Torn {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("row 7 is torn"))
            }
        }
        let refused = |found: Result<String, NotJson>| found.unwrap_err().to_string();
        assert!(refused(text(&Torn)).contains("row 7 is torn"));
        assert!(refused(text(&[("a", Torn)])).contains("row 7 is torn"));
        // serde_json writes null for these, which is another value.
        for number in [f64::NAN, f64::INFINITY] {
            assert!(refused(text(&[number])).contains("no number"), "{number}");
        }
        // A double holds every whole number up to here and not the next.
        assert_eq!(text(&[1_u64 << 53]).unwrap(), "[9007199254740992]");
        assert!(refused(text(&[(1_u64 << 53) + 1])).contains("beyond 2^53"));
        let keyed: BTreeMap<Option<u8>, u8> = [(None, 1)].into();
        assert!(refused(text(&keyed)).contains("key"));
    }

    #[derive(Serialize)]
    enum Shape {
        Unit,
        New(i64),
        Tuple(u8, String),
        Struct { z: Option<bool>, a: char },
    }

    #[test]
    fn every_kind_of_value_as_another_implementation_writes_it() {
        let map: BTreeMap<u32, f64> = [(10, 0.1), (9, 1e300), (8, -0.0), (7, 5e-324)].into();
        let all = (
            vec![
                Shape::Unit,
                Shape::New(-3),
                Shape::Tuple(7, "a\"\\\n\u{1}\u{7f}é".to_owned()),
            ],
            Shape::Struct { z: None, a: '"' },
            map,
            json!({ "b": [], "a": {}, "": null, "中": 1.5, "A": [{ "y": 1, "x": 2 }] }),
        );
        assert_eq!(
            text(&all).unwrap(),
            serde_json_canonicalizer::to_string(&all).unwrap()
        );
    }

    fn value() -> impl Strategy<Value = Value> {
        let whole = -(1_i64 << 53)..=1_i64 << 53;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            whole.prop_map(Value::from),
            any::<f64>()
                .prop_filter("JSON has no other", |x| x.is_finite())
                .prop_map(Value::from),
            "(?s).{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                // Keys from both ends of the planes, where UTF-8 and UTF-16 disagree about the order.
                prop::collection::btree_map("[\\PC\u{1f600}\u{fb33}]{0,4}", inner, 0..6)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn as_another_implementation_of_the_standard(value in value()) {
            prop_assert_eq!(text(&value).unwrap(), serde_json_canonicalizer::to_string(&value).unwrap());
        }
    }
}
