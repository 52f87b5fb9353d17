//! What can go wrong with a spool.

use std::io;
use std::path::{Path, PathBuf};

/// Why an operation on the spool failed. Nothing that was promised is lost by any of these.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("cannot {operation} {path}: {source}")]
    Io {
        operation: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error(
        "the spool {path} is in use by another process; stop the other collector or give this one its own spool folder"
    )]
    InUse { path: PathBuf },
    #[error(
        "the spool {path} belongs to collector \"{owner}\", not to \"{asked}\"; give this collector its own spool folder"
    )]
    Foreign {
        path: PathBuf,
        owner: String,
        asked: String,
    },
    #[error(
        "the spool is full: {bytes} bytes of at most {most} (spool_most_mib); it empties as the gateway acknowledges"
    )]
    Full { bytes: u64, most: u64 },
    #[error(
        "the disk of the spool has {free} bytes left, and {keep} are to stay free (spool_keep_free_mib); make room there, \
         or wait until the gateway has acknowledged"
    )]
    NoRoom { free: u64, keep: u64 },
    #[error("a sweep of {device} takes {bytes} bytes, more than a record may have ({most})")]
    TooLarge {
        device: String,
        bytes: usize,
        most: usize,
    },
    #[error("batch {epoch}/{sequence} is not the one on its way")]
    NotOutgoing { epoch: u64, sequence: u64 },
}

pub(crate) fn io_error<'a>(
    operation: &'static str,
    path: &'a Path,
) -> impl FnOnce(io::Error) -> SpoolError + 'a {
    move |source| SpoolError::Io {
        operation,
        path: path.to_owned(),
        source,
    }
}
