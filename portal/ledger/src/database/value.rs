//! What stands in a column, and how the types of the ledger are written to it and read from it.

use jiff::Timestamp;
use jiff::civil::Date;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    Null(Type),
}

/// What a NULL would have been: a server wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Integer,
    Text,
    Bytes,
}

impl Value {
    /// For an error that quotes it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Self::Null(_) => "NULL".to_owned(),
        }
    }
}

/// What can be written to a column. Times are microseconds, days and words are texts.
pub(crate) trait Bind {
    const TYPE: Type;
    fn value(&self) -> Value;
}

/// What can be read from a column; the reason if not.
pub(crate) trait Read: Sized {
    fn read(value: &Value) -> Result<Self, String>;
}

impl<T: Bind> Bind for Option<T> {
    const TYPE: Type = T::TYPE;
    fn value(&self) -> Value {
        self.as_ref().map_or(Value::Null(T::TYPE), Bind::value)
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    const TYPE: Type = T::TYPE;
    fn value(&self) -> Value {
        (**self).value()
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Null(_) => Ok(None),
            value => T::read(value).map(Some),
        }
    }
}

macro_rules! bind {
    ($($type:ty => $kind:ident, |$this:ident| $value:expr;)+) => {$(
        impl Bind for $type {
            const TYPE: Type = Type::$kind;
            fn value(&self) -> Value {
                let $this = self;
                Value::$kind($value)
            }
        }
    )+};
}

bind! {
    i64 => Integer, |number| *number;
    u32 => Integer, |number| i64::from(*number);
    bool => Integer, |truth| i64::from(*truth);
    str => Text, |text| text.to_owned();
    String => Text, |text| text.clone();
    [u8] => Bytes, |bytes| bytes.to_vec();
    Vec<u8> => Bytes, |bytes| bytes.clone();
    Timestamp => Integer, |time| time.as_microsecond();
    Date => Text, |day| day.to_string();
}

impl Read for i64 {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Integer(number) => Ok(*number),
            _ => Err("it is no whole number".to_owned()),
        }
    }
}

impl Read for u32 {
    fn read(value: &Value) -> Result<Self, String> {
        i64::read(value)?
            .try_into()
            .map_err(|_| "it is negative or too large".to_owned())
    }
}

impl Read for bool {
    fn read(value: &Value) -> Result<Self, String> {
        match i64::read(value)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err("it is neither 0 nor 1".to_owned()),
        }
    }
}

impl Read for String {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(text.clone()),
            Value::Bytes(_) => Err("it is no UTF-8".to_owned()),
            _ => Err("it is no text".to_owned()),
        }
    }
}

impl Read for Vec<u8> {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Bytes(bytes) => Ok(bytes.clone()),
            _ => Err("they are no bytes".to_owned()),
        }
    }
}

impl Read for Timestamp {
    fn read(value: &Value) -> Result<Self, String> {
        Timestamp::from_microsecond(i64::read(value)?).map_err(|error| error.to_string())
    }
}

impl Read for Date {
    fn read(value: &Value) -> Result<Self, String> {
        let text = String::read(value)?;
        text.parse().map_err(|error: jiff::Error| error.to_string())
    }
}
