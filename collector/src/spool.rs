//! The durable queue between the field and the gateway.
//!
//! What it promises:
//! 1. When [`Spool::append`] returns `Ok`, the sweeps survive a kill and a loss of power (as far as
//!    the disk honours `fsync`).
//! 2. Sweeps leave in the order in which they were appended, each in exactly one batch.
//! 3. A batch is written to disk with its key before it is handed out: the same (epoch, sequence)
//!    always names the same bytes, whatever happens in between.
//! 4. The cursor moves only by [`Spool::acknowledge`] or [`Spool::set_aside`]; a batch set aside is
//!    kept whole in `refused/`.
//! 5. A torn tail (a write that a crash cut off) is dropped and counted; it was never promised.
//! 6. A damaged record loses that record only: it is counted, reported and stepped over.
//! 7. A lost or damaged cursor, a damaged outgoing batch, or a key that the gateway knows with other
//!    content, starts a new epoch and sends what is
//!    there again rather than losing anything (a store keeps one reading per nominal time).
//! 8. What has been acknowledged is given back to the disk: whole segments at once, the one that is being written when
//!    an eighth of a segment has gathered there, or when room is needed.
//! 9. At its bound (its own size, or what is to stay free on the disk) it keeps what it has and takes nothing more, until there is room
//!    again; nothing needs to be restarted. Those who append keep trying, so that it is the newest that is not taken.
//! 10. Only one process uses a spool (file lock), and only one collector.
//!
//! On disk: `collector` (the id), `lock`, `cursor` (two alternating slots with CRC), `outgoing`
//! (the batch on its way), `NNNNNNNNNNNN.seg` (append-only records with CRC), `refused/`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;
use uplink::{BatchKey, Sweep};

pub mod cursor;
mod error;
pub mod outgoing;
mod ownership;
pub mod reader;
pub mod record;
pub mod segment;

use cursor::{Cursor, CursorFile};
pub use error::SpoolError;
pub(crate) use error::io_error;
pub use outgoing::Outgoing;
use reader::{Newest, Reader};
use segment::Writer;

/// Sizes of a spool. The defaults suit production; tests shrink them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// A new segment file begins after this many bytes.
    pub segment_bytes: u64,
    /// Most sweeps in a batch.
    pub batch_sweeps: usize,
    /// Most record bytes in a batch (before compression).
    pub batch_bytes: usize,
    /// Appending is refused while segments hold more than this; the caller keeps trying.
    pub most_bytes: u64,
    /// Appending is refused while the disk has less than this free: other programs, and batches that are set aside,
    /// need some of it.
    pub keep_free: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            segment_bytes: 8 << 20,
            batch_sweeps: 500,
            batch_bytes: 1 << 20,
            most_bytes: 16 << 30,
            keep_free: 64 << 20,
        }
    }
}

/// What a spool holds and what has happened to it since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SpoolReport {
    pub epoch: u64,
    /// Sequence of the next batch to be acknowledged.
    pub next_sequence: u64,
    /// Sweeps waiting to be acknowledged.
    pub pending_sweeps: u64,
    pub pending_bytes: u64,
    pub appended_sweeps: u64,
    pub acknowledged_sweeps: u64,
    pub refused_batches: u64,
    /// Bytes of unfinished writes dropped at opening.
    pub torn_bytes: u64,
    /// Damaged stretches stepped over, and their length.
    pub damaged_records: u64,
    pub damaged_bytes: u64,
    /// The cursor or the outgoing batch was damaged, so a new epoch was begun.
    pub new_epoch_after_damage: bool,
    /// Writes that failed and were taken back (the caller tries again).
    pub failed_appends: u64,
    /// What it may hold at most.
    pub most_bytes: u64,
    /// Why nothing more is taken at present; absent while all is well.
    pub refusing: Option<String>,
}

#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) pending_sweeps: AtomicU64,
    pub(crate) appended: AtomicU64,
    pub(crate) acknowledged: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) damaged_records: AtomicU64,
    pub(crate) damaged_bytes: AtomicU64,
    pub(crate) failed_appends: AtomicU64,
}

/// What writer and reader share: how far each segment is committed.
pub(crate) struct Shared {
    pub(crate) segments: Mutex<BTreeMap<u64, u64>>,
    pub(crate) counts: Counts,
    pub(crate) changed: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn segments(&self) -> MutexGuard<'_, BTreeMap<u64, u64>> {
        held(&self.segments)
    }

    fn bytes(&self) -> u64 {
        self.segments().values().sum()
    }
}

/// A panic elsewhere does not spoil these values: each is changed only after the disk agreed.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A position in the segments.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Position {
    pub segment: u64,
    pub offset: u64,
}

/// The durable queue; share it as `Arc<Spool>`. Its calls block on the disk.
pub struct Spool {
    directory: PathBuf,
    limits: Limits,
    shared: Arc<Shared>,
    writer: Mutex<Writer>,
    reader: Mutex<Reader>,
    torn_bytes: u64,
    new_epoch_after_damage: bool,
    refusing: Mutex<Option<String>>,
    /// Released when the file is closed, also by a kill.
    _lock: File,
}

impl Spool {
    /// Opens or creates the spool of this collector in `directory`.
    ///
    /// # Errors
    /// [`SpoolError::InUse`], [`SpoolError::Foreign`], or input/output.
    pub fn open(directory: &Path, collector: &str) -> Result<Spool, SpoolError> {
        Self::open_with(directory, collector, Limits::default())
    }

    /// As [`Spool::open`], with other sizes.
    pub fn open_with(directory: &Path, collector: &str, limits: Limits) -> Result<Spool, SpoolError> {
        fs::create_dir_all(directory.join("refused")).map_err(io_error("create", directory))?;
        let lock = ownership::lock(directory)?;
        ownership::claim(directory, collector)?;

        let found = segment::list(directory)?;
        let (cursor_file, cursor) = CursorFile::open(&directory.join("cursor"))?;
        let mut damaged = cursor.is_none() && !found.is_empty();
        let mut cursor = cursor.unwrap_or_else(|| Cursor::fresh(found.first().copied().unwrap_or(0)));

        let on_its_way = outgoing::load(&directory.join("outgoing"), collector)?;
        let outgoing = match on_its_way {
            outgoing::Loaded::Batch(batch)
                if batch.key.epoch == cursor.epoch && batch.key.sequence == cursor.next_sequence =>
            {
                Some(batch)
            }
            // Of an older sequence: acknowledged before, overwritten by the next one.
            outgoing::Loaded::Batch(_) | outgoing::Loaded::None => None,
            outgoing::Loaded::Damaged => {
                damaged = true;
                cursor = Cursor {
                    position: cursor.position,
                    ..Cursor::fresh(0)
                };
                None
            }
        };

        let shared = Arc::new(Shared {
            segments: Mutex::new(BTreeMap::new()),
            counts: Counts::default(),
            changed: watch::Sender::new(0),
        });
        let torn_bytes = segment::examine(directory, &found, &cursor, &shared)?;
        // Never a number that the cursor already stands in: its offset belongs to the old file.
        let behind_cursor = cursor.position.segment + u64::from(cursor.position.offset > 0);
        let next_segment = found.last().map_or(0, |last| last + 1).max(behind_cursor);
        let mut reader = Reader::new(
            directory,
            collector,
            limits.clone(),
            cursor_file,
            cursor,
            outgoing,
        );
        reader.store_both_slots()?;
        // Nobody writes yet: the newest segment goes too, if it is done.
        reader.remove_behind(&shared, Newest::Closed);
        Ok(Spool {
            directory: directory.to_owned(),
            writer: Mutex::new(Writer::new(directory, next_segment, limits.segment_bytes)),
            reader: Mutex::new(reader),
            limits,
            shared,
            torn_bytes,
            new_epoch_after_damage: damaged,
            refusing: Mutex::new(None),
            _lock: lock,
        })
    }

    /// Appends sweeps with one `fsync`. All of them are durable on `Ok`, none is queued on `Err`.
    ///
    /// # Errors
    /// [`SpoolError::Full`], [`SpoolError::NoRoom`] and input/output errors pass by themselves: try again later.
    pub fn append(&self, sweeps: &[Sweep]) -> Result<(), SpoolError> {
        if sweeps.is_empty() {
            return Ok(());
        }
        let mut buffer = Vec::with_capacity(sweeps.len() * 128);
        for sweep in sweeps {
            record::write(&mut buffer, sweep)?;
        }
        let result = self.append_records(&buffer);
        *held(&self.refusing) = result.as_ref().err().map(ToString::to_string);
        if let Err(error) = result {
            self.shared.counts.failed_appends.fetch_add(1, Ordering::Relaxed);
            return Err(error);
        }
        let count = sweeps.len() as u64;
        self.shared.counts.appended.fetch_add(count, Ordering::Relaxed);
        self.shared
            .counts
            .pending_sweeps
            .fetch_add(count, Ordering::Relaxed);
        self.shared.changed.send_modify(|version| *version += 1);
        Ok(())
    }

    fn append_records(&self, records: &[u8]) -> Result<(), SpoolError> {
        let mut writer = held(&self.writer);
        let first = self.room().and_then(|()| writer.append(records, &self.shared));
        if first.is_ok() || !self.give_back(&mut writer) {
            return first;
        }
        self.room()?;
        writer.append(records, &self.shared)
    }

    fn room(&self) -> Result<(), SpoolError> {
        let (bytes, most) = (self.shared.bytes(), self.limits.most_bytes);
        if bytes >= most {
            return Err(SpoolError::Full { bytes, most });
        }
        let disk = rustix::fs::statvfs(&self.directory)
            .map_err(|error| io_error("ask for the free space of", &self.directory)(error.into()))?;
        let (free, keep) = (disk.f_bavail.saturating_mul(disk.f_frsize), self.limits.keep_free);
        if free < keep {
            return Err(SpoolError::NoRoom { free, keep });
        }
        Ok(())
    }

    /// Removes the segment that is being written, if all of it has been acknowledged; the next append begins another.
    /// Whoever holds the writer may take the reader, never the other way round.
    fn give_back(&self, writer: &mut Writer) -> bool {
        let reader = held(&self.reader);
        if !reader.has_passed_all(&self.shared) {
            return false;
        }
        writer.close();
        reader.remove_behind(&self.shared, Newest::Closed)
    }

    /// The batch to send next, the same one until it is acknowledged or set aside; `None` when
    /// nothing waits.
    pub fn next_batch(&self) -> Result<Option<Arc<Outgoing>>, SpoolError> {
        held(&self.reader).next_batch(&self.shared)
    }

    /// The gateway has this batch durably; the next one may go.
    pub fn acknowledge(&self, key: &BatchKey) -> Result<(), SpoolError> {
        let mut reader = held(&self.reader);
        let sweeps = reader.advance(key, &self.shared)?;
        let passed = reader.has_passed_all(&self.shared);
        drop(reader);
        self.shared
            .counts
            .acknowledged
            .fetch_add(sweeps, Ordering::Relaxed);
        if passed && self.shared.bytes() >= self.limits.segment_bytes / 8 {
            self.give_back(&mut held(&self.writer));
        }
        Ok(())
    }

    /// The gateway will never take this batch: it is kept in `refused/` with the reason, and those
    /// behind it go on.
    pub fn set_aside(&self, key: &BatchKey, reason: &str) -> Result<(), SpoolError> {
        let mut reader = held(&self.reader);
        reader.keep_refused(key, reason)?;
        reader.advance(key, &self.shared)?;
        self.shared.counts.refused.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Gives up the key of the outgoing batch, which names something else at the gateway; its sweeps
    /// are sent again under a new epoch.
    pub fn begin_new_epoch(&self, key: &BatchKey) -> Result<(), SpoolError> {
        held(&self.reader).begin_new_epoch(key)
    }

    /// Changes whenever something was appended.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn report(&self) -> SpoolReport {
        let cursor = held(&self.reader).cursor();
        let counts = &self.shared.counts;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        SpoolReport {
            epoch: cursor.epoch,
            next_sequence: cursor.next_sequence,
            pending_sweeps: read(&counts.pending_sweeps),
            pending_bytes: self.shared.bytes(),
            appended_sweeps: read(&counts.appended),
            acknowledged_sweeps: read(&counts.acknowledged),
            refused_batches: read(&counts.refused),
            torn_bytes: self.torn_bytes,
            damaged_records: read(&counts.damaged_records),
            damaged_bytes: read(&counts.damaged_bytes),
            new_epoch_after_damage: self.new_epoch_after_damage,
            failed_appends: read(&counts.failed_appends),
            most_bytes: self.limits.most_bytes,
            refusing: held(&self.refusing).clone(),
        }
    }
}

/// Makes the creation or removal of a file in `directory` durable.
pub(crate) fn sync_directory(directory: &Path) -> Result<(), SpoolError> {
    File::open(directory)
        .and_then(|file| file.sync_all())
        .map_err(io_error("sync", directory))
}
