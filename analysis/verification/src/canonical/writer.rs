//! Writes RFC 8785 straight into one text; objects are put in order when they close.

use std::borrow::Cow;
use std::fmt::{Display, Write};
use std::ops::Range;

use serde::ser::{self, Serialize, Serializer};

/// Why a value is no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value cannot be JSON: {0}")]
pub struct NotJson(String);

impl ser::Error for NotJson {
    fn custom<T: Display>(reason: T) -> Self {
        Self(reason.to_string())
    }
}

type Done = Result<(), NotJson>;

/// The text so far.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) out: String,
}

impl Writer {
    fn shown(&mut self, value: impl Display) -> Done {
        write!(self.out, "{value}").map_err(ser::Error::custom)
    }

    fn text(&mut self, text: &str) -> Done {
        let plain = |b: u8| b >= 0x20 && b != b'"' && b != b'\\';
        if text.bytes().all(plain) {
            self.out.push('"');
            self.out.push_str(text);
            self.out.push('"');
        } else {
            self.out += &serde_json::to_string(text).map_err(ser::Error::custom)?;
        }
        Ok(())
    }

    /// As ECMAScript writes it (RFC 8785, 3.2.2.3).
    fn float(&mut self, value: f64) -> Done {
        if !value.is_finite() {
            return Err(NotJson(format!("{value} is no number")));
        }
        self.out.push_str(ryu_js::Buffer::new().format_finite(value));
        Ok(())
    }

    /// Beyond 2⁵³ a reader that takes numbers for doubles, as the standard does, would lose digits.
    fn whole(&mut self, value: impl Into<i128>) -> Done {
        let value = value.into();
        if value.unsigned_abs() > 1 << 53 {
            return Err(NotJson(format!("{value} lies beyond 2^53, write it as a text")));
        }
        self.shown(value)
    }

    fn list(&mut self, closing: &'static str) -> List<'_> {
        self.out.push('[');
        List {
            writer: self,
            first: true,
            closing,
        }
    }

    fn object(&mut self, closing: &'static str) -> Object<'_> {
        self.out.push('{');
        let start = self.out.len();
        Object {
            writer: self,
            start,
            entries: Vec::new(),
            key: None,
            closing,
        }
    }

    /// `{"variant":` for variants that carry something.
    fn variant(&mut self, variant: &str) -> Done {
        self.out.push('{');
        self.text(variant)?;
        self.out.push(':');
        Ok(())
    }
}

/// An open array.
pub(super) struct List<'a> {
    writer: &'a mut Writer,
    first: bool,
    closing: &'static str,
}

impl List<'_> {
    fn item(&mut self, value: &(impl Serialize + ?Sized)) -> Done {
        if !self.first {
            self.writer.out.push(',');
        }
        self.first = false;
        value.serialize(&mut *self.writer)
    }

    fn close(self) -> Done {
        self.writer.out.push_str(self.closing);
        Ok(())
    }
}

/// A key and where its entry stands.
type Entry = (Cow<'static, str>, Range<usize>);

/// An open object with where its entries stand.
pub(super) struct Object<'a> {
    writer: &'a mut Writer,
    start: usize,
    entries: Vec<Entry>,
    key: Option<String>,
    closing: &'static str,
}

impl Object<'_> {
    fn entry(&mut self, key: Cow<'static, str>, value: &(impl Serialize + ?Sized)) -> Done {
        if !self.entries.is_empty() {
            self.writer.out.push(',');
        }
        let start = self.writer.out.len();
        self.writer.text(&key)?;
        self.writer.out.push(':');
        value.serialize(&mut *self.writer)?;
        self.entries.push((key, start..self.writer.out.len()));
        Ok(())
    }

    fn close(mut self) -> Done {
        let order = |a: &Entry, b: &Entry| a.0.encode_utf16().cmp(b.0.encode_utf16());
        if !self.entries.is_sorted_by(|a, b| order(a, b).is_le()) {
            self.entries.sort_by(order);
            let out = &self.writer.out;
            let parts: Vec<&str> = self
                .entries
                .iter()
                .map(|(_, place)| &out[place.clone()])
                .collect();
            let ordered = parts.join(",");
            self.writer.out.truncate(self.start);
            self.writer.out += &ordered;
        }
        self.writer.out.push_str(self.closing);
        Ok(())
    }
}

macro_rules! listed {
    ($($kind:ident: $method:ident),*) => {$(
        impl ser::$kind for List<'_> {
            type Ok = ();
            type Error = NotJson;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                self.item(value)
            }
            fn end(self) -> Done {
                self.close()
            }
        }
    )*};
}
listed!(
    SerializeSeq: serialize_element, SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field
);

macro_rules! keyed {
    ($($kind:ident),*) => {$(
        impl ser::$kind for Object<'_> {
            type Ok = ();
            type Error = NotJson;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
                self.entry(Cow::Borrowed(key), value)
            }
            fn end(self) -> Done {
                self.close()
            }
        }
    )*};
}
keyed!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = NotJson;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        // As serde_json does: texts as they are, numbers and booleans as their text.
        let key = match serde_json::to_value(key).map_err(ser::Error::custom)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::Bool(is) => is.to_string(),
            other => return Err(NotJson(format!("{other} is no key"))),
        };
        self.key = Some(key);
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        let key = self
            .key
            .take()
            .ok_or_else(|| NotJson("a value without a key".to_owned()))?;
        self.entry(Cow::Owned(key), value)
    }
    fn end(self) -> Done {
        self.close()
    }
}

macro_rules! whole_numbers {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Done { self.whole(value) })*
    };
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = NotJson;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Object<'a>;

    whole_numbers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    );
    fn serialize_bool(self, value: bool) -> Done {
        self.shown(value)
    }
    fn serialize_f32(self, value: f32) -> Done {
        self.float(f64::from(value))
    }
    fn serialize_f64(self, value: f64) -> Done {
        self.float(value)
    }
    fn serialize_char(self, value: char) -> Done {
        self.text(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Done {
        self.text(value)
    }
    fn serialize_bytes(self, value: &[u8]) -> Done {
        let mut list = self.list("]");
        for byte in value {
            list.item(byte)?;
        }
        list.close()
    }
    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Done {
        self.out.push_str("null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.text(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        self.variant(variant)?;
        value.serialize(&mut *self)?;
        self.out.push('}');
        Ok(())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, NotJson> {
        Ok(self.list("]"))
    }
    fn serialize_tuple(self, _: usize) -> Result<List<'a>, NotJson> {
        Ok(self.list("]"))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a>, NotJson> {
        Ok(self.list("]"))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, NotJson> {
        self.variant(variant)?;
        Ok(self.list("]}"))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a>, NotJson> {
        Ok(self.object("}"))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'a>, NotJson> {
        Ok(self.object("}"))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'a>, NotJson> {
        self.variant(variant)?;
        Ok(self.object("}}"))
    }
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Done {
        // Written in place; escaped afterwards in the rare case that it must be.
        let start = self.out.len();
        self.out.push('"');
        self.shown(value)?;
        let needs = |b: u8| b < 0x20 || b == b'"' || b == b'\\';
        if self.out.bytes().skip(start + 1).any(needs) {
            let plain = self.out.split_off(start + 1);
            self.out.truncate(start);
            return self.text(&plain);
        }
        self.out.push('"');
        Ok(())
    }
}
