//! Segment files: appending, and examining what a former run left.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::cursor::Cursor;
use super::record::{self, Step};
use super::{Shared, SpoolError, io_error, sync_directory};

pub(super) fn path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:012}.seg"))
}

/// Numbers of the segments present, ascending.
pub(super) fn list(directory: &Path) -> Result<Vec<u64>, SpoolError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory).map_err(io_error("list", directory))? {
        let entry = entry.map_err(io_error("list", directory))?;
        if let Some(number) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_suffix(".seg")?.parse().ok())
        {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Counts what waits behind the cursor, steps over damage and cuts the torn tail of the last
/// segment. Returns the length of that tail in bytes.
pub(super) fn examine(
    directory: &Path,
    found: &[u64],
    cursor: &Cursor,
    shared: &Shared,
) -> Result<u64, SpoolError> {
    let mut torn = 0;
    for number in found {
        let path = path(directory, *number);
        let bytes = fs::read(&path).map_err(io_error("read", &path))?;
        let mut end = bytes.len();
        let mut at = match number.cmp(&cursor.position.segment) {
            std::cmp::Ordering::Less => bytes.len(),
            std::cmp::Ordering::Equal => usize::try_from(cursor.position.offset)
                .unwrap_or(usize::MAX)
                .min(end),
            std::cmp::Ordering::Greater => 0,
        };
        loop {
            match record::step(&bytes, at, true) {
                Step::Record { next, .. } => {
                    shared.counts.pending_sweeps.fetch_add(1, Ordering::Relaxed);
                    at = next;
                }
                Step::Damage { to_end: true, .. } if Some(number) == found.last() => {
                    torn = (bytes.len() - at) as u64;
                    end = at;
                    OpenOptions::new()
                        .write(true)
                        .open(&path)
                        .and_then(|file| file.set_len(at as u64).and_then(|()| file.sync_data()))
                        .map_err(io_error("cut the torn tail of", &path))?;
                    break;
                }
                // Counted when the reader passes it.
                Step::Damage { next, .. } => at = next,
                Step::NeedMore | Step::End => break,
            }
        }
        shared.segments().insert(*number, end as u64);
    }
    Ok(torn)
}

pub(super) struct Writer {
    directory: PathBuf,
    segment_bytes: u64,
    next: u64,
    current: Option<Current>,
}

struct Current {
    number: u64,
    file: File,
    length: u64,
}

impl Writer {
    pub(super) fn new(directory: &Path, next: u64, segment_bytes: u64) -> Self {
        Self {
            directory: directory.to_owned(),
            segment_bytes,
            next,
            current: None,
        }
    }

    /// Writes and syncs; on failure the segment is cut back to what it held before and left, since
    /// after a failed `fsync` nobody knows what the disk has.
    pub(super) fn append(&mut self, buffer: &[u8], shared: &Shared) -> Result<(), SpoolError> {
        if self
            .current
            .as_ref()
            .is_some_and(|current| current.length >= self.segment_bytes)
        {
            self.current = None;
        }
        let mut current = match self.current.take() {
            Some(current) => current,
            None => self.create()?,
        };
        match current
            .file
            .write_all(buffer)
            .and_then(|()| current.file.sync_data())
        {
            Ok(()) => {
                current.length += buffer.len() as u64;
                shared.segments().insert(current.number, current.length);
                self.current = Some(current);
                Ok(())
            }
            Err(source) => {
                let path = path(&self.directory, current.number);
                if current.length == 0 {
                    let _ = fs::remove_file(&path);
                } else if let Err(error) = current.file.set_len(current.length) {
                    // The reader stops at the committed length; only a restart would see the rest.
                    tracing::error!(path = %path.display(), %error, "cannot take back an unfinished write");
                }
                Err(SpoolError::Io {
                    operation: "append to",
                    path,
                    source,
                })
            }
        }
    }

    /// The next append begins a segment.
    pub(super) fn close(&mut self) {
        self.current = None;
    }

    fn create(&mut self) -> Result<Current, SpoolError> {
        let number = self.next;
        let path = path(&self.directory, number);
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&path)
            .map_err(io_error("create", &path))?;
        self.next += 1;
        sync_directory(&self.directory)?;
        Ok(Current {
            number,
            file,
            length: 0,
        })
    }
}
