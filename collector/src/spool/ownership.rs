//! One process and one collector per spool.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use super::{SpoolError, io_error};

/// Held until the file is closed, also by a kill.
pub(super) fn lock(directory: &Path) -> Result<File, SpoolError> {
    let path = directory.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(io_error("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SpoolError::InUse {
            path: directory.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(SpoolError::Io {
            operation: "lock",
            path,
            source,
        }),
    }
}

/// Keys carry the collector's name, so a spool never changes hands.
pub(super) fn claim(directory: &Path, collector: &str) -> Result<(), SpoolError> {
    let path = directory.join("collector");
    match fs::read_to_string(&path) {
        Ok(owner) if owner.trim() == collector => Ok(()),
        // Cut off while it was created: nothing can have been sent under another name.
        Ok(owner) if owner.is_empty() => fs::write(&path, collector).map_err(io_error("write", &path)),
        Ok(owner) => Err(SpoolError::Foreign {
            path: directory.to_owned(),
            owner: owner.trim().to_owned(),
            asked: collector.to_owned(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::write(&path, collector).map_err(io_error("write", &path))
        }
        Err(error) => Err(io_error("read", &path)(error)),
    }
}
