//! Sealing batches from the segments and moving the cursor.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use uplink::{Batch, BatchKey, Sweep};

use super::cursor::{Cursor, CursorFile};
use super::outgoing::{self, Outgoing};
use super::record::{self, Step};
use super::{Limits, Position, Shared, SpoolError, io_error, segment};

pub(super) struct Reader {
    directory: PathBuf,
    collector: String,
    limits: Limits,
    cursor_file: CursorFile,
    cursor: Cursor,
    outgoing: Option<Arc<Outgoing>>,
}

impl Reader {
    pub(super) fn new(
        directory: &Path,
        collector: &str,
        limits: Limits,
        cursor_file: CursorFile,
        cursor: Cursor,
        outgoing: Option<Outgoing>,
    ) -> Self {
        Self {
            directory: directory.to_owned(),
            collector: collector.to_owned(),
            limits,
            cursor_file,
            cursor,
            outgoing: outgoing.map(Arc::new),
        }
    }

    pub(super) fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Both slots, so that later stores need no new blocks of a disk that may be full then.
    pub(super) fn store_both_slots(&mut self) -> Result<(), SpoolError> {
        self.store_cursor()?;
        self.store_cursor()
    }

    pub(super) fn store_cursor(&mut self) -> Result<(), SpoolError> {
        self.cursor_file.store(&self.cursor)
    }

    pub(super) fn next_batch(&mut self, shared: &Shared) -> Result<Option<Arc<Outgoing>>, SpoolError> {
        if let Some(outgoing) = &self.outgoing {
            return Ok(Some(Arc::clone(outgoing)));
        }
        let (sweeps, end) = self.collect(shared)?;
        if sweeps.is_empty() {
            if end != self.cursor.position {
                // Only damage up to here, already counted.
                self.cursor.position = end;
                self.store_cursor()?;
            }
            return Ok(None);
        }
        let key = BatchKey {
            collector: self.collector.clone(),
            epoch: self.cursor.epoch,
            sequence: self.cursor.next_sequence,
        };
        let count = sweeps.len() as u64;
        let batch = Batch {
            key: key.clone(),
            sweeps,
        };
        let outgoing = Outgoing {
            key,
            bytes: batch.encode(),
            sweeps: count,
            end,
        };
        outgoing::store(
            &self.directory.join("outgoing"),
            &outgoing,
            self.limits.batch_bytes * 2,
        )?;
        let outgoing = Arc::new(outgoing);
        self.outgoing = Some(Arc::clone(&outgoing));
        Ok(Some(outgoing))
    }

    /// Sweeps from the cursor on, as many as a batch may hold, and the position after them.
    fn collect(&self, shared: &Shared) -> Result<(Vec<Sweep>, Position), SpoolError> {
        let committed = shared.segments().clone();
        let mut at = self.cursor.position;
        let mut sweeps = Vec::new();
        let mut bytes = 0;
        for (number, length) in committed.range(at.segment..) {
            if *number > at.segment {
                at = Position {
                    segment: *number,
                    offset: 0,
                };
            }
            while at.offset < *length
                && sweeps.len() < self.limits.batch_sweeps
                && bytes < self.limits.batch_bytes
            {
                let window = self.window(at, *length)?;
                let at_end = at.offset + window.len() as u64 >= *length;
                let mut place = 0;
                while sweeps.len() < self.limits.batch_sweeps && bytes < self.limits.batch_bytes {
                    match record::step(&window, place, at_end) {
                        Step::Record { payload, next } => {
                            match postcard::from_bytes::<Sweep>(payload) {
                                Ok(sweep) => {
                                    bytes += payload.len();
                                    sweeps.push(sweep);
                                }
                                Err(error) => self.damage(shared, at, place, next, &error.to_string()),
                            }
                            place = next;
                        }
                        Step::Damage { next, .. } => {
                            self.damage(shared, at, place, next, "no record with a valid CRC");
                            place = next;
                        }
                        Step::NeedMore | Step::End => break,
                    }
                }
                at.offset += place as u64;
            }
            if at.offset < *length {
                break;
            }
        }
        Ok((sweeps, at))
    }

    fn window(&self, at: Position, length: u64) -> Result<Vec<u8>, SpoolError> {
        let path = segment::path(&self.directory, at.segment);
        let most = (self.limits.batch_bytes + record::MOST_PAYLOAD + record::HEAD) as u64;
        let size = usize::try_from((length - at.offset).min(most)).expect("a window fits memory");
        let mut window = vec![0; size];
        File::open(&path)
            .and_then(|file| file.read_exact_at(&mut window, at.offset))
            .map_err(io_error("read", &path))?;
        Ok(window)
    }

    fn damage(&self, shared: &Shared, at: Position, from: usize, to: usize, reason: &str) {
        shared.counts.damaged_records.fetch_add(1, Ordering::Relaxed);
        shared
            .counts
            .damaged_bytes
            .fetch_add((to - from) as u64, Ordering::Relaxed);
        tracing::error!(
            segment = at.segment,
            offset = at.offset + from as u64,
            bytes = to - from,
            reason,
            "the spool is damaged here; this stretch is lost, what follows is sent"
        );
    }

    /// Moves the cursor behind the outgoing batch and removes segments that are done.
    pub(super) fn advance(&mut self, key: &BatchKey, shared: &Shared) -> Result<u64, SpoolError> {
        let outgoing = self.outgoing(key)?;
        let cursor = Cursor {
            epoch: self.cursor.epoch,
            next_sequence: self.cursor.next_sequence + 1,
            position: outgoing.end,
        };
        self.cursor_file.store(&cursor)?;
        self.cursor = cursor;
        self.outgoing = None;
        let _ = shared
            .counts
            .pending_sweeps
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |pending| {
                Some(pending.saturating_sub(outgoing.sweeps))
            });
        self.remove_behind(shared, Newest::MayGrow);
        Ok(outgoing.sweeps)
    }

    pub(super) fn begin_new_epoch(&mut self, key: &BatchKey) -> Result<(), SpoolError> {
        self.outgoing(key)?;
        let cursor = Cursor {
            position: self.cursor.position,
            ..Cursor::fresh(0)
        };
        self.cursor_file.store(&cursor)?;
        self.cursor = cursor;
        // What the file still holds belongs to the old epoch and is passed over at the next start.
        self.outgoing = None;
        Ok(())
    }

    pub(super) fn keep_refused(&self, key: &BatchKey, reason: &str) -> Result<(), SpoolError> {
        let outgoing = self.outgoing(key)?;
        let stem = self
            .directory
            .join("refused")
            .join(format!("{}-{:012}", key.epoch, key.sequence));
        for (ending, bytes) in [
            ("batch", outgoing.bytes.as_slice()),
            ("reason.txt", reason.as_bytes()),
        ] {
            let path = stem.with_extension(ending);
            fs::write(&path, bytes)
                .and_then(|()| File::open(&path)?.sync_all())
                .map_err(io_error("write", &path))?;
        }
        super::sync_directory(&self.directory.join("refused"))
    }

    fn outgoing(&self, key: &BatchKey) -> Result<Arc<Outgoing>, SpoolError> {
        match &self.outgoing {
            Some(outgoing) if outgoing.key == *key => Ok(Arc::clone(outgoing)),
            _ => Err(SpoolError::NotOutgoing {
                epoch: key.epoch,
                sequence: key.sequence,
            }),
        }
    }

    /// Whether everything that is committed lies behind the cursor.
    pub(super) fn has_passed_all(&self, shared: &Shared) -> bool {
        let at = self.cursor.position;
        let segments = shared.segments();
        segments
            .last_key_value()
            .is_some_and(|(number, length)| (at.segment, at.offset) >= (*number, *length))
    }

    /// Removes segments that are done. Whether there were any.
    ///
    /// Removal need not be durable: a segment behind the cursor is removed again at the next start.
    pub(super) fn remove_behind(&self, shared: &Shared, newest: Newest) -> bool {
        let mut segments = shared.segments();
        let before = segments.len();
        while let Some((number, length)) = segments.first_key_value().map(|(n, l)| (*n, *l)) {
            let at = self.cursor.position;
            let closed = segments.len() > 1 || newest == Newest::Closed;
            let done = number < at.segment || (number == at.segment && at.offset >= length && closed);
            if !done {
                break;
            }
            let path = segment::path(&self.directory, number);
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "cannot remove a segment that is done");
            }
            segments.remove(&number);
        }
        segments.len() < before
    }
}

/// Whether the newest segment is being written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Newest {
    MayGrow,
    Closed,
}
