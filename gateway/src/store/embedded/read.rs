//! What the store answers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use async_trait::async_trait;
use devices::{DeviceId, Failure, PointName, Provenance, Quality, Reading, SeriesId, Window};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use jiff::Timestamp;
use uplink::Sweep;

use super::block;
use super::log::{Damaged, Day, Days, Piece};
use super::prepared::PreparedBatch;
use super::{EmbeddedStore, engine};
use crate::store::chunk::Found;
use crate::store::{Chunk, Known, SeriesStore, StoreError, is_comparable};

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
                    let chunks = series.iter().map(|one| day.chunk(one, self.window, self.known_s));
                    self.ready.extend(chunks.filter(|chunk| !chunk.is_empty()));
                }
            }
        }
    }
}

impl Day {
    /// What counts of one series of this device.
    pub(super) fn chunk(&self, series: &SeriesId, window: Window, known_s: Option<i64>) -> Chunk {
        let known = |received_s: i64| known_s.is_none_or(|limit| received_s <= limit);
        let mut found = Vec::new();
        for piece in self.pieces.iter().filter(|piece| known(piece.received_s)) {
            piece.find(series.point.as_str(), &mut found);
        }
        let damaged = self.damaged.iter().filter(|one| known(one.received_s));
        found.extend(damaged.map(Damaged::found));
        let (from, to) = (window.from.as_microsecond(), window.to.as_microsecond());
        found.retain(|one| (from..to).contains(&one.nominal_us));
        Chunk::of(series.clone(), found)
    }

    /// Of each series that is asked for and not found yet, the last value that can be compared with, or a later time
    /// that is damaged.
    fn last_values(&self, window: Window, wanted: &mut BTreeMap<SeriesId, Option<Reading>>) {
        for (series, found) in wanted.iter_mut().filter(|(_, found)| found.is_none()) {
            let chunk = self.chunk(series, window, None);
            let mut readings = chunk.readings().rev();
            *found = readings.find(|one| is_comparable(one) || one.quality == Quality::Bad(Failure::Damaged));
        }
    }
}

impl Piece {
    fn find(&self, point: &str, found: &mut Vec<Found>) {
        for sweep in &self.sweeps {
            let values = sweep.values.iter().filter(|value| value.point == point);
            found.extend(values.map(|value| Found {
                nominal_us: sweep.nominal_us,
                taken_us: sweep.taken_us,
                number: value.number,
                quality: value.quality,
                version: self.version,
            }));
        }
    }
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
        let mut best = None;
        for (order, piece) in day.pieces.iter().enumerate() {
            for sweep in piece.sweeps.iter().filter(|sweep| sweep.nominal_us == at) {
                let value = sweep
                    .values
                    .iter()
                    .find(|value| value.point == series.point.as_str());
                let Some(value) = value else { continue };
                let rank = (std::cmp::Reverse(piece.version), value.quality, order);
                if best.as_ref().is_none_or(|(kept, _)| rank < *kept) {
                    best = Some((rank, sweep));
                }
            }
        }
        if best.is_none() && day.damaged.iter().any(|one| one.nominal_us == at) {
            return Err(StoreError::Damaged {
                place: format!("{series}, {nominal}"),
                reason: "the checksum of its block is wrong".to_owned(),
            });
        }
        Ok(best.map(|(_, sweep)| Provenance {
            raw: block::raw_text(sweep),
            profile: sweep.profile.clone(),
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
            if let (Ok(from), Ok(to)) = (
                Timestamp::from_microsecond(from),
                Timestamp::from_microsecond(to.as_microsecond() + 1),
            ) {
                let window = Window { from, to };
                if let Some(day) = self.days(device, window).next().await? {
                    day.last_values(window, wanted);
                }
            }
            before = Timestamp::from_microsecond(from - 1).ok();
        }
        Ok(())
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
