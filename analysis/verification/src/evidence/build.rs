//! Making evidence from readings of the store, and checking it.

use std::collections::BTreeSet;

use devices::{Nameplate, Quality, Reading};

use super::{Evidence, EvidenceError, FORMAT, LoadSeries, Meter, Multiplier, Register, Sample, canonical};
use crate::verdict::Kind;
use numbers::number::Exact;

impl From<&Reading> for Sample {
    fn from(reading: &Reading) -> Self {
        Self {
            nominal: reading.nominal,
            taken: reading.taken,
            value: reading.value.map(Exact::from),
            quality: reading.quality,
        }
    }
}

impl From<&devices::Multiplier> for Multiplier {
    fn from(m: &devices::Multiplier) -> Self {
        Self {
            current_ratio: m.current_ratio.into(),
            voltage_ratio: m.voltage_ratio.into(),
            registers_are_primary: m.registers_are_primary,
        }
    }
}

/// A meter as evidence.
pub fn meter(
    device: &str,
    name: &str,
    nameplate: &Nameplate,
    phases: u8,
    multiplier: &devices::Multiplier,
    register: Register,
) -> Meter {
    Meter {
        device: device.to_owned(),
        name: name.to_owned(),
        manufacturer: nameplate.manufacturer.clone(),
        model: nameplate.model.clone(),
        serial: nameplate.serial.clone(),
        accuracy_class: nameplate.accuracy_class.as_ref().map(|c| c.0.clone()),
        connection: nameplate.connection,
        basic_current: nameplate.basic_current.map(Exact::from),
        maximum_current: nameplate.maximum_current.map(Exact::from),
        reference_voltage: nameplate.reference_voltage.map(Exact::from),
        phases,
        multiplier: multiplier.into(),
        register,
    }
}

/// The current points of a meter by its number of phases.
pub fn current_points(phases: u8) -> &'static [&'static str] {
    if phases == 1 {
        &["current.a"]
    } else {
        &["current.a", "current.b", "current.c"]
    }
}

impl Register {
    /// A register series of the store; only readings on the grid of the period are kept.
    pub fn of(
        point: &str,
        resolution: Exact,
        modulus: Option<Exact>,
        readings: &[Reading],
        period_seconds: u32,
    ) -> Self {
        Self {
            point: point.to_owned(),
            unit: "kWh".to_owned(),
            resolution,
            modulus,
            readings: on_grid(readings, period_seconds),
        }
    }
}

impl LoadSeries {
    /// A series of the store; only readings on the grid of the period are kept.
    pub fn of(point: &str, unit: &str, readings: &[Reading], period_seconds: u32) -> Self {
        Self {
            point: point.to_owned(),
            unit: unit.to_owned(),
            readings: on_grid(readings, period_seconds),
        }
    }
}

/// Readings whose nominal time is a multiple of the period since 1970.
pub fn on_grid(readings: &[Reading], period_seconds: u32) -> Vec<Sample> {
    let step = i64::from(period_seconds.max(1)) * 1_000_000;
    readings
        .iter()
        .filter(|r| {
            r.nominal.as_microsecond().rem_euclid(step) == 0 && r.nominal.subsec_nanosecond() % 1000 == 0
        })
        .map(Sample::from)
        .collect()
}

impl Meter {
    /// Digest of everything that a calibration of this meter depends on: identity, ratios and
    /// register, without readings. A certificate keeps the digest of its day.
    pub fn configuration_sha256(&self) -> String {
        let mut bare = self.clone();
        bare.register.readings.clear();
        // Where it hangs in the network and what people call it do not matter.
        bare.device.clear();
        bare.name.clear();
        canonical::sha256(canonical::plain(&bare).as_bytes())
    }
}

fn refuse<T>(place: impl Into<String>, reason: impl Into<String>) -> Result<T, EvidenceError> {
    Err(EvidenceError::Content {
        place: place.into(),
        reason: reason.into(),
    })
}

pub(super) fn check(evidence: &mut Evidence) -> Result<(), EvidenceError> {
    if evidence.format != FORMAT {
        return refuse(
            "format",
            format!("{} is not known, this engine reads {FORMAT}", evidence.format),
        );
    }
    if evidence.kind != Kind::OnlineVerification {
        return refuse("kind", "not an online verification");
    }
    if evidence.period_seconds == 0 {
        return refuse("period_seconds", "must be above zero");
    }
    if evidence.window.to <= evidence.window.from {
        return refuse("window", "must end after it starts");
    }
    let longest = jiff::SignedDuration::from_hours(24 * 400);
    if evidence.window.to.duration_since(evidence.window.from) > longest {
        return refuse("window", "is longer than 400 days, verify a shorter one");
    }
    for (place, meter) in [
        ("subject", &mut evidence.subject),
        ("reference", &mut evidence.reference),
    ] {
        check_meter(place, meter)?;
    }
    if evidence.load.currents.is_empty() {
        return refuse("load.currents", "needs one series per phase");
    }
    for series in evidence
        .load
        .currents
        .iter_mut()
        .chain([&mut evidence.load.power_factor])
    {
        let place = format!("load, series {}", series.point);
        check_samples(&place, &mut series.readings)?;
    }
    for series in &evidence.load.currents {
        if series.unit != "A" {
            return refuse(
                format!("load, series {}", series.point),
                format!("unit {} must be A", series.unit),
            );
        }
    }
    Ok(())
}

fn check_meter(place: &str, meter: &mut Meter) -> Result<(), EvidenceError> {
    if meter.phases != 1 && meter.phases != 3 {
        return refuse(format!("{place}.phases"), "must be 1 or 3");
    }
    let modulus = meter.register.modulus.as_ref();
    for (field, value) in [
        ("multiplier.current_ratio", Some(&meter.multiplier.current_ratio)),
        ("multiplier.voltage_ratio", Some(&meter.multiplier.voltage_ratio)),
        ("register.resolution", Some(&meter.register.resolution)),
        ("register.modulus", modulus),
        ("basic_current", meter.basic_current.as_ref()),
        ("maximum_current", meter.maximum_current.as_ref()),
        ("reference_voltage", meter.reference_voltage.as_ref()),
    ] {
        if value.is_some_and(|v| !v.is_positive()) {
            return refuse(format!("{place}.{field}"), "must be above zero");
        }
    }
    if meter.register.unit != "kWh" {
        return refuse(
            format!("{place}.register.unit"),
            format!("{} must be kWh", meter.register.unit),
        );
    }
    check_samples(&format!("{place}.register"), &mut meter.register.readings)
}

pub(crate) fn check_samples(place: &str, samples: &mut [Sample]) -> Result<(), EvidenceError> {
    samples.sort_by_key(|s| s.nominal);
    let mut seen = BTreeSet::new();
    for sample in samples.iter() {
        if !seen.insert(sample.nominal) {
            return refuse(place, format!("two readings of {}", sample.nominal));
        }
        if sample.value.is_none() && sample.quality == Quality::Good {
            return refuse(
                place,
                format!("good reading of {} without a value", sample.nominal),
            );
        }
        if sample.value.as_ref().is_some_and(out_of_all_bounds) {
            return refuse(place, format!("value of {} is beyond ±10^30", sample.nominal));
        }
    }
    Ok(())
}

// Keeps the exact arithmetic of hostile input small.
pub(crate) fn out_of_all_bounds(value: &Exact) -> bool {
    value.leading_exponent().is_some_and(|e| e > 30) || value.exponent() < -60
}
