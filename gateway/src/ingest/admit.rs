//! Admission: does this collector send this device, under this profile, with points that it has, at a time that can be?

use std::collections::BTreeMap;

use devices::{Profile, Quality};
use jiff::Timestamp;
use uplink::{Batch, BatchKey, Sweep, SweepValue};

use super::times;
use crate::CollectorAdmission;
use crate::store::Quarantined;

pub(super) struct Admitted {
    pub key: BatchKey,
    pub sweeps: Vec<Sweep>,
    pub quarantined: Vec<Quarantined>,
}

/// Parts what may be stored from what goes into quarantine. Good readings never wait for bad ones.
pub(super) fn admit(batch: Batch, admission: &CollectorAdmission, now: Timestamp) -> Admitted {
    let mut admitted = Admitted {
        key: batch.key,
        sweeps: Vec::new(),
        quarantined: Vec::new(),
    };
    for mut sweep in batch.sweeps {
        let profile = match profile_of(&sweep, admission, now) {
            Ok(profile) => profile,
            Err(reason) => {
                let reason = reason.to_owned();
                admitted.quarantined.push(Quarantined { sweep, reason });
                continue;
            }
        };
        let mut good = Vec::new();
        // One part for each reason: its raw words and message are kept once, not once for each value.
        let mut bad: BTreeMap<&str, Vec<SweepValue>> = BTreeMap::new();
        for value in std::mem::take(&mut sweep.values) {
            match value_refusal(profile, &value) {
                None => good.push(value),
                Some(reason) => bad.entry(reason).or_default().push(value),
            }
        }
        for (reason, values) in bad {
            let part = Sweep {
                values,
                ..sweep.clone()
            };
            admitted.quarantined.push(Quarantined {
                sweep: part,
                reason: reason.to_owned(),
            });
        }
        if !good.is_empty() {
            sweep.values = good;
            admitted.sweeps.push(sweep);
        }
    }
    admitted
}

/// The profile by which a sweep is looked at, or why the whole sweep is kept aside.
fn profile_of<'a>(
    sweep: &Sweep,
    admission: &'a CollectorAdmission,
    now: Timestamp,
) -> Result<&'a Profile, &'static str> {
    let device = admission.devices.get(&sweep.device).ok_or("unknown-device")?;
    let profile = admission.profiles.get(&sweep.profile).ok_or("unknown-profile")?;
    // Decoded by another model's registers, its values could be anything. (The assignment may have changed while
    // the batch waited in a spool; what was read before is kept aside with this reason, not lost.)
    if device.assignment.profile != sweep.profile {
        return Err("other-profile");
    }
    match times::refusal_of(sweep, now) {
        Some(reason) => Err(reason),
        None => Ok(profile),
    }
}

fn value_refusal(profile: &Profile, value: &SweepValue) -> Option<&'static str> {
    let Some(quality) = Quality::from_code(value.quality) else {
        return Some("unknown-quality");
    };
    if value.number.is_some() && value.decimal().is_none() {
        return Some("impossible-number");
    }
    // A value without a number must say why, and a failure must not carry one.
    if quality.is_bad() == value.number.is_some() {
        return Some("quality-contradicts-value");
    }
    profile.point(&value.point).is_none().then_some("unknown-point")
}
