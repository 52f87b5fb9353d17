//! Readings that nobody needs any more are given up; what their hours add up to stays, at a tenth of the bytes.
//!
//! A day is given up as a whole, and only if every point of it is summed up. Whoever asks for its readings afterwards
//! gets an error that says so: never an empty answer.

use devices::{DeviceId, Window};
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::block::{self, Block, Form, Stored};
use super::log::Piece;
use super::writer::Order;
use super::{EmbeddedStore, engine};
use crate::store::StoreError;

/// Days that one transaction gives up.
const TOGETHER: usize = 64;

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    pub days: u64,
    /// Days that are damaged or not fully summed up: left as they are.
    pub left: u64,
}

impl EmbeddedStore {
    /// Gives up the readings of sealed days that ended before a time, but for days that hold something of `kept`: what
    /// evidence refers to.
    pub async fn retire(
        &self,
        before: Timestamp,
        kept: &[(DeviceId, Window)],
    ) -> Result<Retired, StoreError> {
        let rows: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT id, device, day FROM block INDEXED BY block_by_day WHERE form = 1 AND day < ?1",
        )
        .bind(block::day_of(before.as_microsecond()))
        .fetch_all(&self.readers)
        .await
        .map_err(engine)?;
        let mut done = Retired::default();
        for part in rows.chunks(TOGETHER) {
            let mut blocks = Vec::new();
            for (id, device, day) in part {
                let Ok(device) = DeviceId::new(device.as_str()) else {
                    done.left += 1;
                    continue;
                };
                let (from, last) = block::span_of(*day);
                let is_kept = kept.iter().any(|(one, window)| {
                    *one == device && window.from <= last && window.to.as_microsecond() > from
                });
                if is_kept {
                    continue;
                }
                match self.summed(&device, *id).await? {
                    Some(block) => blocks.push(block),
                    None => done.left += 1,
                }
            }
            if blocks.is_empty() {
                continue;
            }
            let (answer, retired) = oneshot::channel();
            let order = Order::Retire(blocks, answer);
            self.orders.send(order).await.map_err(|_| self.ended())?;
            done.days += retired.await.map_err(|_| self.ended())?.map_err(engine)?;
        }
        Ok(done)
    }

    /// The block without its readings; `None` if they are not all summed up.
    async fn summed(&self, device: &DeviceId, id: i64) -> Result<Option<Block>, StoreError> {
        let row = sqlx::query("SELECT * FROM block WHERE id = ?1")
            .bind(id)
            .fetch_optional(&self.readers)
            .await
            .map_err(engine)?;
        let Some(row) = row else { return Ok(None) };
        let (Stored::Whole(whole), Stored::Whole(mut block)) = (block::of_row(&row), block::of_row(&row))
        else {
            return Ok(None);
        };
        let Some((_, summaries)) = self.summary_of(device, &row) else {
            return Ok(None);
        };
        let points = match Piece::open(whole) {
            Some(Piece::Sealed(columns)) => columns.points(),
            _ => None,
        };
        if !points.is_some_and(|points| points.iter().all(|point| summaries.contains_key(point))) {
            return Ok(None);
        }
        block.content.form = Form::Summed;
        block.content.summary = sqlx::Row::try_get(&row, "summary").map_err(engine)?;
        block.content.body = Vec::new();
        Ok(Some(block))
    }
}
