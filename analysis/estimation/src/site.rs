//! The site: its master, its sub-meters, and what is believed before any reading.

use serde::{Deserialize, Serialize};

/// What the readings of a site are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingKind {
    /// Cumulative registers in kWh, read at the *end* of each interval.
    Register,
    /// Energy of the interval that ends at the time of the row, in kWh.
    Energy,
}

/// One meter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    /// Its name in texts.
    pub name: String,
    /// Step of its register in kWh, multiplier included; 0 when it has none.
    pub resolution: f64,
    /// Where the register starts again from zero, in kWh.
    #[serde(default)]
    pub modulus: Option<f64>,
}

impl Meter {
    /// A meter without a known modulus.
    pub fn new(name: impl Into<String>, resolution: f64) -> Self {
        Self {
            name: name.into(),
            resolution,
            modulus: None,
        }
    }
}

/// A master meter with everything behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// The meter that all errors are relative to.
    pub master: Meter,
    /// The sub-meters, in the order of the readings.
    pub meters: Vec<Meter>,
    /// What the readings are.
    pub kind: ReadingKind,
    /// Length of an interval in seconds.
    pub interval_seconds: u32,
}

/// What is believed before any reading, and when to raise an alarm. Errors are relative: 0.01 is 1 %.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// |γ| above which a meter is wrong.
    pub alarm_error: f64,
    /// Probability of |γ| > `alarm_error` from which a meter is a suspect.
    pub alarm_probability: f64,
    /// Standard deviation of the errors of sound meters; the data correct it.
    pub typical_error: f64,
    /// Standard deviation of the errors of meters that run wrong.
    pub wrong_error: f64,
    /// Expected share of meters that run wrong; the data correct it.
    pub wrong_share: f64,
    /// Standard uncertainty of the constant error of the master.
    pub master_error: f64,
    /// Standard deviation of the drift of sound meters per year; the data choose near it.
    pub drift_per_year: f64,
    /// Expected standard deviation of one interval of the master, relative; the data correct it.
    pub master_noise: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alarm_error: 0.02,
            alarm_probability: 0.75,
            typical_error: 0.004,
            wrong_error: 0.05,
            wrong_share: 0.04,
            master_error: 0.002,
            drift_per_year: 0.001,
            master_noise: 0.0005,
        }
    }
}

/// Why a site cannot be estimated, with the place and the cure.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EstimationError {
    /// No meter behind the master.
    #[error("the site has no sub-meter: name at least one column besides the master")]
    NoMeters,
    /// More meters than the method is meant for.
    #[error("{given} sub-meters behind one master, at most {most}: split the site at an intermediate master")]
    TooManyMeters {
        /// Number given.
        given: usize,
        /// Largest number.
        most: usize,
    },
    /// An interval of zero length.
    #[error("the interval must be longer than zero seconds")]
    NoInterval,
    /// A resolution or modulus that is no positive number.
    #[error("meter {meter:?}: {what} {value} must be a positive number of kWh")]
    Nameplate {
        /// The meter.
        meter: String,
        /// Which figure.
        what: &'static str,
        /// What was given.
        value: f64,
    },
    /// A setting outside its range.
    #[error("setting {name} = {value}: must lie between {least} and {most}")]
    Setting {
        /// The field.
        name: &'static str,
        /// What was given.
        value: f64,
        /// Least.
        least: f64,
        /// Most.
        most: f64,
    },
    /// A row with another number of meters than the site.
    #[error("row at {time}: {given} values for {expected} sub-meters")]
    Width {
        /// Unix seconds.
        time: i64,
        /// Values in the row.
        given: usize,
        /// Meters of the site.
        expected: usize,
    },
    /// NaN or an infinity.
    #[error("row at {time}, meter {meter:?}: not a finite number; leave a missing value out instead")]
    NotFinite {
        /// Unix seconds.
        time: i64,
        /// The meter.
        meter: String,
    },
    /// A row that does not come after the one before.
    #[error("row at {time} does not come after {previous}: sort the rows and drop repeated times")]
    Order {
        /// Unix seconds of the row.
        time: i64,
        /// Unix seconds of the row before.
        previous: i64,
    },
    /// A row off the grid of intervals.
    #[error(
        "row at {time} lies off the grid of {interval} s that began at {origin}: align the readings or give their interval"
    )]
    OffGrid {
        /// Unix seconds of the row.
        time: i64,
        /// Interval in seconds.
        interval: u32,
        /// Unix seconds of the first row.
        origin: i64,
    },
    /// Not enough complete intervals.
    #[error("{given} usable intervals, at least {needed} are needed: wait for more readings")]
    TooFew {
        /// Usable intervals.
        given: usize,
        /// Least number.
        needed: usize,
    },
    /// The master counts nothing.
    #[error("master {0:?} counted no energy: nothing can be compared with it")]
    MasterStands(String),
    /// Numbers so far apart that f64 cannot hold the system.
    #[error(
        "the system cannot be solved in f64: readings of very different size; check units and multipliers"
    )]
    Unsolvable,
}

/// Largest number of sub-meters behind one master.
pub const MOST_METERS: usize = 1_000;

impl Site {
    pub(super) fn check(&self) -> Result<(), EstimationError> {
        if self.meters.is_empty() {
            return Err(EstimationError::NoMeters);
        }
        if self.meters.len() > MOST_METERS {
            return Err(EstimationError::TooManyMeters {
                given: self.meters.len(),
                most: MOST_METERS,
            });
        }
        if self.interval_seconds == 0 {
            return Err(EstimationError::NoInterval);
        }
        for meter in self.meters.iter().chain([&self.master]) {
            let wrong = |what, value| EstimationError::Nameplate {
                meter: meter.name.clone(),
                what,
                value,
            };
            if !(meter.resolution.is_finite() && meter.resolution >= 0.0) {
                return Err(wrong("resolution", meter.resolution));
            }
            match meter.modulus {
                Some(m) if !(m.is_finite() && m > 0.0) => return Err(wrong("modulus", m)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Name of column 0 (the master) or of a sub-meter (1 …).
    pub(super) fn column_name(&self, column: usize) -> &str {
        match column.checked_sub(1) {
            None => &self.master.name,
            Some(i) => self.meters.get(i).map_or("", |m| &m.name),
        }
    }
}

impl Settings {
    pub(super) fn check(&self) -> Result<(), EstimationError> {
        let ranges = [
            ("alarm_error", self.alarm_error, 1e-4, 1.0),
            ("alarm_probability", self.alarm_probability, 0.0, 1.0),
            ("typical_error", self.typical_error, 1e-5, 0.1),
            ("wrong_error", self.wrong_error, 1e-3, 1.0),
            ("wrong_share", self.wrong_share, 1e-4, 0.5),
            ("master_error", self.master_error, 1e-6, 0.1),
            ("drift_per_year", self.drift_per_year, 0.0, 0.1),
            ("master_noise", self.master_noise, 1e-6, 0.1),
        ];
        for (name, value, least, most) in ranges {
            if !(value >= least && value <= most) {
                return Err(EstimationError::Setting {
                    name,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }
}
