//! The sites that are simulated.

use crate::simulation::{Setup, Simulated, simulate};

const DAY: u32 = 86_400;
const HOUR: u32 = 3_600;
const QUARTER: u32 = 900;

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) setup: Setup,
    pub(crate) sites: usize,
}

impl Scenario {
    pub(crate) fn simulated(&self, seed: u64) -> Simulated {
        simulate(&Setup {
            seed,
            ..self.setup.clone()
        })
    }
}

/// Everything but what is named is the reference simulation: master noise 0.05 %, 0.01 kWh
/// registers, errors N(0, 0.4 %), two meters at ±3 … 8 %, 2 % loss, half of it fixed.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let reference = |meters, days, interval_seconds| Setup {
        meters,
        days,
        interval_seconds,
        ..Setup::default()
    };
    let year = || reference(50, 365, DAY);
    let hours = || reference(50, 90, HOUR);
    let quarters = || reference(50, 60, QUARTER);
    let scenario = |name, sites, setup| Scenario { name, setup, sites };
    vec![
        scenario("50 meters, 365 days: the goal", 200, year()),
        scenario("10 meters, 60 days", 200, reference(10, 60, DAY)),
        scenario("20 meters, 180 days", 100, reference(20, 180, DAY)),
        scenario("200 meters, 365 days", 5, reference(200, 365, DAY)),
        scenario(
            "50 meters, 365 days, master noise 0.2 %",
            50,
            Setup {
                master_noise: 0.002,
                ..year()
            },
        ),
        scenario(
            "50 meters, 365 days, registers of 1 kWh",
            50,
            Setup {
                resolution: 1.0,
                ..year()
            },
        ),
        scenario(
            "50 meters, 365 days, 5 % unmetered",
            50,
            Setup {
                unmetered: 0.05,
                ..year()
            },
        ),
        scenario(
            "50 meters, 365 days, drift 0.3 % a year",
            50,
            Setup {
                drift: 0.003,
                ..year()
            },
        ),
        scenario(
            "50 meters, 365 days, master 0.2 % too high",
            50,
            Setup {
                master_error: 0.002,
                ..year()
            },
        ),
        scenario("10 meters, 60 days of hours", 50, reference(10, 60, HOUR)),
        scenario("50 meters, 90 days of hours", 20, hours()),
        scenario(
            "50 meters, 90 days of hours, master noise 0.2 %",
            20,
            Setup {
                master_noise: 0.002,
                ..hours()
            },
        ),
        scenario("20 meters, 30 days of 15 min", 20, reference(20, 30, QUARTER)),
        scenario("50 meters, 60 days of 15 min", 8, quarters()),
        scenario(
            "50 meters, 60 days of 15 min, registers of 0.1 kWh",
            8,
            Setup {
                resolution: 0.1,
                ..quarters()
            },
        ),
        scenario(
            "50 meters, 60 days of 15 min, 5 % unmetered",
            8,
            Setup {
                unmetered: 0.05,
                ..quarters()
            },
        ),
        scenario("200 meters, 90 days of 15 min", 2, reference(200, 90, QUARTER)),
    ]
}
