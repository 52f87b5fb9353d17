//! The batch on its way, written whole before it is sent for the first time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use uplink::BatchKey;

use super::{Position, SpoolError, io_error, sync_directory};

const MAGIC: [u8; 4] = *b"HLO1";

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
    if bytes.is_empty() {
        return Ok(Loaded::None);
    }
    if bytes.len() < 8 || bytes[..4] != MAGIC || crc32fast::hash(&bytes[8..]).to_le_bytes() != bytes[4..8] {
        return Ok(Loaded::Damaged);
    }
    match postcard::from_bytes::<Outgoing>(&bytes[8..]) {
        Ok(batch) if batch.key.collector == collector => Ok(Loaded::Batch(batch)),
        _ => Ok(Loaded::Damaged),
    }
}

/// Overwrites the batch before, which has been acknowledged. Durable on `Ok`.
pub(super) fn store(path: &Path, batch: &Outgoing) -> Result<(), SpoolError> {
    let body = postcard::to_stdvec(batch).expect("an outgoing batch holds only encodable types");
    let existed = path.exists();
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .map_err(io_error("open", path))?;
    write(&mut file, &body).map_err(io_error("write", path))?;
    if !existed {
        sync_directory(path.parent().unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

fn write(file: &mut File, body: &[u8]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(8 + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    bytes.extend_from_slice(body);
    file.write_all(&bytes)?;
    file.sync_data()
}
