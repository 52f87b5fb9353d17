//! A simulated site: its instruments and what each indicates at any time.

use std::collections::BTreeMap;
use std::sync::Arc;

use devices::profile::{Catalogue, EncodeError, Point, Profile, Protocol, Source, Table};
use devices::{DeviceId, PointName, Quality};
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::ambient::Ambient;
use crate::fault::{Fault, Faults};
use crate::meter::{Measured, Meters, ReferenceSchedule};

mod build;
mod config;
mod indication;
mod message;

/// Why a site was refused.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("the site does not read: {0}")]
    Form(#[from] toml::de::Error),
    #[error("{place}: {reason}")]
    Content { place: String, reason: String },
    #[error("no device \"{0}\" on this site")]
    UnknownDevice(DeviceId),
    #[error("device {device} cannot show {point}: {source}")]
    Encode {
        device: DeviceId,
        point: PointName,
        source: EncodeError,
    },
}

/// One instrument of the site, as its installer knows it.
#[derive(Clone, Debug)]
pub struct SimDevice {
    pub id: DeviceId,
    pub profile: Arc<Profile>,
    pub title_zh: String,
    pub serial: String,
    /// Modbus unit; 0 for MQTT instruments.
    pub unit: u8,
    /// Name of the serial line it hangs on; `None` means Modbus TCP (or MQTT).
    pub line: Option<String>,
    /// MQTT topic.
    pub topic: Option<String>,
    /// How often an MQTT instrument speaks.
    pub period_seconds: u32,
    /// CT ratio (primary over secondary current); 1 without.
    pub current_ratio: Decimal,
    /// The circuit it measures, if it is just one.
    pub circuit: Option<String>,
    /// Meters whose energy it sums up, if it is a master meter.
    pub sum_of: Vec<DeviceId>,
    pub(crate) shows: Shows,
}

/// Where a device's indications come from.
#[derive(Clone, Debug)]
pub(crate) enum Shows {
    Meter(usize),
    /// By point.
    Ambient(BTreeMap<String, Shown>),
}

/// How an instrument shows an ambient, in millionths of the curve's unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) curve: usize,
    pub(crate) offset: i64,
    /// Largest own noise to either side, another one every second.
    pub(crate) noise: i64,
    pub(crate) seed: u64,
}

/// What one device says at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    pub device: DeviceId,
    /// `model@version`
    pub profile: String,
    pub time: Timestamp,
    pub points: Vec<SweptPoint>,
    /// JSON text of an MQTT instrument, empty for others.
    pub message: Vec<u8>,
}

/// One point as a collector would read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweptPoint {
    pub name: PointName,
    pub value: Option<Decimal>,
    pub quality: Quality,
    /// Table and first address of `words`.
    pub register: Option<(Table, u16)>,
    pub words: Vec<u16>,
}

/// The whole site.
#[derive(Debug)]
pub struct Site {
    pub name_zh: String,
    pub name_en: String,
    pub(crate) devices: Vec<SimDevice>,
    pub(crate) meters: Meters,
    pub(crate) ambients: Vec<Ambient>,
    pub(crate) faults: Faults,
}

impl Site {
    /// Reads a site with the built-in profiles.
    pub fn parse(text: &str) -> Result<Site, SiteError> {
        Self::parse_with(text, devices::profile::catalogue())
    }

    /// Reads a site with other profiles.
    pub fn parse_with(text: &str, catalogue: &Catalogue) -> Result<Site, SiteError> {
        build::site(toml::from_str(text)?, catalogue)
    }

    /// The sample site that comes with the program: a master meter, eight sub-meters of which one is
    /// 1.8 % slow, a reference standard, two pressure transmitters, two thermo-hygrometers.
    pub fn demo() -> Site {
        Self::parse(DEMO).expect("a test reads the sample site")
    }

    pub fn devices(&self) -> &[SimDevice] {
        &self.devices
    }

    pub fn device(&self, id: &DeviceId) -> Result<&SimDevice, SiteError> {
        self.devices
            .iter()
            .find(|device| device.id == *id)
            .ok_or_else(|| SiteError::UnknownDevice(id.clone()))
    }

    /// Adds a fault; also while the site is served.
    pub fn inject(&self, device: &DeviceId, fault: Fault) -> Result<(), SiteError> {
        self.device(device)?;
        self.faults.add(device, fault);
        Ok(())
    }

    /// Removes every fault of a device, those of the site's file too.
    pub fn clear_faults(&self, device: &DeviceId) {
        self.faults.clear(device);
    }

    /// Everything the device indicates at a time, encoded and decoded through its profile.
    ///
    /// # Errors
    /// If there is no such device, or the profile cannot show the simulated value.
    pub fn sweep_at(&self, device: &DeviceId, time: Timestamp) -> Result<Sweep, SiteError> {
        let device = self.device(device)?;
        let message = match device.profile.protocol {
            Protocol::Mqtt => self.message_at(device, time, time)?,
            Protocol::Modbus => Vec::new(),
        };
        let mut points = Vec::with_capacity(device.profile.points.len());
        for point in &device.profile.points {
            let (decoded, register, words) = match &point.source {
                Source::Register(spec) => {
                    let words = self.words_at(device, point, time)?;
                    (
                        point.decode_words(&words),
                        Some((spec.table, spec.address)),
                        words,
                    )
                }
                Source::Json(_) => (
                    point.decode_json(&String::from_utf8_lossy(&message)),
                    None,
                    Vec::new(),
                ),
            };
            points.push(SweptPoint {
                name: point.name.clone(),
                value: decoded.value,
                quality: decoded.quality,
                register,
                words,
            });
        }
        Ok(Sweep {
            device: device.id.clone(),
            profile: device.profile.reference(),
            time,
            points,
            message,
        })
    }

    /// Computes the registers of all meters up to a time, so that later looks are quick.
    pub fn count_up_to(&self, time: Timestamp) {
        if !self.meters.meters.is_empty() {
            self.meters.energy_pj(0, time);
        }
    }

    pub(crate) fn words_at(
        &self,
        device: &SimDevice,
        point: &Point,
        time: Timestamp,
    ) -> Result<Vec<u16>, SiteError> {
        let value = self.indication(device, point, time);
        point.encode_words(value).map_err(|source| SiteError::Encode {
            device: device.id.clone(),
            point: point.name.clone(),
            source,
        })
    }

    /// Which meters the reference standard was in series with between two times, oldest first, cut to
    /// that span. Empty if the device is no reference standard that moves.
    pub fn reference_windows(
        &self,
        reference: &DeviceId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ReferenceSchedule>, SiteError> {
        let device = self.device(reference)?;
        let Shows::Meter(meter) = device.shows else {
            return Ok(Vec::new());
        };
        let (first, end) = (from.as_second().div_euclid(60), to.as_second().div_euclid(60));
        let mut turns = Vec::new();
        match &self.meters.meters[meter].measured {
            Measured::Schedule(schedule) => turns.extend(schedule.iter().copied()),
            Measured::Rotation { minutes, circuits } => {
                let since = first - self.meters.installed_minute;
                let mut turn = since.div_euclid(*minutes);
                while self.meters.installed_minute + turn * minutes < end {
                    let start = self.meters.installed_minute + turn * minutes;
                    turns.push((
                        start,
                        start + minutes,
                        circuits[turn.rem_euclid(circuits.len() as i64) as usize],
                    ));
                    turn += 1;
                }
            }
            _ => {}
        }
        let at = |minute: i64| Timestamp::from_second(minute * 60).ok();
        Ok(turns
            .into_iter()
            .filter_map(|(start, stop, circuit)| {
                let (start, stop) = (start.max(first), stop.min(end));
                let meter = self.meter_of(circuit)?;
                (start < stop).then_some(ReferenceSchedule {
                    from: at(start)?,
                    to: at(stop)?,
                    meter,
                })
            })
            .collect())
    }

    /// Moves the reference standard by this plan instead of the file's.
    pub fn set_reference_schedule(
        &mut self,
        reference: &DeviceId,
        schedule: &[ReferenceSchedule],
    ) -> Result<(), SiteError> {
        let device = self.device(reference)?;
        let Shows::Meter(meter) = device.shows else {
            return Err(SiteError::Content {
                place: reference.to_string(),
                reason: "is no meter".to_owned(),
            });
        };
        let mut turns = Vec::new();
        for entry in schedule {
            let circuit = match self.device(&entry.meter)?.shows {
                Shows::Meter(place) => match self.meters.meters[place].measured {
                    Measured::Circuit(circuit) => Some(circuit),
                    _ => None,
                },
                Shows::Ambient(_) => None,
            };
            let circuit = circuit.ok_or_else(|| SiteError::Content {
                place: entry.meter.to_string(),
                reason: "measures no single circuit, so no reference can be in series with it".to_owned(),
            })?;
            turns.push((
                entry.from.as_second().div_euclid(60),
                entry.to.as_second().div_euclid(60),
                circuit,
            ));
        }
        self.meters.meters[meter].measured = Measured::Schedule(turns);
        self.meters.forget();
        Ok(())
    }

    fn meter_of(&self, circuit: usize) -> Option<DeviceId> {
        let measures = |device: &&SimDevice| match device.shows {
            Shows::Meter(meter) => {
                matches!(self.meters.meters[meter].measured, Measured::Circuit(c) if c == circuit)
            }
            Shows::Ambient(_) => false,
        };
        self.devices.iter().find(measures).map(|device| device.id.clone())
    }
}

/// Text of the sample site, `devices/sim/site.toml`.
pub const DEMO: &str = include_str!("../site.toml");
