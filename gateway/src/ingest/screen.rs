//! Screening: a value is never changed, only its quality may be lowered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use devices::{DeviceId, Doubt, Failure, PointName, Profile, Quality, Reading, Window};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use uplink::Sweep;

use crate::store::{SeriesStore, StoreError};
use crate::{CollectorAdmission, DeviceAdmission};

/// A true time further ahead of the gateway's clock than this is doubted.
const FUTURE: SignedDuration = SignedDuration::from_mins(5);

/// Late sweeps further apart than this are held against separate searches of the log, so that none reaches over the
/// years between them.
const STRETCH: SignedDuration = SignedDuration::from_hours(24);

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
    let mut by_device: BTreeMap<DeviceId, Vec<(Timestamp, &mut Sweep)>> = BTreeMap::new();
    for sweep in sweeps {
        if let Some(nominal) = sweep.nominal() {
            by_device
                .entry(sweep.device.clone())
                .or_default()
                .push((nominal, sweep));
        }
    }
    let mut lowered = Vec::new();
    for (id, mut sweeps) in by_device {
        let Some(device) = admission.devices.get(&id) else {
            continue;
        };
        sweeps.sort_by_key(|(nominal, _)| *nominal);
        let mut registers = Registers::new();
        let mut rest = sweeps.as_mut_slice();
        while let Some((first, _)) = rest.first() {
            let end = first.checked_add(STRETCH).unwrap_or(Timestamp::MAX);
            let together = rest.partition_point(|(nominal, _)| *nominal < end).max(1);
            let (stretch, later) = rest.split_at_mut(together);
            lowered
                .extend(screen_stretch(stretch, (&id, device, admission), now, store, &mut registers).await?);
            rest = later;
        }
    }
    Ok(lowered)
}

/// Some sweeps of one device in order of time, walked together with what the store has of that time.
async fn screen_stretch(
    sweeps: &mut [(Timestamp, &mut Sweep)],
    (id, device, admission): (&DeviceId, &DeviceAdmission, &CollectorAdmission),
    now: Timestamp,
    store: &Arc<dyn SeriesStore>,
    registers: &mut Registers,
) -> Result<Vec<Quality>, StoreError> {
    let profile_of = |sweep: &Sweep| admission.profiles.get(&sweep.profile).map(|profile| &**profile);
    let points: BTreeSet<PointName> = sweeps
        .iter()
        .flat_map(|(_, sweep)| cumulative(profile_of(sweep)))
        .collect();
    let (from, last) = (sweeps[0].0, sweeps[sweeps.len() - 1].0);
    let to = last.checked_add(SignedDuration::from_micros(1)).unwrap_or(last);
    let stored = store.comparable(id, &points, Window { from, to }).await?;
    let mut stored = stored.into_iter().filter_map(known).peekable();
    let mut lowered = Vec::new();
    for (nominal, sweep) in sweeps {
        while let Some((point, (time, value))) = stored.next_if(|(_, (time, _))| time < nominal) {
            if registers.get(&point).is_none_or(|(kept, _)| *kept < time) {
                registers.insert(point, (time, value));
            }
        }
        let future = sweep
            .taken()
            .is_none_or(|taken| taken.duration_since(now) > FUTURE || nominal.duration_since(now) > FUTURE);
        let profile = profile_of(sweep);
        lowered.extend(screen_sweep(sweep, device, profile, *nominal, future, registers));
    }
    Ok(lowered)
}

/// Names of the points that only ever count up.
fn cumulative(profile: Option<&Profile>) -> impl Iterator<Item = PointName> {
    let points = profile.into_iter().flat_map(|profile| &profile.points);
    points
        .filter(|point| point.cumulative)
        .map(|point| point.name.clone())
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
        if point.is_some_and(|point| point.cumulative) {
            let before = registers.get(&value.point).filter(|(time, _)| *time < nominal);
            if before.is_some_and(|(_, before)| number < *before) {
                worst = worst.lowered_to(Quality::Uncertain(Doubt::RegisterWentBackwards));
            }
            // Nothing is held against a value of which nobody knows when it was.
            if !worst.is_bad() && !worst.time_is_doubted() {
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
