//! The streaming estimator: rows in, moments kept, an answer at any time.

mod closing;

use super::EstimationError;
use super::checks::Checks;
use super::design::Layout;
use super::mixture::Mixture;
use super::moments::Moments;
use super::noise::{Noise, NoisePrior};
use super::readings::{Raw, Tally};
use super::site::{ReadingKind, Settings, Site};

/// Readings of one time.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Unix seconds; the end of the interval that the readings close.
    pub time: i64,
    /// The master in kWh.
    pub master: Option<f64>,
    /// The sub-meters in kWh, in the order of [`Site::meters`].
    pub meters: &'a [Option<f64>],
}

/// Rows that are held until they are fitted together.
const BLOCK: usize = 1_024;

/// Takes readings row by row and answers at any time.
///
/// It holds at most one block of 1024 rows and three square matrices, however long it runs; a row
/// costs O(meters²). [`super::estimate`] is the same estimator fed with all rows, so both agree.
#[derive(Clone, Debug)]
pub struct Estimator {
    pub(super) site: Site,
    pub(super) settings: Settings,
    pub(super) layout: Layout,
    pub(super) mixture: Mixture,
    pub(super) moments: Moments,
    pub(super) noise: Noise,
    pub(super) tallies: Vec<Tally>,
    pub(super) checks: Checks,
    pub(super) outliers: u64,
    /// Mean energy of the master per interval of the first block, kWh.
    pub(super) scale: Option<f64>,
    pub(super) precisions: Vec<f64>,
    /// ε of the meters as of the last block.
    errors: Vec<f64>,
    /// Sums of the design's columns over all rows, in units of the scale; right side last.
    pub(super) totals: Vec<f64>,
    /// Years between the first and the last used row.
    pub(super) end: f64,
    pub(super) first_time: i64,
    pub(super) last_time: i64,
    prior: NoisePrior,
    raw: Raw,
    blocks: usize,
    /// Position of the last row on the grid of intervals; `None` before the first.
    last_slot: Option<i64>,
    /// Intervals merged into one because the registers' steps are coarse; `None` until known.
    merge: Option<i64>,
}

impl Estimator {
    /// An estimator of a site with the usual beliefs.
    ///
    /// # Errors
    /// A site without meters or with an impossible nameplate.
    pub fn new(site: Site) -> Result<Self, EstimationError> {
        Self::with_settings(site, Settings::default())
    }

    /// An estimator with other beliefs.
    ///
    /// # Errors
    /// As [`Estimator::new`], or a setting out of its range.
    pub fn with_settings(site: Site, settings: Settings) -> Result<Self, EstimationError> {
        site.check()?;
        settings.check()?;
        let layout = Layout::new(&site);
        let width = layout.unknowns() + 1;
        let centre = Noise {
            relative: settings.master_noise,
            absolute: 1e-4,
            slow: 1e-4,
            memory: (14_400.0 / f64::from(site.interval_seconds)).max(3.0),
            quantum: 1.0,
        };
        let quantum = if site.kind == ReadingKind::Register {
            0.3
        } else {
            1.0
        };
        Ok(Self {
            mixture: Mixture::new(&settings),
            moments: Moments::new(width),
            noise: centre,
            tallies: vec![Tally::default(); 1 + site.meters.len()],
            checks: Checks::new(site.meters.len()),
            outliers: 0,
            scale: None,
            precisions: Vec::new(),
            errors: vec![0.0; site.meters.len()],
            totals: vec![0.0; width],
            end: 0.0,
            first_time: 0,
            last_time: 0,
            prior: NoisePrior {
                centre,
                spread: [1.2, 1.5, 1.5, 1.0, quantum],
            },
            raw: Raw::default(),
            blocks: 0,
            last_slot: None,
            merge: None,
            layout,
            site,
            settings,
        })
    }

    /// Takes the readings of one time.
    ///
    /// # Errors
    /// A row of another width, out of order, off the grid, or with NaN. A refused row changes
    /// nothing.
    pub fn push(&mut self, reading: Reading<'_>) -> Result<(), EstimationError> {
        let slot = self.slot(&reading)?;
        if self.last_slot.is_none() {
            self.first_time = reading.time;
        }
        self.last_slot = Some(slot);
        self.last_time = reading.time;
        let merge = self.merge.unwrap_or(1);
        if slot % merge != 0 {
            return Ok(());
        }
        if self.raw.len() >= BLOCK {
            self.merge_coarse();
            // Merging has made room, unless nothing was to merge.
            if self.raw.len() >= BLOCK {
                self.close_full_block();
            }
        }
        let merged = self.merge.unwrap_or(1);
        if slot % merged != 0 {
            return Ok(());
        }
        self.raw.slot.push(slot / merged);
        self.raw.values.push(reading.master.unwrap_or(f64::NAN));
        let values = reading.meters.iter().map(|v| v.unwrap_or(f64::NAN));
        self.raw.values.extend(values);
        Ok(())
    }

    fn slot(&self, reading: &Reading<'_>) -> Result<i64, EstimationError> {
        let time = reading.time;
        if reading.meters.len() != self.site.meters.len() {
            return Err(EstimationError::Width {
                time,
                given: reading.meters.len(),
                expected: self.site.meters.len(),
            });
        }
        let all = std::iter::once(&reading.master).chain(reading.meters);
        if let Some(column) = all.clone().position(|v| v.is_some_and(|v| !v.is_finite())) {
            return Err(EstimationError::NotFinite {
                time,
                meter: self.site.column_name(column).to_owned(),
            });
        }
        let Some(last_slot) = self.last_slot else {
            return Ok(0);
        };
        if time <= self.last_time {
            return Err(EstimationError::Order {
                time,
                previous: self.last_time,
            });
        }
        let interval = i64::from(self.site.interval_seconds);
        let since = time.saturating_sub(self.first_time);
        let slot = since.saturating_add(interval / 2) / interval;
        let off = since.saturating_sub(slot.saturating_mul(interval)).unsigned_abs();
        let taken = slot <= last_slot;
        if off.saturating_mul(10) > interval.unsigned_abs() || taken {
            return Err(EstimationError::OffGrid {
                time,
                interval: self.site.interval_seconds,
                origin: self.first_time,
            });
        }
        Ok(slot)
    }

    /// Seconds of one (merged) interval.
    pub(super) fn interval(&self) -> i64 {
        i64::from(self.site.interval_seconds) * self.merge.unwrap_or(1)
    }

    /// A copy with everything closed that still waits for more readings.
    pub(super) fn completed(&self) -> Self {
        let mut complete = self.clone();
        complete.merge_coarse();
        let rest = std::mem::take(&mut complete.raw);
        complete.close(&rest);
        complete
    }

    /// Bytes that the estimator holds on the heap; bounded, however many rows were pushed.
    pub fn heap_bytes(&self) -> usize {
        let numbers = 3 * self.moments.plain.len() + self.raw.values.capacity() + self.raw.slot.capacity();
        numbers * size_of::<f64>() + self.tallies.len() * size_of::<Tally>()
    }

    /// The same rows closed as one block, to compare with.
    #[cfg(test)]
    pub(super) fn in_one_block<'a>(&self, rows: impl Iterator<Item = Reading<'a>>) -> Self {
        let mut one = Self::with_settings(self.site.clone(), self.settings.clone()).expect("a checked site");
        one.merge = self.merge;
        (one.first_time, one.last_time) = (self.first_time, self.last_time);
        let interval = i64::from(self.site.interval_seconds);
        for row in rows {
            one.raw.slot.push((row.time - self.first_time) / interval);
            let values = std::iter::once(&row.master).chain(row.meters);
            one.raw.values.extend(values.map(|v| v.unwrap_or(f64::NAN)));
        }
        one
    }
}
