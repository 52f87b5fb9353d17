//! What flows in a circuit: daily load curve, power factor, voltage.

use serde::Deserialize;

use crate::noise::{smooth, white};

/// How a circuit is used over the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// Round the clock, weekends too: kilns, cold stores, pumps.
    Continuous,
    /// 06:00 to 22:00 on weekdays, Saturdays at half load.
    TwoShift,
    /// 08:00 to 18:00 on weekdays.
    Office,
    /// Round the clock in cycles of load and idle.
    Compressor,
}

/// Load in ‰ of the peak at each full hour of the local day.
type Hours = [i64; 25];

const TWO_SHIFT: Hours = [
    120, 120, 120, 120, 130, 260, 700, 840, 880, 890, 860, 780, 720, 840, 880, 870, 860, 840, 800, 810, 800,
    700, 300, 150, 120,
];
const SATURDAY: Hours = [
    120, 110, 110, 110, 120, 180, 380, 460, 480, 470, 450, 400, 360, 380, 360, 300, 220, 160, 140, 130, 120,
    120, 120, 120, 120,
];
const SUNDAY: Hours = [110; 25];
const OFFICE: Hours = [
    90, 85, 85, 85, 85, 95, 160, 380, 680, 780, 820, 760, 600, 720, 800, 790, 740, 600, 360, 240, 180, 140,
    110, 95, 90,
];
const OFFICE_WEEKEND: Hours = [90; 25];
const CONTINUOUS: Hours = [
    720, 700, 690, 690, 700, 730, 780, 830, 860, 870, 860, 850, 830, 840, 860, 870, 860, 840, 820, 810, 800,
    780, 750, 730, 720,
];
const COMPRESSOR: Hours = [650; 25];

/// One circuit, seen on the secondary side of its transformers.
#[derive(Clone, Debug)]
pub struct Circuit {
    pub name: String,
    pub pattern: Pattern,
    /// 1 or 3.
    pub phases: i64,
    /// Phase voltage in mV.
    pub voltage_mv: i64,
    /// Phase current at full load in µA.
    pub peak_ua: i64,
    /// Least and greatest power factor in millionths.
    pub power_factor_e6: (i64, i64),
    pub utc_offset_minutes: i64,
    pub(crate) seed: u64,
}

/// The state of a circuit during one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Active power of all phases in µW.
    pub power_uw: i64,
    /// Mean phase voltage in mV.
    pub voltage_mv: i64,
    /// Mean phase current in µA.
    pub current_ua: i64,
    /// In millionths.
    pub power_factor_e6: i64,
    /// Load in ‰ of the peak.
    pub level: i64,
}

impl Circuit {
    /// The state in a minute since 1970-01-01 UTC.
    pub fn at(&self, minute: i64) -> Moment {
        let local = minute + self.utc_offset_minutes;
        let (day, of_day) = (local.div_euclid(1440), local.rem_euclid(1440));
        let scheduled = self.scheduled(day, of_day, minute);
        let daily = 1000 + white(self.seed, 2, day) * 60 / 1000;
        let wander =
            1000 + smooth(self.seed, 3, minute, 15) * 90 / 1000 + white(self.seed, 4, minute) * 20 / 1000;
        let level = (scheduled * daily / 1000 * wander / 1000).clamp(20, 1080);
        let current_ua = self.peak_ua / 1000 * level;

        let (low, high) = self.power_factor_e6;
        let idle = (1000 - level).max(0);
        // Motors that start in the morning pull the power factor down for an hour.
        let starting = if (380..440).contains(&of_day) { 600 } else { 0 };
        let sag = (idle * idle / 1000 * 3 / 5 + starting).min(1000);
        let power_factor_e6 =
            (high - (high - low) * sag / 1000 + smooth(self.seed, 5, minute, 20) * 4).clamp(low, high);

        let drop = level * 12 / 1000;
        let voltage_mv = self.voltage_mv / 1000 * (1004 - drop)
            + smooth(self.seed, 6, minute, 30) * self.voltage_mv / 150_000;
        let apparent_uw = voltage_mv * current_ua / 1000 * self.phases;
        let power_uw = (i128::from(apparent_uw) * i128::from(power_factor_e6) / 1_000_000) as i64;
        Moment {
            power_uw,
            voltage_mv,
            current_ua,
            power_factor_e6,
            level,
        }
    }

    fn scheduled(&self, day: i64, of_day: i64, minute: i64) -> i64 {
        // 1970-01-01 was a Thursday; 0 is Monday here.
        let weekday = (day + 3).rem_euclid(7);
        let hours = match (self.pattern, weekday) {
            (Pattern::Continuous, _) => &CONTINUOUS,
            (Pattern::TwoShift, 0..=4) => &TWO_SHIFT,
            (Pattern::TwoShift, 5) => &SATURDAY,
            (Pattern::TwoShift, _) => &SUNDAY,
            (Pattern::Office, 0..=4) => &OFFICE,
            (Pattern::Office, _) => &OFFICE_WEEKEND,
            (Pattern::Compressor, _) => &COMPRESSOR,
        };
        let (hour, rest) = ((of_day / 60) as usize, of_day % 60);
        let level = hours[hour] + (hours[hour + 1] - hours[hour]) * rest / 60;
        if self.pattern == Pattern::Compressor {
            // Nine minutes loaded, four idle: 13 is out of step with readings every 5, 10 or 15 minutes.
            return if minute.rem_euclid(13) < 9 {
                level + 230
            } else {
                level - 330
            };
        }
        level
    }

    /// Phase voltages (mV) and currents (µA) around the means: never quite balanced.
    pub fn phase(&self, moment: &Moment, phase: usize, minute: i64) -> (i64, i64) {
        if self.phases == 1 {
            return (moment.voltage_mv, moment.current_ua);
        }
        let tilt = |stream: u64| {
            let a = smooth(self.seed, stream, minute, 60);
            let b = smooth(self.seed, stream + 1, minute, 60);
            [a, b, -a - b][phase.min(2)]
        };
        (
            moment.voltage_mv + moment.voltage_mv * tilt(10) / 500_000,
            moment.current_ua + moment.current_ua / 1000 * tilt(12) / 100,
        )
    }
}
