//! The batch on its way, written whole before it is sent for the first time.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uplink::BatchKey;

use super::{Position, SpoolError, io_error, sync_directory};

const MAGIC: [u8; 4] = *b"HLO1";
/// Magic, CRC, length.
const HEAD: usize = 12;

/// A sealed batch. Its bytes never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    pub key: BatchKey,
    /// What to send: [`uplink::Batch::encode`].
    pub bytes: Vec<u8>,
    pub sweeps: u64,
    /// Where the next batch begins.
    pub end: Position,
}

pub(super) enum Loaded {
    None,
    Batch(Outgoing),
    Damaged,
}

pub(super) fn load(path: &Path, collector: &str) -> Result<Loaded, SpoolError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Loaded::None),
        Err(error) => return Err(io_error("read", path)(error)),
    };
    // Reserved, but never written to.
    if bytes.iter().take(HEAD).all(|byte| *byte == 0) {
        return Ok(Loaded::None);
    }
    let number = |at: usize| {
        bytes
            .get(at..at + 4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    };
    let body = number(8).and_then(|length| bytes.get(HEAD..)?.get(..length as usize));
    match body {
        Some(body) if bytes[..4] == MAGIC && Some(crc32fast::hash(body)) == number(4) => {
            match postcard::from_bytes::<Outgoing>(body) {
                Ok(batch) if batch.key.collector == collector => Ok(Loaded::Batch(batch)),
                _ => Ok(Loaded::Damaged),
            }
        }
        _ => Ok(Loaded::Damaged),
    }
}

/// Overwrites the batch before, which has been acknowledged. Durable on `Ok`.
///
/// The file is written over in place and keeps `reserve` bytes, so that a full disk does not keep
/// the spool from emptying.
pub(super) fn store(path: &Path, batch: &Outgoing, reserve: usize) -> Result<(), SpoolError> {
    let body = postcard::to_stdvec(batch).expect("an outgoing batch holds only encodable types");
    let length = u32::try_from(body.len()).expect("a batch is far below 4 GiB");
    let existed = path.exists();
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(io_error("open", path))?;
    if !existed {
        file.write_all_at(&vec![0; reserve], 0)
            .map_err(io_error("reserve", path))?;
        sync_directory(path.parent().unwrap_or(Path::new(".")))?;
    }
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&body);
    file.write_all_at(&bytes, 0)
        .and_then(|()| file.sync_data())
        .map_err(io_error("write", path))
}
