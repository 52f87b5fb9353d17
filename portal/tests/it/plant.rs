//! Registers of a plant in which energy is conserved: a master, meters behind it, and one that is wrong.

use std::collections::BTreeMap;

use devices::{Reading, SeriesId, Window};
use jiff::{SignedDuration, Timestamp};

use crate::simulated::{Simulated, reading_of};

/// kWh of a meter in an hour; each load goes its own way.
fn load(meter: u64, hour: u64) -> f64 {
    let day = dice(meter * 7_919 + hour / 24);
    let own = dice(meter * 104_729 + hour * 31);
    (8.0 + 3.0 * f64::from(u32::try_from(meter).unwrap())) * (0.5 + day) * (0.6 + 0.8 * own)
}

/// Uniform in [0, 1), the same for the same seed.
fn dice(seed: u64) -> f64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap()) / 4_294_967_296.0
}

/// One register: its thousandths of kWh at each hour.
type Registers = Vec<u64>;

/// Readings of every hour from `begun` on.
pub struct Plant {
    begun: Timestamp,
    registers: BTreeMap<String, Registers>,
    /// Read so many seconds before the full hour.
    early: BTreeMap<String, i64>,
}

impl Plant {
    /// `m-0` with `m-1` to `m-5` behind it; `m-3` counts 5 % too much. One per cent is lost.
    pub fn new(begun: &str, hours: u64) -> Self {
        let mut plant = Self {
            begun: begun.parse().unwrap(),
            registers: BTreeMap::new(),
            early: BTreeMap::new(),
        };
        plant.add("m-0", hours, |hour| {
            let sum: f64 = (1..=5).map(|meter| load(meter, hour)).sum();
            sum + 0.5 + sum * sum * 5e-5
        });
        for meter in 1..=5 {
            let says = if meter == 3 { 1.05 } else { 1.0 };
            plant.add(&format!("m-{meter}"), hours, |hour| says * load(meter, hour));
        }
        plant
    }

    fn add(&mut self, device: &str, hours: u64, energy: impl Fn(u64) -> f64) {
        let mut sum = 1_000.0;
        let thousandths = |sum: f64| format!("{:.0}", sum * 1e3).parse().unwrap();
        let mut registers = vec![thousandths(sum)];
        for hour in 0..hours {
            sum += energy(hour);
            registers.push(thousandths(sum));
        }
        self.registers.insert(device.to_owned(), registers);
    }

    /// A meter of a load that the master does not see besides the others.
    pub fn and(mut self, device: &str, energy: impl Fn(f64, f64) -> f64) -> Self {
        let hours = u64::try_from(self.registers["m-0"].len() - 1).unwrap();
        let of = |registers: &Registers, hour: u64| {
            let hour = usize::try_from(hour).unwrap();
            f64::from(u32::try_from(registers[hour + 1] - registers[hour]).unwrap()) / 1e3
        };
        let (master, first) = (self.registers["m-0"].clone(), self.registers["m-1"].clone());
        self.add(device, hours, |hour| energy(of(&master, hour), of(&first, hour)));
        self
    }

    /// Read a little before the hour, and once not at all.
    pub fn read_early(mut self, device: &str, seconds: i64) -> Self {
        self.early.insert(device.to_owned(), seconds);
        self
    }

    pub fn field(self) -> Simulated {
        Simulated::silent().range(move |series, window, limit| self.range(series, window, limit))
    }

    fn range(&self, series: &SeriesId, window: Window, limit: usize) -> Vec<Reading> {
        assert_eq!(series.point.as_str(), "energy.active.import");
        let early = self.early.get(series.device.as_str());
        let readings = self
            .registers
            .get(series.device.as_str())
            .into_iter()
            .flatten()
            .enumerate();
        readings
            .filter(|(hour, _)| early.is_none() || *hour != 100)
            .map(|(hour, thousandths)| {
                let seconds = i64::try_from(hour).unwrap() * 3_600 - early.copied().unwrap_or(0);
                let value = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
                (self.begun + SignedDuration::from_secs(seconds), value)
            })
            .filter(|(time, _)| window.contains(*time))
            .take(limit)
            .map(|(time, value)| reading_of(series, time, &value))
            .collect()
    }
}
