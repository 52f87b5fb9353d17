//! Screening: a value is never changed, only its quality may be lowered.

use std::collections::HashMap;
use std::sync::Arc;

use devices::{DeviceId, Doubt, Quality, Reading, profile};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use uplink::Sweep;

use crate::store::{SeriesStore, StoreError};
use crate::{CollectorAdmission, DeviceAdmission};

/// A true time further ahead of the gateway's clock than this is doubted.
const FUTURE: SignedDuration = SignedDuration::from_mins(5);

/// Lowers qualities in place and returns one entry per lowered reading.
pub(super) async fn screen(
    sweeps: &mut [Sweep],
    admission: &CollectorAdmission,
    now: Timestamp,
    store: &Arc<dyn SeriesStore>,
) -> Result<Vec<Quality>, StoreError> {
    let mut lowered = Vec::new();
    let mut last: HashMap<DeviceId, HashMap<String, (Timestamp, Decimal)>> = HashMap::new();
    // In order of time, so that a register is compared with what it said before.
    let mut order: Vec<usize> = (0..sweeps.len()).collect();
    order.sort_by_key(|index| sweeps[*index].nominal_us);
    for index in order {
        let sweep = &mut sweeps[index];
        let Some(device) = admission.devices.get(&sweep.device) else {
            continue;
        };
        if !last.contains_key(&sweep.device) {
            let stored = store.latest_of_device(&sweep.device).await?;
            last.insert(
                sweep.device.clone(),
                stored.into_iter().filter_map(known).collect(),
            );
        }
        let registers = last.entry(sweep.device.clone()).or_default();
        let future = sweep.taken().zip(sweep.nominal()).is_none_or(|(taken, nominal)| {
            taken.duration_since(now) > FUTURE || nominal.duration_since(now) > FUTURE
        });
        lowered.extend(screen_sweep(sweep, device, future, registers));
    }
    Ok(lowered)
}

fn known(reading: Reading) -> Option<(String, (Timestamp, Decimal))> {
    Some((
        reading.series.point.to_string(),
        (reading.nominal, reading.value?),
    ))
}

fn screen_sweep(
    sweep: &mut Sweep,
    device: &DeviceAdmission,
    future: bool,
    registers: &mut HashMap<String, (Timestamp, Decimal)>,
) -> Vec<Quality> {
    let mut lowered = Vec::new();
    let Some(nominal) = sweep.nominal() else {
        return lowered;
    };
    let profile = profile::catalogue().get(&sweep.profile);
    for value in &mut sweep.values {
        let (Some(quality), Some(number)) = (Quality::from_code(value.quality), value.decimal()) else {
            continue;
        };
        let mut worst = quality;
        if future {
            worst = worst.lowered_to(Quality::Uncertain(Doubt::ClockSkew));
        }
        if let Some((_, (lowest, highest))) = device
            .plausible
            .iter()
            .find(|(point, _)| point.as_str() == value.point)
            && (number < *lowest || number > *highest)
        {
            worst = worst.lowered_to(Quality::Uncertain(Doubt::OutsidePlausibleRange));
        }
        let cumulative = profile.is_some_and(|profile| {
            profile
                .points
                .iter()
                .any(|point| point.cumulative && point.name.as_str() == value.point)
        });
        if cumulative {
            match registers.get(&value.point) {
                // Older than what is known: it came late, and says nothing about going backwards.
                Some((known, _)) if *known >= nominal => {}
                Some((_, before)) if number < *before => {
                    worst = worst.lowered_to(Quality::Uncertain(Doubt::RegisterWentBackwards));
                }
                _ => {}
            }
            if !future
                && registers
                    .get(&value.point)
                    .is_none_or(|(known, _)| *known < nominal)
            {
                registers.insert(value.point.clone(), (nominal, number));
            }
        }
        if worst != quality {
            value.quality = worst.code();
            lowered.push(worst);
            tracing::warn!(
                device = %sweep.device,
                point = value.point,
                quality = worst.name(),
                "quality lowered"
            );
        }
    }
    lowered
}
