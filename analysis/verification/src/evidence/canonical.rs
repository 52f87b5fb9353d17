//! Canonical JSON: sorted keys, no white space, strings escaped as serde_json does.

mod writer;

use serde::Serialize;
use sha2::{Digest, Sha256};

pub use writer::NotJson;

/// The canonical text of a value.
///
/// # Errors
/// A value that has no JSON: a number that is none, a key that is no text, whatever its type refuses.
pub fn text(value: &impl Serialize) -> Result<String, NotJson> {
    // Keys are sorted here and not left to serde_json, whose map keeps the order of insertion as
    // soon as any package in the build asks for that.
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

    /// As it was first written: through a tree of values.
    fn by_tree(value: &Value, out: &mut String) {
        match value {
            Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    by_tree(item, out);
                }
                out.push(']');
            }
            Value::Object(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_by_key(|(key, _)| key.as_str());
                out.push('{');
                for (index, (key, item)) in entries.into_iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    out.push_str(&Value::String(key.clone()).to_string());
                    out.push(':');
                    by_tree(item, out);
                }
                out.push('}');
            }
            leaf => out.push_str(&leaf.to_string()),
        }
    }

    fn expected(value: &impl Serialize) -> String {
        let mut out = String::new();
        by_tree(&serde_json::to_value(value).unwrap(), &mut out);
        out
    }

    #[derive(Serialize)]
    enum Shape {
        Unit,
        New(i64),
        Tuple(u8, String),
        Struct { z: Option<bool>, a: char },
    }

    #[test]
    fn every_kind_of_value() {
        let map: BTreeMap<u32, f64> = [(10, 0.1), (9, 1e300)].into();
        let all = (
            vec![
                Shape::Unit,
                Shape::New(-3),
                Shape::Tuple(7, "a\"\\\n\u{1}é".to_owned()),
            ],
            Shape::Struct { z: None, a: '"' },
            map,
            json!({ "b": [], "a": {}, "": null, "中": 1.5, "A": [{ "y": 1, "x": 2 }] }),
        );
        assert_eq!(text(&all).unwrap(), expected(&all));
        let pair: BTreeMap<&str, Value> = [("q", json!(f64::MAX)), ("p", Value::Null)].into();
        assert_eq!(text(&pair).unwrap(), expected(&pair));
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
        let keyed: BTreeMap<Option<u8>, u8> = [(None, 1)].into();
        assert!(refused(text(&keyed)).contains("key"));
    }

    proptest! {
        #[test]
        fn as_through_a_tree(keys in proptest::collection::vec("\\PC{0,6}", 0..6), number in any::<i64>(), words in "(?s).{0,20}") {
            let inner: serde_json::Map<String, Value> =
                keys.iter().map(|k| (k.clone(), json!([number, words, k]))).collect();
            let value = json!({ "z": inner, "a": words, "m": [inner] });
            prop_assert_eq!(text(&value).unwrap(), expected(&value));
        }
    }
}
