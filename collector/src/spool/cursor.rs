//! How far the gateway has acknowledged: one small file with two slots written in turn, so that a
//! write that is cut off leaves the older slot whole.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::{Position, SpoolError, io_error, sync_directory};

const MAGIC: [u8; 4] = *b"HLC1";
const SLOT: usize = 48;
/// Slots lie in different sectors.
const STRIDE: u64 = 4096;

/// Where the next batch begins and what it will be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub epoch: u64,
    pub next_sequence: u64,
    pub position: Position,
}

impl Cursor {
    /// A new epoch beginning at `segment`. 52 random bits: exact in JSON numbers and in signed
    /// integers of any database.
    pub fn fresh(segment: u64) -> Self {
        let epoch = (crate::backoff::random_seed() >> 12).max(1);
        Self {
            epoch,
            next_sequence: 1,
            position: Position { segment, offset: 0 },
        }
    }
}

pub struct CursorFile {
    file: File,
    path: PathBuf,
    generation: u64,
}

impl CursorFile {
    /// `None` if neither slot is whole (a new spool, or damage).
    pub fn open(path: &Path) -> Result<(Self, Option<Cursor>), SpoolError> {
        let existed = path.exists();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io_error("open", path))?;
        if !existed {
            sync_directory(path.parent().unwrap_or(Path::new(".")))?;
        }
        let newest = [0, STRIDE]
            .into_iter()
            .filter_map(|offset| {
                let mut slot = [0; SLOT];
                file.read_exact_at(&mut slot, offset).ok()?;
                decode(&slot)
            })
            .max_by_key(|(generation, _)| *generation);
        let generation = newest.map_or(0, |(generation, _)| generation);
        Ok((
            Self {
                file,
                path: path.to_owned(),
                generation,
            },
            newest.map(|(_, cursor)| cursor),
        ))
    }

    /// Durable on `Ok`.
    pub fn store(&mut self, cursor: &Cursor) -> Result<(), SpoolError> {
        let generation = self.generation + 1;
        let slot = encode(generation, cursor);
        self.file
            .write_all_at(&slot, (generation % 2) * STRIDE)
            .and_then(|()| self.file.sync_data())
            .map_err(io_error("write", &self.path))?;
        self.generation = generation;
        Ok(())
    }
}

fn encode(generation: u64, cursor: &Cursor) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[..4].copy_from_slice(&MAGIC);
    let numbers = [
        generation,
        cursor.epoch,
        cursor.next_sequence,
        cursor.position.segment,
        cursor.position.offset,
    ];
    for (index, number) in numbers.into_iter().enumerate() {
        slot[4 + index * 8..12 + index * 8].copy_from_slice(&number.to_le_bytes());
    }
    let crc = crc32fast::hash(&slot[..44]);
    slot[44..].copy_from_slice(&crc.to_le_bytes());
    slot
}

fn decode(slot: &[u8; SLOT]) -> Option<(u64, Cursor)> {
    if slot[..4] != MAGIC || crc32fast::hash(&slot[..44]).to_le_bytes() != slot[44..] {
        return None;
    }
    let number = |index: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&slot[4 + index * 8..12 + index * 8]);
        u64::from_le_bytes(bytes)
    };
    let cursor = Cursor {
        epoch: number(1),
        next_sequence: number(2),
        position: Position {
            segment: number(3),
            offset: number(4),
        },
    };
    Some((number(0), cursor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_newest_slot_falls_back_to_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        let (mut file, none) = CursorFile::open(&path).unwrap();
        assert_eq!(none, None);
        let first = Cursor {
            next_sequence: 5,
            ..Cursor::fresh(3)
        };
        let second = Cursor {
            next_sequence: 6,
            ..first
        };
        file.store(&first).unwrap();
        file.store(&second).unwrap();
        assert_eq!(CursorFile::open(&path).unwrap().1, Some(second));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[20] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(CursorFile::open(&path).unwrap().1, Some(first));
        bytes[STRIDE as usize + 20] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(CursorFile::open(&path).unwrap().1, None);
    }
}
