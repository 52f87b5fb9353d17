//! Bodies that the ledger keeps for others: JSON in its canonical form (RFC 8785) that says its `format`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::database::{self, Bind, Read, Type};
use crate::{LedgerError, Rule, form};

/// Canonical JSON, an object with the key `format`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body(String);

impl Body {
    /// # Errors
    /// `invalid-field` for content that is no object, or that has a `format` of its own.
    pub fn new(format: u32, content: &impl Serialize) -> Result<Self, LedgerError> {
        let refused = |reason: String| LedgerError::invalid("body", Rule::Body(reason));
        let content = serde_json::to_value(content).map_err(|error| refused(error.to_string()))?;
        let Json::Object(mut object) = content else {
            return Err(refused("it is no JSON object".to_owned()));
        };
        if object.insert("format".to_owned(), format.into()).is_some() {
            return Err(refused("its content has a format of its own".to_owned()));
        }
        let bytes = serde_json_canonicalizer::to_vec(&object).map_err(|error| refused(error.to_string()))?;
        String::from_utf8(bytes)
            .map(Self)
            .map_err(|error| refused(error.to_string()))
    }

    pub fn json(&self) -> &str {
        &self.0
    }

    /// The content, if it is of the format that the reader knows; the reason if not.
    pub(crate) fn content<T: DeserializeOwned>(&self, known: u32) -> Result<T, String> {
        let mut fields = form::fields(&self.0, known).map_err(|error| error.to_string())?;
        fields.remove("format");
        serde_json::from_value(fields.into()).map_err(|error| error.to_string())
    }
}

impl Bind for Body {
    const TYPE: Type = Type::Text;
    fn value(&self) -> database::Value {
        self.0.value()
    }
}

impl Read for Body {
    fn read(value: &database::Value) -> Result<Self, String> {
        String::read(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_says_its_format_and_is_read_by_who_knows_it() {
        let body = Body::new(2, &json!({"b": 1, "a": "1.10"})).unwrap();
        assert_eq!(body.json(), r#"{"a":"1.10","b":1,"format":2}"#);
        let content: Json = body.content(2).unwrap();
        assert_eq!(content, json!({"a": "1.10", "b": 1}));
        assert_eq!(
            body.content::<Json>(1).unwrap_err(),
            "it is of format 2, and this program reads format 1"
        );
        for (text, reason) in [("{}", "format"), ("[]", "map"), ("{", "EOF")] {
            let error = Body(text.to_owned()).content::<Json>(1).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        assert!(Body::new(1, &[1]).is_err() && Body::new(1, &json!({"format": 1})).is_err());
    }
}
