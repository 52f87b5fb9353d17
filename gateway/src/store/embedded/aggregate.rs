//! Sums over steps: from the hours that were summed up when a day was put away, wherever the steps are made of whole
//! hours; from the readings where they are not.

use std::collections::{BTreeMap, BTreeSet};

use devices::{DeviceId, SeriesId, Window};
use futures_util::StreamExt;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::block::{self, Form};
use super::log::days_of;
use super::seal::Seal;
use super::summary::{self, HOUR_US, Hours};
use super::{EmbeddedStore, engine};
use crate::store::{Bucket, Known, SeriesStore, Steps, StoreError};

/// Everything of a block but its body.
const SUMMARIES: &str =
    "SELECT id, day, nth, form, first_us, last_us, version, received_s, times, times_seal,
        summary, summary_seal
    FROM block INDEXED BY block_by_day
    WHERE device = ?1 AND (day, nth) > (?2, 0) AND day <= ?3 ORDER BY day, nth LIMIT ?4";
const PAGE: i64 = 64;

/// The sums of the points of one device on one day, if they can be had without its readings.
pub(super) type Summaries = BTreeMap<String, Hours>;

impl EmbeddedStore {
    pub(super) async fn sums(
        &self,
        series: &[SeriesId],
        steps: &Steps,
    ) -> Result<Vec<Vec<Bucket>>, StoreError> {
        let mut sums: BTreeMap<&SeriesId, Vec<Bucket>> = BTreeMap::new();
        let mut devices: BTreeMap<&DeviceId, BTreeSet<&SeriesId>> = BTreeMap::new();
        for one in series {
            sums.insert(one, steps.buckets());
            devices.entry(&one.device).or_default().insert(one);
        }
        for (device, series) in devices {
            let series: Vec<SeriesId> = series.into_iter().cloned().collect();
            self.sums_of_device(device, &series, steps, &mut sums).await?;
        }
        let mut answers: Vec<Vec<Bucket>> = Vec::with_capacity(series.len());
        let mut answered: BTreeMap<&SeriesId, usize> = BTreeMap::new();
        for one in series {
            let answer = match answered.get(one) {
                // Asked for twice.
                Some(index) => answers[*index].clone(),
                None => sums.remove(one).unwrap_or_default(),
            };
            answered.entry(one).or_insert(answers.len());
            answers.push(answer);
        }
        Ok(answers)
    }

    async fn sums_of_device(
        &self,
        device: &DeviceId,
        series: &[SeriesId],
        steps: &Steps,
        sums: &mut BTreeMap<&SeriesId, Vec<Bucket>>,
    ) -> Result<(), StoreError> {
        let window = steps.window();
        let (mut day, last) = days_of(window);
        // Readings from here on are not added yet.
        let mut from = window.from;
        while day <= last {
            let page = self.summaries(device, day, last).await?;
            for (summed, summaries) in &page.days {
                let (begin, end) = block::span_of(*summed);
                let whole = window.from.as_microsecond() <= begin
                    && end.as_microsecond() < window.to.as_microsecond()
                    && steps.cut_only_at(begin, end.as_microsecond() + 1, HOUR_US)
                    && series
                        .iter()
                        .all(|one| summaries.contains_key(one.point.as_str()));
                let Ok(start) = Timestamp::from_microsecond(begin) else {
                    continue;
                };
                if !whole {
                    continue;
                }
                self.add_readings(series, steps, Window { from, to: start }, sums)
                    .await?;
                for one in series {
                    let Some(buckets) = sums.get_mut(one) else {
                        continue;
                    };
                    for (hour, part) in summaries.get(one.point.as_str()).into_iter().flatten() {
                        buckets[steps.index_of(*hour)].part.add(part);
                    }
                }
                from = Timestamp::from_microsecond(end.as_microsecond() + 1).unwrap_or(window.to);
            }
            day = page.next;
        }
        self.add_readings(series, steps, Window { from, to: window.to }, sums)
            .await
    }

    async fn add_readings(
        &self,
        series: &[SeriesId],
        steps: &Steps,
        window: Window,
        sums: &mut BTreeMap<&SeriesId, Vec<Bucket>>,
    ) -> Result<(), StoreError> {
        if window.from >= window.to {
            return Ok(());
        }
        let mut chunks = self.scan(series, window, Known::Now);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            if let Some(buckets) = sums.get_mut(&chunk.series) {
                steps.add(buckets, &chunk);
            }
        }
        Ok(())
    }

    /// Days from this one on that are one sealed block with a sound summary. Whatever else there is, a lost block too,
    /// shows when the day is read.
    async fn summaries(&self, device: &DeviceId, first: i64, last: i64) -> Result<Page, StoreError> {
        let expected = self.expected(device, first, last).await?;
        let rows = sqlx::query(SUMMARIES)
            .bind(device.as_str())
            .bind(first)
            .bind(last)
            .bind(PAGE)
            .fetch_all(&self.readers)
            .await
            .map_err(engine)?;
        let mut page = Page {
            days: Vec::new(),
            next: last + 1,
        };
        let mut days: Vec<(i64, Vec<&SqliteRow>)> = Vec::new();
        for row in &rows {
            let day = row.try_get("day").map_err(engine)?;
            match days.last_mut() {
                Some((open, rows)) if *open == day => rows.push(row),
                _ => days.push((day, vec![row])),
            }
        }
        if rows.len() as i64 == PAGE {
            // The last day may go on behind the page. If it is all of the page, its readings will be read.
            let (open, _) =
                if days.len() > 1 { days.pop() } else { None }.unwrap_or((days[0].0 + 1, Vec::new()));
            page.next = open;
        }
        for (day, rows) in days {
            if let [row] = rows.as_slice()
                && let Some((blocks, summaries)) = self.summary_of(device, row)
                && expected.get(&day).is_none_or(|expected| blocks >= *expected)
            {
                page.days.push((day, summaries));
            }
        }
        Ok(page)
    }

    /// The sums of a day that is one sealed block.
    pub(super) async fn summaries_of(
        &self,
        device: &DeviceId,
        day: i64,
    ) -> Result<Option<Summaries>, StoreError> {
        let page = self.summaries(device, day, day).await?;
        Ok(page.days.into_iter().next().map(|(_, summaries)| summaries))
    }

    /// Whether a block that stands for a day has its sums.
    pub(super) async fn summary_is_sound(&self, device: &DeviceId, block: i64) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT * FROM block WHERE id = ?1")
            .bind(block)
            .fetch_optional(&self.readers)
            .await
            .map_err(engine)?;
        // Put away once more meanwhile: another block now.
        Ok(row.is_none_or(|row| self.summary_of(device, &row).is_some()))
    }

    /// Of a sealed block: how many blocks it stands for and what its hours add up to.
    pub(super) fn summary_of(&self, device: &DeviceId, row: &SqliteRow) -> Option<(i64, Summaries)> {
        let number = |column| row.try_get::<i64, _>(column).ok();
        let form = Form::of(number("form")?).filter(|form| *form != Form::Fresh)?;
        let (day, nth) = (number("day")?, number("nth")?);
        let times_seal = Seal::of("block times")
            .number(number("id")?)
            .text(device.as_str())
            .number(day)
            .number(nth)
            .number(form.code())
            .number(number("first_us")?)
            .number(number("last_us")?)
            .number(number("version")?)
            .number(number("received_s")?)
            .bytes(row.try_get("times").ok()?)
            .value();
        let bytes: &[u8] = row.try_get("summary").ok()?;
        let seal = Seal::of("block summary").number(times_seal).bytes(bytes).value();
        if times_seal != number("times_seal")? || seal != number("summary_seal")? {
            let place = format!("summary of {}", super::log::place(device, day));
            self.shared
                .watch
                .damaged(&place, "its checksum is wrong; the readings are read instead");
            return None;
        }
        let hours = summary::decode(block::span_of(day).0, bytes)?;
        Some((nth, hours.into_iter().collect()))
    }
}

struct Page {
    days: Vec<(i64, Summaries)>,
    /// The first day that was not looked at.
    next: i64,
}
