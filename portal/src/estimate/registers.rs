//! Energy registers of several meters, read at common boundaries of time.

use analysis::error_estimation::Meter;
use devices::profile::InstrumentKind;
use devices::{Doubt, Quality, Quantity, Reading, SeriesId, Window};
use jiff::{SignedDuration, Timestamp};
use ledger::instruments::Instrument;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::Portal;
use crate::problem::{Answer, Problem};
use crate::refusal;
use crate::run::work::{multiplier, profile};

/// Readings that come more often are taken at these boundaries.
const USUAL_SECONDS: u32 = 900;

/// A longer interval would leave too few of them.
const LONGEST_SECONDS: u32 = 86_400;

/// A reading stands for a boundary when it is late by at most this part of the interval: what one interval loses by it,
/// the next one gains.
const CLOSE: i64 = 50;

/// So many readings are fetched at a time: months of five-second readings would not fit into memory.
const AT_A_TIME: SignedDuration = SignedDuration::from_hours(24);

/// One meter's energy register.
pub(super) struct Register {
    /// As the estimator knows it, in primary kWh.
    pub(super) meter: Meter,
    series: SeriesId,
    /// Register to primary kWh.
    factor: Decimal,
    period_seconds: u32,
}

impl Register {
    pub(super) fn of(portal: &Portal, instrument: &Instrument) -> Answer<Self> {
        let kept = &instrument.configuration;
        let profile = profile(portal, kept, "master_id")?;
        let energy_meter = matches!(
            profile.instrument,
            InstrumentKind::EnergyMeter | InstrumentKind::ReferenceMeter
        );
        let point = profile
            .points
            .iter()
            .filter(|_| energy_meter)
            .find(|point| point.cumulative && point.quantity == Quantity::ActiveEnergy)
            .ok_or_else(|| refusal::estimate::no_energy(&kept.name))?;
        let kilowatt_hours = match point.unit.symbol() {
            "Wh" => Decimal::new(1, 3),
            "MWh" => Decimal::ONE_THOUSAND,
            _ => Decimal::ONE,
        };
        let factor = multiplier(kept).factor();
        let factor = factor.and_then(|factor| factor.checked_mul(kilowatt_hours));
        let too_large = || refusal::estimate::ratios_too_large(&kept.name);
        let factor = factor.ok_or_else(too_large)?;
        let primary = |value: Decimal| {
            let value = value.checked_mul(factor).and_then(|value| value.to_f64());
            value.ok_or_else(too_large)
        };
        Ok(Self {
            meter: Meter {
                name: kept.device.to_string(),
                // A model that states no step is taken as one that shows every digit.
                resolution: point.resolution.map_or(Ok(0.0), primary)?,
                modulus: point.modulus.map(primary).transpose()?,
            },
            series: SeriesId::new(kept.device.clone(), point.name.clone()),
            factor,
            period_seconds: kept.period_seconds.max(1),
        })
    }

    /// kWh at every boundary; what was not read stays out.
    pub(super) async fn column(&self, portal: &Portal, grid: &Grid) -> Answer<Vec<Option<f64>>> {
        let late = grid.late();
        let mut column = vec![None; grid.rows];
        let mut row = 0;
        while row < grid.rows {
            let part = grid.part(row);
            let readings = portal
                .field
                .range(&self.series, part.window, part.most)
                .await
                .map_err(|error| Problem::internal(&error))?;
            let mut next = 0;
            let mut last: Option<&Reading> = None;
            for (row, value) in column.iter_mut().enumerate().skip(row).take(part.rows) {
                let boundary = grid.time(row);
                while let Some(reading) = readings.get(next).filter(|one| one.nominal <= boundary) {
                    if usable(reading, late) {
                        last = Some(reading);
                    }
                    next += 1;
                }
                let close = last.filter(|reading| boundary.duration_since(reading.nominal) <= late);
                *value = close.and_then(|reading| self.primary(reading));
            }
            row += part.rows;
        }
        Ok(column)
    }

    fn primary(&self, reading: &Reading) -> Option<f64> {
        reading.value?.checked_mul(self.factor)?.to_f64()
    }
}

/// A register that went backwards is a reset, which the estimator knows; every other doubt is about the value itself.
fn usable(reading: &Reading, late: SignedDuration) -> bool {
    let trusted = matches!(
        reading.quality,
        Quality::Good | Quality::Uncertain(Doubt::RegisterWentBackwards)
    );
    trusted && reading.taken.duration_since(reading.nominal).abs() <= late
}

/// Boundaries of time that all registers share: multiples of the interval since 1970.
pub(super) struct Grid {
    /// Seconds.
    pub(super) interval: i64,
    pub(super) rows: usize,
    /// Unix seconds of the first boundary.
    first: i64,
    window: Window,
}

/// Some boundaries, and what is fetched for them.
struct Part {
    rows: usize,
    window: Window,
    most: usize,
}

impl Grid {
    pub(super) fn new(registers: &[Register], window: Window) -> Answer<Self> {
        let periods = registers.iter().map(|register| register.period_seconds);
        let interval = interval(periods).ok_or_else(refusal::estimate::no_common_boundary)?;
        let interval = i64::from(interval);
        let first = window.from.as_second().div_euclid(interval) * interval;
        let first = if Timestamp::from_second(first).is_ok_and(|time| time >= window.from) {
            first
        } else {
            first + interval
        };
        let boundaries = (window.to.as_second() - first).div_euclid(interval) + 1;
        Ok(Self {
            interval,
            rows: usize::try_from(boundaries).unwrap_or(0),
            first,
            window,
        })
    }

    /// Unix seconds of a boundary.
    pub(super) fn boundary(&self, row: usize) -> i64 {
        self.first
            + i64::try_from(row)
                .unwrap_or(i64::MAX)
                .saturating_mul(self.interval)
    }

    fn time(&self, row: usize) -> Timestamp {
        Timestamp::from_second(self.boundary(row)).unwrap_or(Timestamp::MAX)
    }

    fn late(&self) -> SignedDuration {
        SignedDuration::from_secs(self.interval / CLOSE)
    }

    /// The boundaries from this one on that are fetched together.
    fn part(&self, row: usize) -> Part {
        let rows = (AT_A_TIME.as_secs() / self.interval).max(1);
        let rows = usize::try_from(rows).unwrap_or(1).min(self.rows - row);
        let (first, last) = (self.time(row), self.time(row + rows - 1));
        let from = first - self.late();
        let seconds = last.duration_since(from).as_secs();
        Part {
            rows,
            window: Window {
                // What was read before the window is nobody's business.
                from: from.max(self.window.from),
                to: last + SignedDuration::from_micros(1),
            },
            // Once a second is the shortest period, whatever it is now.
            most: usize::try_from(seconds).unwrap_or(0) + 2,
        }
    }
}

/// The shortest interval at whose boundaries all meters are read. A meter that is read every few seconds has a reading
/// close to any boundary.
fn interval(periods: impl Iterator<Item = u32>) -> Option<u32> {
    let coarse = |period: &u32| i64::from(*period) * CLOSE > i64::from(USUAL_SECONDS);
    periods
        .filter(coarse)
        .try_fold(USUAL_SECONDS, |interval, period| {
            let common = u64::from(interval / divisor(interval, period)) * u64::from(period);
            u32::try_from(common)
                .ok()
                .filter(|common| *common <= LONGEST_SECONDS)
        })
}

/// The greatest common one.
fn divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_meters_are_read_at_every_boundary() {
        for (periods, common) in [
            (&[5, 10, 7][..], Some(900)),
            (&[60, 900, 300], Some(900)),
            (&[5, 3_600], Some(3_600)),
            (&[600], Some(1_800)),
            (&[600, 3_600], Some(3_600)),
            (&[86_400, 900], Some(86_400)),
            (&[7_000, 11_000], None),
        ] {
            assert_eq!(interval(periods.iter().copied()), common, "{periods:?}");
        }
    }

    #[test]
    fn boundaries_lie_in_the_window() {
        let register = Register {
            meter: Meter::new("m", 0.0),
            series: "m/energy.active.import".parse().unwrap(),
            factor: Decimal::ONE,
            period_seconds: 60,
        };
        let grid = |from: &str, to: &str| {
            let window = Window::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
            let grid = Grid::new(std::slice::from_ref(&register), window).unwrap();
            (grid.rows, grid.time(0).to_string())
        };
        let noon = "2026-06-01T12:00:00Z".to_owned();
        assert_eq!(grid(&noon, "2026-06-01T13:00:00Z"), (5, noon.clone()));
        assert_eq!(
            grid("2026-06-01T11:45:00.1Z", "2026-06-01T12:14:59Z"),
            (1, noon.clone())
        );
        assert_eq!(grid("2026-06-01T12:00:01Z", "2026-06-01T12:14:59Z").0, 0);
    }
}
