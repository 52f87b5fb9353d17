//! What late values are held against: the values around them and before them, looked for in the log.

use std::collections::{BTreeMap, BTreeSet};

use devices::{DeviceId, PointName, Reading, SeriesId, Window};
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::block::{self, Stored, day_of};
use super::log::{Day, Piece, days_of};
use super::{EmbeddedStore, engine};
use crate::store::{StoreError, is_comparable};

/// Blocks that can hold something inside a span.
const BLOCKS_INSIDE: &str = "SELECT b.* FROM block AS b WHERE b.id IN (
        SELECT i.id FROM block AS i INDEXED BY block_by_day
        WHERE i.device = ?1 AND i.day BETWEEN ?2 AND ?3 AND i.last_us >= ?4 AND i.first_us < ?5)";

/// The same, but back from a time, the nearest first.
const BLOCKS_BEFORE: &str = "SELECT b.* FROM block AS b WHERE b.id IN (
        SELECT i.id FROM block AS i INDEXED BY block_by_day
        WHERE i.device = ?1 AND i.day <= ?2 AND i.first_us < ?3
        ORDER BY i.day DESC, i.last_us DESC LIMIT ?4 OFFSET ?5)
    ORDER BY b.last_us DESC";

/// Blocks looked at together on the way back to a predecessor, and at most.
const STEP: i64 = 8;
const FURTHEST: i64 = 64;

impl EmbeddedStore {
    /// See [`comparable`](crate::store::SeriesStore::comparable); these points have values after the span begins.
    pub(super) async fn late(
        &self,
        device: &DeviceId,
        points: &BTreeSet<PointName>,
        span: Window,
    ) -> Result<Vec<Reading>, StoreError> {
        let (first, last) = days_of(span);
        let rows = sqlx::query(BLOCKS_INSIDE)
            .bind(device.as_str())
            .bind(first)
            .bind(last)
            .bind(span.from.as_microsecond())
            .bind(span.to.as_microsecond())
            .fetch_all(&self.readers)
            .await
            .map_err(engine)?;
        let mut found: Vec<Reading> = Vec::new();
        for row in &rows {
            found.extend(self.compared(row, device, points, span));
        }
        found.extend(self.before(device, points, span.from).await?);
        Ok(found)
    }

    /// The last value of each point before a time, if it is not too far back.
    async fn before(
        &self,
        device: &DeviceId,
        points: &BTreeSet<PointName>,
        before: Timestamp,
    ) -> Result<Vec<Reading>, StoreError> {
        let mut found: BTreeMap<PointName, Reading> = BTreeMap::new();
        let earlier = Window {
            from: Timestamp::MIN,
            to: before,
        };
        for offset in (0..FURTHEST).step_by(STEP as usize) {
            let rows = sqlx::query(BLOCKS_BEFORE)
                .bind(device.as_str())
                .bind(day_of(before.as_microsecond() - 1))
                .bind(before.as_microsecond())
                .bind(STEP)
                .bind(offset)
                .fetch_all(&self.readers)
                .await
                .map_err(engine)?;
            for row in &rows {
                let oldest = found.values().map(|one| one.nominal.as_microsecond()).min();
                if found.len() == points.len() && row.try_get::<i64, _>("last_us").ok() <= oldest {
                    return Ok(found.into_values().collect());
                }
                for one in self.compared(row, device, points, earlier) {
                    let kept = found.get(&one.series.point);
                    if kept.is_none_or(|kept| kept.nominal < one.nominal) {
                        found.insert(one.series.point.clone(), one);
                    }
                }
            }
            if rows.is_empty() {
                break;
            }
        }
        Ok(found.into_values().collect())
    }

    /// Nothing of a damaged block: no value is doubted because of one that proves nothing.
    fn compared(
        &self,
        row: &SqliteRow,
        device: &DeviceId,
        points: &BTreeSet<PointName>,
        window: Window,
    ) -> Vec<Reading> {
        let Stored::Whole(block) = block::of_row(row) else {
            return Vec::new();
        };
        self.shared.count_block();
        let Some(piece) = Piece::open(block) else {
            return Vec::new();
        };
        let day = Day {
            pieces: vec![piece],
            ..Day::default()
        };
        let mut found = Vec::new();
        for point in points {
            let series = SeriesId::new(device.clone(), point.clone());
            // What does not decode is named by whoever reads the day.
            if let Some(chunk) = day.chunk(&series, window, None) {
                found.extend(chunk.readings().filter(is_comparable));
            }
        }
        found
    }
}
