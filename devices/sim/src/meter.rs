//! Energy meters over time: registers as exact integers, reproducible at any time.
//!
//! Energy is counted in pJ (µW × µs), so that a register at a time is a sum without any rounding but
//! the division of each minute's power. A day's prefix sums of all meters are computed together and kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use devices::DeviceId;
use jiff::Timestamp;

use crate::error_curve::Curve;
use crate::load::{Circuit, Moment};

const MINUTE_US: i128 = 60_000_000;
const DAY_MINUTES: i64 = 1440;
/// Days of prefix sums that are kept; more are computed again when asked for.
const MOST_DAYS_KEPT: usize = 40;

/// When the reference standard was connected in series with which meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceSchedule {
    pub from: Timestamp,
    pub to: Timestamp,
    pub meter: DeviceId,
}

/// What a meter measures; numbers are places in the lists of [`Meters`].
#[derive(Clone, Debug)]
pub(crate) enum Measured {
    Circuit(usize),
    /// All of these circuits through the meter's own transformers, and what the lines lose.
    Sum {
        circuits: Vec<usize>,
        loss_e6: i64,
        fixed_uw: i64,
    },
    /// The circuit of one meter after another.
    Rotation {
        minutes: i64,
        circuits: Vec<usize>,
    },
    /// (first minute, end minute, circuit)
    Schedule(Vec<(i64, i64, usize)>),
}

#[derive(Clone, Debug)]
pub(crate) struct Meter {
    pub(crate) measured: Measured,
    pub(crate) error: Curve,
    /// Primary over secondary power, in thousandths.
    pub(crate) ratio_milli: i64,
    pub(crate) initial_pj: i128,
}

/// What a meter sees and indicates in one minute.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) moment: Moment,
    /// Where the phases are taken from.
    pub(crate) circuit: Option<usize>,
    pub(crate) indicated_uw: i64,
}

/// All meters of a site.
#[derive(Debug)]
pub(crate) struct Meters {
    pub(crate) circuits: Vec<Circuit>,
    /// Primary over secondary power of each circuit, in thousandths.
    pub(crate) circuit_ratio_milli: Vec<i64>,
    pub(crate) meters: Vec<Meter>,
    pub(crate) installed_minute: i64,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    /// By day since installation: energy of every meter before that day.
    before: Vec<Vec<i128>>,
    days: BTreeMap<i64, Arc<DayBook>>,
}

/// By meter: energy in pJ from the start of the day to each minute, and at last the whole day.
#[derive(Debug)]
struct DayBook(Vec<Vec<i128>>);

impl Meters {
    pub(crate) fn new(
        circuits: Vec<Circuit>,
        circuit_ratio_milli: Vec<i64>,
        meters: Vec<Meter>,
        installed: Timestamp,
    ) -> Self {
        // The whole UTC day, so that days and books coincide.
        let installed_minute = installed.as_second().div_euclid(86_400) * DAY_MINUTES;
        Self {
            circuits,
            circuit_ratio_milli,
            meters,
            installed_minute,
            books: Mutex::default(),
        }
    }

    /// What a meter sees in a minute since 1970-01-01 UTC.
    pub(crate) fn seen(&self, meter: usize, minute: i64) -> Seen {
        self.seen_with(&self.meters[meter], minute, &|circuit| {
            self.circuits[circuit].at(minute)
        })
    }

    fn seen_with(&self, meter: &Meter, minute: i64, moment_of: &dyn Fn(usize) -> Moment) -> Seen {
        let (moment, circuit) = match &meter.measured {
            Measured::Circuit(circuit) => (moment_of(*circuit), Some(*circuit)),
            Measured::Sum {
                circuits,
                loss_e6,
                fixed_uw,
            } => (
                self.sum(meter, circuits, (*loss_e6, *fixed_uw), moment_of),
                circuits.first().copied(),
            ),
            Measured::Rotation { minutes, circuits } => {
                let turn = (minute - self.installed_minute).div_euclid(*minutes);
                let circuit = circuits[turn.rem_euclid(circuits.len() as i64) as usize];
                (moment_of(circuit), Some(circuit))
            }
            Measured::Schedule(turns) => {
                match turns.iter().find(|(from, to, _)| (*from..*to).contains(&minute)) {
                    Some((_, _, circuit)) => (moment_of(*circuit), Some(*circuit)),
                    None => (Moment::default(), None),
                }
            }
        };
        let error = meter.error.at(moment.level, minute - self.installed_minute);
        let indicated_uw =
            moment.power_uw + (i128::from(moment.power_uw) * i128::from(error) / 1_000_000) as i64;
        Seen {
            moment,
            circuit,
            indicated_uw,
        }
    }

    fn sum(
        &self,
        meter: &Meter,
        circuits: &[usize],
        (loss_e6, fixed_uw): (i64, i64),
        moment_of: &dyn Fn(usize) -> Moment,
    ) -> Moment {
        let (mut primary_uw, mut apparent, mut level, mut voltage) = (0i128, 0i128, 0, 0);
        for &circuit in circuits {
            let moment = moment_of(circuit);
            let power = i128::from(moment.power_uw) * i128::from(self.circuit_ratio_milli[circuit]) / 1000;
            primary_uw += power;
            apparent += power * 1_000_000 / i128::from(moment.power_factor_e6.max(1));
            level += moment.level;
            voltage += moment.voltage_mv;
        }
        let many = (circuits.len() as i64).max(1);
        let level = level / many;
        // The variable part of the losses goes with the square of the load.
        let loss =
            primary_uw * i128::from(loss_e6) / 1_000_000 * i128::from(level) / 1000 + i128::from(fixed_uw);
        let secondary = |value: i128| (value * 1000 / i128::from(meter.ratio_milli.max(1))) as i64;
        let power_uw = secondary(primary_uw + loss);
        let voltage_mv = voltage / many;
        let power_factor_e6 = (primary_uw * 1_000_000 / apparent.max(1)) as i64;
        let current_ua = secondary(apparent + loss) / voltage_mv.max(1) * 1000 / 3;
        Moment {
            power_uw,
            voltage_mv,
            current_ua,
            power_factor_e6,
            level,
        }
    }

    /// The register in pJ at a time, the initial reading included. Before installation it stands still.
    pub(crate) fn energy_pj(&self, meter: usize, time: Timestamp) -> i128 {
        let us = i128::from(time.as_microsecond()) - i128::from(self.installed_minute) * MINUTE_US;
        let initial = self.meters[meter].initial_pj;
        if us <= 0 {
            return initial;
        }
        let minutes = (us / MINUTE_US) as i64;
        let (day, of_day) = (minutes / DAY_MINUTES, (minutes % DAY_MINUTES) as usize);
        let (before, book) = self.book(meter, day);
        let minute_energy = book.0[meter][of_day + 1] - book.0[meter][of_day];
        initial + before + book.0[meter][of_day] + minute_energy * (us % MINUTE_US) / MINUTE_US
    }

    /// Drops everything computed, because a meter now measures something else.
    pub(crate) fn forget(&mut self) {
        self.books = Mutex::default();
    }

    fn book(&self, meter: usize, day: i64) -> (i128, Arc<DayBook>) {
        let mut books = self.books.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if books.before.is_empty() {
            books.before.push(vec![0; self.meters.len()]);
        }
        while (books.before.len() as i64) <= day {
            let next = books.before.len() as i64 - 1;
            let book = self.compute(next);
            let last = &books.before[next as usize];
            let sum = last
                .iter()
                .zip(&book.0)
                .map(|(before, day)| before + day[day.len() - 1])
                .collect();
            books.before.push(sum);
            keep(&mut books.days, next, Arc::new(book));
        }
        let book = match books.days.get(&day) {
            Some(book) => book.clone(),
            None => {
                let book = Arc::new(self.compute(day));
                keep(&mut books.days, day, book.clone());
                book
            }
        };
        (books.before[day as usize][meter], book)
    }

    fn compute(&self, day: i64) -> DayBook {
        let first = self.installed_minute + day * DAY_MINUTES;
        let mut sums: Vec<Vec<i128>> = self
            .meters
            .iter()
            .map(|_| Vec::with_capacity(DAY_MINUTES as usize + 1))
            .collect();
        let mut totals = vec![0i128; self.meters.len()];
        let mut moments = vec![Moment::default(); self.circuits.len()];
        for minute in first..first + DAY_MINUTES {
            for (moment, circuit) in moments.iter_mut().zip(&self.circuits) {
                *moment = circuit.at(minute);
            }
            for (i, meter) in self.meters.iter().enumerate() {
                sums[i].push(totals[i]);
                let seen = self.seen_with(meter, minute, &|circuit| moments[circuit]);
                totals[i] += i128::from(seen.indicated_uw) * MINUTE_US;
            }
        }
        for (sum, total) in sums.iter_mut().zip(totals) {
            sum.push(total);
        }
        DayBook(sums)
    }
}

fn keep(days: &mut BTreeMap<i64, Arc<DayBook>>, day: i64, book: Arc<DayBook>) {
    days.insert(day, book);
    if days.len() > MOST_DAYS_KEPT {
        days.pop_first();
    }
}
