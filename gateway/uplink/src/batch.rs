//! A batch of readings on its way from collector to gateway.
//!
//! Wire form, version 1: magic `HLB\0`, one version byte, the SHA-256 of what follows, then a
//! zstd frame of the postcard encoding of [`Batch`].

use std::io::Read;

use devices::DeviceId;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::limits::MOST_DECODED_BYTES;
use crate::orders::RegisterTable;
use crate::version::{CURRENT, MAGIC, READABLE};

mod outline;

/// Identity of a batch: the same key always names the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BatchKey {
    pub collector: String,
    /// Drawn once when a spool is created, so that a new spool never repeats an old key.
    pub epoch: u64,
    /// Counts up from 1 without gaps within an epoch.
    pub sequence: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub key: BatchKey,
    pub sweeps: Vec<Sweep>,
}

/// One read of one device: everything it said at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    pub device: DeviceId,
    /// `model@version`
    pub profile: String,
    /// Microseconds since 1970-01-01 UTC.
    pub nominal_us: i64,
    pub taken_us: i64,
    pub values: Vec<SweepValue>,
    /// Registers as received, or the message bytes in [`Sweep::message`].
    pub raw: Vec<RawSpan>,
    pub message: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepValue {
    pub point: String,
    /// Value = mantissa / 10^scale; `None` when there is no value.
    pub number: Option<(i128, u8)>,
    /// [`devices::Quality::code`]
    pub quality: u8,
}

impl SweepValue {
    pub fn decimal(&self) -> Option<Decimal> {
        self.number
            .and_then(|(mantissa, scale)| Decimal::try_from_i128_with_scale(mantissa, u32::from(scale)).ok())
    }
}

/// Consecutive registers as they were on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawSpan {
    pub table: RegisterTable,
    pub address: u16,
    pub words: Vec<u16>,
}

impl Sweep {
    pub fn nominal(&self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.nominal_us).ok()
    }

    pub fn taken(&self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.taken_us).ok()
    }
}

/// Why bytes are no batch. Nothing is stored; the sender keeps them and shows the reason.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("not a batch: the first four bytes are not \"HLB\\0\"")]
    Magic,
    #[error("batch version {found} is unknown here (readable: {READABLE:?}); update the gateway")]
    Version { found: u8 },
    #[error("the batch is truncated: {length} bytes")]
    Truncated { length: usize },
    #[error("the batch was damaged on its way: its SHA-256 does not match")]
    Digest,
    #[error("the batch does not decompress within {MOST_DECODED_BYTES} bytes")]
    Compression,
    #[error("the batch holds {found} {what}, at most {most} are taken; send fewer sweeps at a time")]
    TooMany {
        what: &'static str,
        found: usize,
        most: usize,
    },
    #[error("{bytes} bytes follow the batch")]
    Trailing { bytes: usize },
    #[error("the batch does not decode: {0}")]
    Form(#[from] postcard::Error),
}

const HEAD: usize = 4 + 1 + 32;

/// The key stands first; a collector's name is far shorter than this.
const MOST_KEY_BYTES: u64 = 1024;

impl Batch {
    /// The bytes to send. Deterministic: the same batch gives the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        let plain = postcard::to_stdvec(self).expect("a batch holds only encodable types");
        let body = zstd::bulk::compress(&plain, 3).expect("compressing into memory cannot fail");
        let mut bytes = Vec::with_capacity(HEAD + body.len());
        bytes.extend_from_slice(&MAGIC);
        bytes.push(CURRENT);
        bytes.extend_from_slice(&Sha256::digest(&body));
        bytes.extend_from_slice(&body);
        bytes
    }

    /// The key and the digest, without decoding the sweeps: enough to know whether this batch came before.
    pub fn peek(bytes: &[u8]) -> Result<(BatchKey, [u8; 32]), DecodeError> {
        let (digest, body) = opened(bytes)?;
        let mut front = Vec::new();
        let read = zstd::Decoder::new(body).and_then(|mut frame| {
            frame.window_log_max(MOST_DECODED_BYTES.ilog2())?;
            frame.take(MOST_KEY_BYTES).read_to_end(&mut front)
        });
        read.map_err(|_| DecodeError::Compression)?;
        let (key, _) = postcard::take_from_bytes(&front)?;
        Ok((key, digest))
    }

    /// What the batch holds is counted against [`crate::limits`] before memory is taken for it.
    pub fn decode(bytes: &[u8]) -> Result<Batch, DecodeError> {
        let (_, body) = opened(bytes)?;
        let plain = zstd::bulk::decompress(body, MOST_DECODED_BYTES).map_err(|_| DecodeError::Compression)?;
        outline::Outline::of(&plain)?.check()?;
        Ok(postcard::from_bytes(&plain)?)
    }
}

/// Digest and body of an undamaged batch of a readable version.
fn opened(bytes: &[u8]) -> Result<([u8; 32], &[u8]), DecodeError> {
    if bytes.len() < 4 || bytes[..4] != MAGIC {
        return Err(DecodeError::Magic);
    }
    if bytes.len() < HEAD {
        return Err(DecodeError::Truncated { length: bytes.len() });
    }
    if !READABLE.contains(&bytes[4]) {
        return Err(DecodeError::Version { found: bytes[4] });
    }
    let (said, body) = bytes[5..].split_at(32);
    let digest: [u8; 32] = Sha256::digest(body).into();
    if digest != said {
        return Err(DecodeError::Digest);
    }
    Ok((digest, body))
}
