//! Screening: a value is never changed, only its quality may be lowered.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use devices::{DeviceId, Doubt, Failure, Profile, Quality, Reading};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use uplink::Sweep;

use crate::store::{SeriesStore, StoreError};
use crate::{CollectorAdmission, DeviceAdmission};

/// A true time further ahead of the gateway's clock than this is doubted.
const FUTURE: SignedDuration = SignedDuration::from_mins(5);

/// What the cumulative registers of a device said before.
type Registers = HashMap<String, (Timestamp, Decimal)>;

/// Lowers qualities in place and returns one entry per lowered reading.
///
/// A register is compared with the last comparable value before it in *time*, in this batch or in the store, in
/// whatever order both arrive. What is stored already is not touched again: if a late value shows that its successor
/// went backwards, the analysis sees that from the values, and judges by steps, never by this doubt.
pub(super) async fn screen(
    sweeps: &mut [Sweep],
    admission: &CollectorAdmission,
    now: Timestamp,
    store: &Arc<dyn SeriesStore>,
) -> Result<Vec<Quality>, StoreError> {
    let mut lowered = Vec::new();
    let mut last: HashMap<DeviceId, (Registers, bool)> = HashMap::new();
    let mut order: Vec<usize> = (0..sweeps.len()).collect();
    order.sort_by_key(|index| sweeps[*index].nominal_us);
    for index in order {
        let sweep = &mut sweeps[index];
        let (Some(device), Some(nominal)) = (admission.devices.get(&sweep.device), sweep.nominal()) else {
            continue;
        };
        let (registers, late) = match last.entry(sweep.device.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let stored = store.latest_of_device(&sweep.device).await?;
                let late = stored.iter().any(|reading| reading.nominal >= nominal);
                let before = store.known_before(&sweep.device, nominal).await?;
                unknown.insert((before.into_iter().filter_map(known).collect(), late))
            }
        };
        // Among readings that are stored already, each has a predecessor of its own there.
        if *late {
            for (point, (time, value)) in store
                .known_before(&sweep.device, nominal)
                .await?
                .into_iter()
                .filter_map(known)
            {
                if registers.get(&point).is_none_or(|(kept, _)| *kept < time) {
                    registers.insert(point, (time, value));
                }
            }
        }
        let future = sweep
            .taken()
            .is_none_or(|taken| taken.duration_since(now) > FUTURE || nominal.duration_since(now) > FUTURE);
        let profile = admission.profiles.get(&sweep.profile).map(|profile| &**profile);
        lowered.extend(screen_sweep(sweep, device, profile, nominal, future, registers));
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
    profile: Option<&Profile>,
    nominal: Timestamp,
    future: bool,
    registers: &mut Registers,
) -> Vec<Quality> {
    let mut lowered = Vec::new();
    for value in &mut sweep.values {
        let Some(quality) = Quality::from_code(value.quality) else {
            continue;
        };
        let Some(number) = value.decimal() else {
            // A failure at a time that has not come yet would otherwise stand as the latest reading until it comes.
            let untimely = quality.lowered_to(Quality::Bad(Failure::UntrustedTime));
            if future && untimely != quality {
                value.quality = untimely.code();
                lowered.push(untimely);
            }
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
        let point = profile.and_then(|profile| profile.point(&value.point));
        let cumulative = point.is_some_and(|point| point.cumulative);
        if cumulative {
            let before = registers.get(&value.point).filter(|(time, _)| *time < nominal);
            if before.is_some_and(|(_, before)| number < *before) {
                worst = worst.lowered_to(Quality::Uncertain(Doubt::RegisterWentBackwards));
            }
            if !future && !worst.is_bad() {
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
