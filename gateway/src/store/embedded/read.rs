//! What the store answers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_trait::async_trait;
use devices::{DeviceId, Failure, PointName, Provenance, Quality, Reading, SeriesId, Window};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use jiff::Timestamp;
use sqlx::Row;
use uplink::{RawSpan, Sweep};

use super::block;
use super::columns;
use super::commit::raw_seal;
use super::log::{Damaged, Day, Days, Piece};
use super::prepared::PreparedBatch;
use super::{EmbeddedStore, engine};
use crate::store::chunk::Found;
use crate::store::{Bucket, Chunk, Known, SeriesStore, Steps, StoreError, is_comparable};

const DAMAGED: u8 = Quality::Bad(Failure::Damaged).code();

/// A scan on its way: device after device, day after day.
struct Scan<'a> {
    store: &'a EmbeddedStore,
    window: Window,
    /// Seconds; `None`: now.
    known_s: Option<i64>,
    devices: VecDeque<Vec<SeriesId>>,
    open: Option<(Vec<SeriesId>, Days<'a>)>,
    ready: VecDeque<Chunk>,
}

impl Scan<'_> {
    async fn next(&mut self) -> Result<Option<Chunk>, StoreError> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Ok(Some(chunk));
            }
            if self.open.is_none() {
                let Some(series) = self.devices.pop_front() else {
                    return Ok(None);
                };
                let days = self.store.days(&series[0].device, self.window);
                self.open = Some((series, days));
            }
            let Some((series, days)) = &mut self.open else {
                continue;
            };
            match days.next().await? {
                None => self.open = None,
                Some(day) => {
                    for one in series.iter() {
                        let chunk = day.chunk(one, self.window, self.known_s);
                        let chunk = chunk.ok_or_else(|| self.store.undecodable(one))?;
                        if !chunk.is_empty() {
                            self.ready.push_back(chunk);
                        }
                    }
                }
            }
        }
    }
}

impl Day {
    /// What counts of one series of this device. `None` only for bytes that nobody sealed.
    pub(super) fn chunk(&self, series: &SeriesId, window: Window, known_s: Option<i64>) -> Option<Chunk> {
        let (from, to) = (window.from.as_microsecond(), window.to.as_microsecond());
        let known = |received_s: i64| known_s.is_none_or(|limit| received_s <= limit);
        if let ([Piece::Sealed(columns)], true) = (self.pieces.as_slice(), self.damaged.is_empty())
            && known(columns.received_s)
        {
            let mut chunk = Chunk::new(series.clone());
            if columns.fill(&mut chunk, from, to)? {
                return Some(chunk);
            }
        }
        let mut found = Vec::new();
        for piece in &self.pieces {
            piece.find(series.point.as_str(), known_s, &mut found)?;
        }
        let damaged = self.damaged.iter().filter(|one| known(one.received_s));
        found.extend(damaged.map(Damaged::found));
        found.retain(|one| (from..to).contains(&one.nominal_us));
        Some(Chunk::of(series.clone(), found))
    }

    /// Of each series that is asked for and not found yet, the last value that can be compared with, or a later time
    /// that is damaged.
    fn last_values(&self, window: Window, wanted: &mut BTreeMap<SeriesId, Option<Reading>>) -> Option<()> {
        for (series, found) in wanted.iter_mut().filter(|(_, found)| found.is_none()) {
            let chunk = self.chunk(series, window, None)?;
            let mut readings = chunk.readings().rev();
            *found = readings.find(|one| is_comparable(one) || one.quality == Quality::Bad(Failure::Damaged));
        }
        Some(())
    }
}

impl Piece {
    fn find(&self, point: &str, known_s: Option<i64>, found: &mut Vec<Found>) -> Option<()> {
        let (version, sweeps) = match self {
            Self::Sealed(columns) => return columns.find(point, known_s, found),
            Self::Fresh { received_s, .. } if known_s.is_some_and(|limit| *received_s > limit) => {
                return Some(());
            }
            Self::Fresh { version, sweeps, .. } => (*version, sweeps),
        };
        for sweep in sweeps {
            let values = sweep.values.iter().filter(|value| value.point == point);
            found.extend(values.map(|value| Found {
                nominal_us: sweep.nominal_us,
                taken_us: sweep.taken_us,
                number: value.number,
                quality: value.quality,
                version,
            }));
        }
        Some(())
    }

    /// Of the sweeps at one time that have this point, the one that counts, with its rank among those of other pieces.
    fn source(&self, device: &DeviceId, point: &str, at: i64) -> Option<Source> {
        let value = |sweep: &Sweep| {
            sweep
                .values
                .iter()
                .find(|value| value.point == point)
                .map(|value| value.quality)
        };
        let mut sources = Vec::new();
        match self {
            Self::Fresh { version, sweeps, .. } => {
                for sweep in sweeps.iter().filter(|sweep| sweep.nominal_us == at) {
                    if let Some(quality) = value(sweep) {
                        sources.push(Source {
                            rank: (Reverse(*version), quality),
                            sweep: sweep.clone(),
                            sealed: None,
                        });
                    }
                }
            }
            Self::Sealed(columns) => {
                let rows = columns.rows(device)?;
                for (index, row) in rows
                    .into_iter()
                    .enumerate()
                    .filter(|(_, row)| row.sweep.nominal_us == at)
                {
                    if let Some(quality) = value(&row.sweep) {
                        sources.push(Source {
                            rank: (Reverse(row.version), quality),
                            sweep: row.sweep,
                            sealed: Some((columns.id, index)),
                        });
                    }
                }
            }
        }
        // The first of equal ones.
        sources.into_iter().min_by_key(|source| source.rank)
    }
}

/// Where a reading comes from.
struct Source {
    rank: (Reverse<u32>, u8),
    sweep: Sweep,
    /// Block and row of its raw words, if they are kept apart.
    sealed: Option<(i64, usize)>,
}

impl Damaged {
    fn found(&self) -> Found {
        Found {
            nominal_us: self.nominal_us,
            taken_us: self.nominal_us,
            number: None,
            quality: DAMAGED,
            version: self.version,
        }
    }
}

/// Series by device, each once.
fn by_device(series: &[SeriesId]) -> BTreeMap<&DeviceId, BTreeSet<&SeriesId>> {
    let mut devices: BTreeMap<&DeviceId, BTreeSet<&SeriesId>> = BTreeMap::new();
    for one in series {
        devices.entry(&one.device).or_default().insert(one);
    }
    devices
}

/// One nominal time.
fn moment(nominal: Timestamp) -> Window {
    let next = Timestamp::from_microsecond(nominal.as_microsecond() + 1).unwrap_or(nominal);
    Window {
        from: nominal,
        to: next,
    }
}

#[async_trait]
impl SeriesStore for EmbeddedStore {
    async fn write(&self, sweeps: &[Sweep], version: u32, received: Timestamp) -> Result<(), StoreError> {
        let readings = PreparedBatch::readings(sweeps, version, received);
        self.order(readings).await.map(drop)
    }

    fn scan<'a>(
        &'a self,
        series: &'a [SeriesId],
        window: Window,
        known: Known,
    ) -> BoxStream<'a, Result<Chunk, StoreError>> {
        let devices = by_device(series).into_values();
        let scan = Scan {
            store: self,
            window,
            known_s: match known {
                Known::Now => None,
                Known::At(time) => Some(time.as_microsecond().div_euclid(1_000_000)),
            },
            devices: devices.map(|one| one.into_iter().cloned().collect()).collect(),
            open: None,
            ready: VecDeque::new(),
        };
        stream::try_unfold(scan, async |mut scan| {
            let next = scan.next().await?;
            Ok(next.map(|chunk| (chunk, scan)))
        })
        .boxed()
    }

    async fn aggregate(&self, series: &[SeriesId], steps: &Steps) -> Result<Vec<Vec<Bucket>>, StoreError> {
        self.sums(series, steps).await
    }

    async fn latest(&self, series: &[SeriesId]) -> Result<Vec<Option<Reading>>, StoreError> {
        let state = self.shared.state();
        let last = |id: &SeriesId| {
            let point = state.devices.get(&id.device)?.points.get(id.point.as_str())?;
            point.last(id)
        };
        Ok(series.iter().map(last).collect())
    }

    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, StoreError> {
        let state = self.shared.state();
        let points = state.devices.get(device).map(|known| &known.points);
        let points = points.into_iter().flatten();
        Ok(points
            .filter_map(|(name, point)| point.last(&SeriesId::new(device.clone(), name.parse().ok()?)))
            .collect())
    }

    async fn at_or_before(
        &self,
        series: &[SeriesId],
        time: Timestamp,
    ) -> Result<Vec<Option<Reading>>, StoreError> {
        let mut found: BTreeMap<SeriesId, Option<Reading>> = BTreeMap::new();
        for (device, series) in by_device(series) {
            let mut wanted = BTreeMap::new();
            {
                let state = self.shared.state();
                for one in series {
                    let points = state.devices.get(device).map(|device| &device.points);
                    if let Some(point) = points.and_then(|points| points.get(one.point.as_str())) {
                        let last = point.known(one).filter(|last| last.nominal <= time);
                        wanted.insert(one.clone(), last);
                    }
                }
            }
            self.look_back(device, time, &mut wanted).await?;
            found.append(&mut wanted);
        }
        Ok(series
            .iter()
            .map(|one| found.get(one).cloned().flatten())
            .collect())
    }

    async fn provenance(
        &self,
        series: &SeriesId,
        nominal: Timestamp,
    ) -> Result<Option<Provenance>, StoreError> {
        let mut days = self.days(&series.device, moment(nominal));
        let Some(day) = days.next().await? else {
            return Ok(None);
        };
        let at = nominal.as_microsecond();
        let sources = day
            .pieces
            .iter()
            .filter_map(|piece| piece.source(&series.device, series.point.as_str(), at));
        let Some(mut source) = sources.min_by_key(|source| source.rank) else {
            if day.damaged.iter().any(|one| one.nominal_us == at) {
                return Err(StoreError::Damaged {
                    place: format!("{series}, {nominal}"),
                    reason: "the checksum of its block is wrong".to_owned(),
                });
            }
            return Ok(None);
        };
        if let Some((block, row)) = source.sealed {
            let raw = self.raw(block).await?.into_iter().nth(row);
            (source.sweep.raw, source.sweep.message) = raw.ok_or_else(|| self.undecodable(series))?;
        }
        Ok(Some(Provenance {
            raw: block::raw_text(&source.sweep),
            profile: source.sweep.profile,
        }))
    }

    async fn comparable(
        &self,
        device: &DeviceId,
        points: &BTreeSet<PointName>,
        span: Window,
    ) -> Result<Vec<Reading>, StoreError> {
        let (mut found, mut late) = (Vec::new(), BTreeSet::new());
        {
            let state = self.shared.state();
            let Some(known) = state.devices.get(device) else {
                return Ok(found);
            };
            for name in points {
                let Some(point) = known.points.get(name.as_str()) else {
                    continue;
                };
                match point.known_us() {
                    Some(time) if time < span.from.as_microsecond() => {
                        found.extend(point.known(&SeriesId::new(device.clone(), name.clone())));
                    }
                    // What is known is younger: the ones wanted lie in the log.
                    Some(_) => drop(late.insert(name.clone())),
                    None => {}
                }
            }
        }
        if !late.is_empty() {
            found.extend(self.late(device, &late, span).await?);
        }
        found.sort_by_key(|reading| reading.nominal);
        Ok(found)
    }
}

impl EmbeddedStore {
    /// Goes back day by day, until each series that is wanted has its value.
    async fn look_back(
        &self,
        device: &DeviceId,
        time: Timestamp,
        wanted: &mut BTreeMap<SeriesId, Option<Reading>>,
    ) -> Result<(), StoreError> {
        let mut before = Some(time);
        while let Some(last) = before
            && wanted.values().any(Option::is_none)
        {
            let Some(day) = self
                .last_day(device, block::day_of(last.as_microsecond()))
                .await?
            else {
                break;
            };
            let (from, end) = block::span_of(day);
            let to = last.min(end);
            if let (Ok(begin), Ok(to)) = (
                Timestamp::from_microsecond(from),
                Timestamp::from_microsecond(to.as_microsecond() + 1),
            ) {
                let window = Window { from: begin, to };
                if let Some(day) = self.days(device, window).next().await? {
                    let done = day.last_values(window, wanted);
                    done.ok_or_else(|| {
                        self.damage(device, block::day_of(from), "one of its blocks does not decode")
                    })?;
                }
            }
            before = Timestamp::from_microsecond(from - 1).ok();
        }
        Ok(())
    }

    /// A block whose seal was right and that does not decode: written by another version.
    pub(super) fn undecodable(&self, series: &SeriesId) -> StoreError {
        let reason = "one of its blocks does not decode; was it written by another version?".to_owned();
        self.shared.watch.damage(format!("series {series}"), reason)
    }

    /// The raw words of a sealed block, row by row.
    pub(super) async fn raw(&self, block: i64) -> Result<Vec<(Vec<RawSpan>, Vec<u8>)>, StoreError> {
        let row = sqlx::query("SELECT body, seal FROM raw WHERE block = ?1")
            .bind(block)
            .fetch_optional(&self.readers)
            .await
            .map_err(engine)?;
        let words = row.and_then(|row| {
            let (body, seal): (&[u8], i64) = (row.try_get(0).ok()?, row.try_get(1).ok()?);
            (raw_seal(block, body) == seal).then(|| columns::raw_of(body))?
        });
        words.ok_or_else(|| {
            let reason = "they are not there, or their checksum is wrong".to_owned();
            self.shared
                .watch
                .damage(format!("raw words of block {block}"), reason)
        })
    }

    /// The last day up to this one on which the device has blocks, by whatever knows of one.
    async fn last_day(&self, device: &DeviceId, up_to: i64) -> Result<Option<i64>, StoreError> {
        let in_memory = {
            let state = self.shared.state();
            let known = state.devices.get(device);
            known.and_then(|known| known.days.range(..=up_to).next_back().map(|(day, _)| *day))
        };
        let (stored, counted): (Option<i64>, Option<i64>) = sqlx::query_as(
            "SELECT (SELECT MAX(day) FROM block WHERE device = ?1 AND day <= ?2),
                (SELECT MAX(day) FROM day WHERE device = ?1 AND day <= ?2)",
        )
        .bind(device.as_str())
        .bind(up_to)
        .fetch_one(&self.readers)
        .await
        .map_err(engine)?;
        Ok(in_memory.max(stored).max(counted))
    }
}
