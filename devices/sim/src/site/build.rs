//! From the TOML form to a [`Site`].

use std::collections::{BTreeMap, BTreeSet};

use devices::profile::{Catalogue, InstrumentKind, Protocol};
use devices::{DeviceId, Unit};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::config::{CircuitTable, DeviceTable, SiteTable};
use super::indication::power_of_ten;
use super::{Shown, Shows, SimDevice, Site, SiteError};
use crate::ambient::Ambient;
use crate::fault::Faults;
use crate::load::Circuit;
use crate::meter::{Measured, Meter, Meters};
use crate::noise::seed_of;

fn wrong(place: impl Into<String>, reason: impl Into<String>) -> SiteError {
    SiteError::Content {
        place: place.into(),
        reason: reason.into(),
    }
}

/// `number × factor` as a whole number.
fn scaled(number: Decimal, factor: i64, place: &str, what: &str) -> Result<i64, SiteError> {
    number
        .checked_mul(Decimal::from(factor))
        .and_then(|number| number.to_i64())
        .ok_or_else(|| wrong(place, format!("{what} {number} is too large")))
}

pub(super) fn site(table: SiteTable, catalogue: &Catalogue) -> Result<Site, SiteError> {
    let offset = table.site.utc_offset_hours * 60;
    let mut circuits = Vec::new();
    let mut ratios = Vec::new();
    for circuit in &table.circuits {
        circuits.push(circuit_of(circuit, offset, table.site.seed)?);
        ratios.push(scaled(
            circuit.current_ratio,
            1000,
            &circuit.name,
            "current_ratio",
        )?);
    }
    let mut ambients = Vec::new();
    for ambient in &table.ambients {
        let seed = seed_of(table.site.seed, &ambient.name);
        let numbers = [ambient.base, ambient.daily, ambient.noise];
        ambients.push(
            Ambient::new(&ambient.name, ambient.unit, numbers, offset, seed)
                .ok_or_else(|| wrong(&ambient.name, "base, daily or noise is too large"))?,
        );
    }
    let circuit_by_meter = circuit_by_meter(&table)?;
    let (mut devices, mut meters, faults) = (Vec::new(), Vec::new(), Faults::default());
    let (mut seen, mut wires) = (BTreeSet::new(), BTreeSet::new());
    for device in &table.devices {
        let place = format!("device {}", device.id);
        if !seen.insert(&device.id) {
            return Err(wrong(&place, "is declared twice"));
        }
        let profile = catalogue.get(&device.profile).ok_or_else(|| {
            wrong(
                &place,
                format!("profile {} is unknown; write model@version", device.profile),
            )
        })?;
        match profile.protocol {
            Protocol::Modbus if !(1..=247).contains(&device.unit) => {
                return Err(wrong(&place, format!("unit {} is not 1 to 247", device.unit)));
            }
            Protocol::Modbus if !wires.insert((device.line.clone(), device.unit)) => {
                return Err(wrong(
                    &place,
                    format!("unit {} is taken on this line", device.unit),
                ));
            }
            Protocol::Mqtt if device.topic.is_none() || device.period_seconds == 0 => {
                return Err(wrong(&place, "an MQTT instrument needs topic and period_seconds"));
            }
            _ => {}
        }
        let current_ratio = match (&device.circuit, device.current_ratio) {
            (Some(name), None) => table
                .circuits
                .iter()
                .find(|circuit| circuit.name == *name)
                .map_or(Decimal::ONE, |c| c.current_ratio),
            (_, ratio) => ratio.unwrap_or(Decimal::ONE),
        };
        let shows = match profile.instrument {
            InstrumentKind::EnergyMeter | InstrumentKind::ReferenceMeter => {
                meters.push(meter_of(
                    device,
                    &place,
                    current_ratio,
                    &circuit_by_meter,
                    &table,
                )?);
                Shows::Meter(meters.len() - 1)
            }
            InstrumentKind::PressureTransmitter | InstrumentKind::ThermoHygrometer => {
                Shows::Ambient(ambient_of(device, &place, &ambients, table.site.seed)?)
            }
        };
        for fault in &device.faults {
            faults.add(&device.id, fault.clone());
        }
        devices.push(SimDevice {
            id: device.id.clone(),
            profile: profile.clone(),
            title_zh: device.title_zh.clone(),
            serial: device.serial.clone(),
            unit: device.unit,
            line: device.line.clone(),
            topic: device.topic.clone(),
            period_seconds: device.period_seconds,
            current_ratio,
            circuit: device.circuit.clone(),
            sum_of: device.sum_of.clone().unwrap_or_default(),
            shows,
        });
    }
    let meters = Meters::new(circuits, ratios, meters, table.site.installed);
    Ok(Site {
        name_zh: table.site.name_zh,
        name_en: table.site.name_en,
        devices,
        meters,
        ambients,
        faults,
    })
}

fn circuit_of(table: &CircuitTable, utc_offset_minutes: i64, seed: u64) -> Result<Circuit, SiteError> {
    let place = format!("circuit {}", table.name);
    if ![1, 3].contains(&table.phases) {
        return Err(wrong(place, "phases must be 1 or 3"));
    }
    let low = scaled(table.power_factor[0], 1_000_000, &place, "power_factor")?;
    let high = scaled(table.power_factor[1], 1_000_000, &place, "power_factor")?;
    if !(0 < low && low <= high && high <= 1_000_000) {
        return Err(wrong(place, "power_factor must be [low, high] within 0 and 1"));
    }
    Ok(Circuit {
        name: table.name.clone(),
        pattern: table.pattern,
        phases: i64::from(table.phases),
        voltage_mv: scaled(table.voltage, 1000, &place, "voltage")?,
        peak_ua: scaled(table.peak_current, 1_000_000, &place, "peak_current")?,
        power_factor_e6: (low, high),
        utc_offset_minutes,
        seed: seed_of(seed, &table.name),
    })
}

fn circuit_by_meter(table: &SiteTable) -> Result<BTreeMap<DeviceId, usize>, SiteError> {
    let mut found = BTreeMap::new();
    for device in &table.devices {
        let Some(name) = &device.circuit else { continue };
        let circuit = table.circuits.iter().position(|circuit| circuit.name == *name);
        let circuit = circuit
            .ok_or_else(|| wrong(format!("device {}", device.id), format!("no circuit \"{name}\"")))?;
        found.insert(device.id.clone(), circuit);
    }
    Ok(found)
}

fn meter_of(
    device: &DeviceTable,
    place: &str,
    current_ratio: Decimal,
    by_meter: &BTreeMap<DeviceId, usize>,
    table: &SiteTable,
) -> Result<Meter, SiteError> {
    let circuits_of = |meters: &[DeviceId]| -> Result<Vec<usize>, SiteError> {
        if meters.is_empty() {
            return Err(wrong(place, "names no meter"));
        }
        let circuit = |meter| {
            by_meter
                .get(meter)
                .copied()
                .ok_or_else(|| wrong(place, format!("{meter} measures no circuit")))
        };
        meters.iter().map(circuit).collect()
    };
    let measured = match (&device.circuit, &device.sum_of, &device.rotation) {
        (Some(_), None, None) => Measured::Circuit(by_meter[&device.id]),
        (None, Some(meters), None) => Measured::Sum {
            circuits: circuits_of(meters)?,
            loss_e6: scaled(device.loss_percent, 10_000, place, "loss_percent")?,
            fixed_uw: scaled(device.fixed_loss_watts, 1_000_000, place, "fixed_loss_watts")?,
        },
        (None, None, Some(rotation)) => {
            let circuits = circuits_of(&rotation.meters)?;
            if rotation.hours == 0 {
                return Err(wrong(place, "rotation.hours is 0"));
            }
            let phases = |circuit: &usize| table.circuits[*circuit].phases;
            if circuits
                .iter()
                .any(|circuit| phases(circuit) != phases(&circuits[0]))
            {
                return Err(wrong(place, "the circuits of a rotation differ in phases"));
            }
            Measured::Rotation {
                minutes: i64::from(rotation.hours) * 60,
                circuits,
            }
        }
        _ => {
            return Err(wrong(
                place,
                "a meter needs exactly one of circuit, sum_of, rotation",
            ));
        }
    };
    let error = device
        .error
        .compile()
        .ok_or_else(|| wrong(place, "the error curve does not fit"))?;
    // 1 kWh = 3.6e18 pJ
    let initial_pj = i128::from(scaled(device.initial, 10_000, place, "initial")?) * 360_000_000_000_000;
    Ok(Meter {
        measured,
        error,
        ratio_milli: scaled(current_ratio, 1000, place, "current_ratio")?,
        initial_pj,
    })
}

fn ambient_of(
    device: &DeviceTable,
    place: &str,
    ambients: &[Ambient],
    site_seed: u64,
) -> Result<BTreeMap<String, Shown>, SiteError> {
    let mut shown = BTreeMap::new();
    for (point, curve) in &device.ambient {
        let at = ambients
            .iter()
            .position(|ambient| ambient.name == *curve)
            .ok_or_else(|| wrong(place, format!("no ambient \"{curve}\"")))?;
        known_unit(ambients[at].unit, place)?;
        let offset = device.offset.get(point).copied().unwrap_or_default();
        let noise = device.noise.get(point).copied().unwrap_or_default();
        let how = Shown {
            curve: at,
            offset: scaled(offset, 1_000_000, place, "offset")?,
            noise: scaled(noise, 1_000_000, place, "noise")?,
            seed: seed_of(site_seed, &format!("{} {point}", device.id)),
        };
        shown.insert(point.clone(), how);
    }
    for (what, points) in [("an offset", &device.offset), ("a noise", &device.noise)] {
        if let Some(point) = points.keys().find(|point| !shown.contains_key(*point)) {
            return Err(wrong(
                place,
                format!("{what} for \"{point}\", which shows no ambient"),
            ));
        }
    }
    Ok(shown)
}

fn known_unit(unit: Unit, place: &str) -> Result<(), SiteError> {
    power_of_ten(unit)
        .map(|_| ())
        .ok_or_else(|| wrong(place, format!("unit {unit} cannot be simulated")))
}
