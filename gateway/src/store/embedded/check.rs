//! The whole store looked at once, and copied, while it goes on working.

use std::path::Path;

use devices::{DeviceId, Window};
use jiff::Timestamp;

use super::block;
use super::journal;
use super::log::{Piece, place};
use super::{EmbeddedStore, engine};
use crate::store::StoreError;

/// What an integrity check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub batches: u64,
    pub blocks: u64,
    /// Each damaged place with what is wrong there; everything else can be read.
    pub damaged: Vec<String>,
}

impl EmbeddedStore {
    /// Reads everything and checks every seal.
    pub async fn check(&self) -> Result<Checked, StoreError> {
        let mut checked = Checked::default();
        self.check_journal(&mut checked).await?;
        let days: Vec<(String, i64)> =
            sqlx::query_as("SELECT device, day FROM block UNION SELECT device, day FROM day ORDER BY 1, 2")
                .fetch_all(&self.readers)
                .await
                .map_err(engine)?;
        for (name, day) in days {
            match DeviceId::new(name.as_str()) {
                Ok(device) => self.check_day(&device, day, &mut checked).await?,
                Err(error) => checked.damaged.push(format!("a block of day {day}: {error}")),
            }
        }
        Ok(checked)
    }

    async fn check_journal(&self, checked: &mut Checked) -> Result<(), StoreError> {
        let mut last = 0_i64;
        loop {
            let rows = journal::after(&self.readers, last).await.map_err(engine)?;
            for (id, entry) in &rows {
                last = *id;
                checked.batches += 1;
                if entry.is_none() {
                    let damaged = format!("row {id} of the journal: its checksum is wrong");
                    checked.damaged.push(damaged);
                }
            }
            if rows.is_empty() {
                return Ok(());
            }
        }
    }

    async fn check_day(&self, device: &DeviceId, day: i64, checked: &mut Checked) -> Result<(), StoreError> {
        let (from, last) = block::span_of(day);
        let (Ok(from), Ok(to)) = (
            Timestamp::from_microsecond(from),
            Timestamp::from_microsecond(last.as_microsecond() + 1),
        ) else {
            checked
                .damaged
                .push(format!("device {device}: day {day} is in no calendar"));
            return Ok(());
        };
        let found = match self.days(device, Window { from, to }).next().await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(()),
            Err(StoreError::Retired { place }) => {
                checked.blocks += 1;
                if self.summaries_of(device, day).await?.is_none() {
                    checked
                        .damaged
                        .push(format!("{place}: its sums are damaged, and nothing else is kept"));
                }
                return Ok(());
            }
            Err(StoreError::Damaged { place, reason }) => {
                checked.damaged.push(format!("{place}: {reason}"));
                return Ok(());
            }
            Err(other) => return Err(other),
        };
        let place = place(device, day);
        checked.blocks += found.rows.unsigned_abs();
        if !found.damaged.is_empty() {
            let times = found.damaged.len();
            checked
                .damaged
                .push(format!("{place}: the readings of {times} times are damaged"));
        }
        for piece in &found.pieces {
            let Piece::Sealed(columns) = piece else { continue };
            if let Err(StoreError::Damaged { place: raw, reason }) = self.raw(columns.id).await {
                checked.damaged.push(format!("{place}: {raw}: {reason}"));
            }
            if columns.rows(device).is_none() {
                checked
                    .damaged
                    .push(format!("{place}: its block does not decode"));
            }
            if !self.summary_is_sound(device, columns.id).await? {
                checked
                    .damaged
                    .push(format!("{place}: its summary is damaged; readings are not"));
            }
        }
        Ok(())
    }

    /// Writes a copy of everything stored so far into a new file, while batches go on being stored.
    pub async fn backup(&self, into: &Path) -> Result<(), StoreError> {
        let path = into.to_str().ok_or_else(|| {
            StoreError::Engine(format!("{} is no path that SQLite can take", into.display()).into())
        })?;
        sqlx::query("VACUUM INTO ?1")
            .bind(path)
            .execute(&self.readers)
            .await
            .map_err(engine)?;
        let synced = tokio::task::spawn_blocking({
            let into = into.to_owned();
            move || std::fs::File::open(into)?.sync_all()
        });
        let synced = synced
            .await
            .map_err(|error| StoreError::Engine(Box::new(error)))?;
        synced.map_err(|error| StoreError::Engine(Box::new(error)))
    }
}
