//! How instruments are reached.

use std::future::Future;

use devices::Failure;

use crate::plan::Span;

pub mod modbus;
pub mod mqtt;
pub mod serial;

/// Why a request brought no words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadFault {
    #[error("no answer from unit {unit} within {milliseconds} ms; check address, wiring and power")]
    NoAnswer { unit: u8, milliseconds: u64 },
    #[error("{0}")]
    NoConnection(String),
    #[error("unit {unit} answered with exception {code} ({})", exception_text(*code))]
    Exception { unit: u8, code: u8 },
    #[error("unusable answer to a request to unit {unit}: {reason}")]
    Malformed { unit: u8, reason: String },
}

impl ReadFault {
    pub fn failure(&self) -> Failure {
        match self {
            ReadFault::NoAnswer { .. } => Failure::NoAnswer,
            ReadFault::NoConnection(_) => Failure::NoConnection,
            ReadFault::Exception { .. } => Failure::Exception,
            ReadFault::Malformed { .. } => Failure::MalformedAnswer,
        }
    }
}

/// Modbus application protocol 1.1b3, section 7.
fn exception_text(code: u8) -> &'static str {
    match code {
        1 => "illegal function",
        2 => "illegal register address: the profile does not fit this instrument",
        3 => "illegal count of registers",
        4 => "failure in the instrument",
        5 | 6 => "the instrument is busy",
        10 => "the converter has no path to the unit",
        11 => "the converter got no answer from the unit",
        _ => "not in the standard",
    }
}

/// A line or connection over which registers are read, one request at a time.
///
/// Dropping the future of a call is safe: an implementation must notice at the next call that an
/// answer may still be on its way.
pub trait Wire: Send {
    /// Exactly `span.words` words (one per bit for coils and discrete inputs), or the reason.
    fn read(&mut self, unit: u8, span: Span) -> impl Future<Output = Result<Vec<u16>, ReadFault>> + Send;
}
