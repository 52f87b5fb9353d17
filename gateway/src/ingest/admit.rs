//! Admission: does this collector send this device, under this profile, with points that it has?

use devices::{Quality, profile};
use uplink::{Batch, BatchKey, Sweep};

use crate::CollectorAdmission;
use crate::store::Quarantined;

pub(super) struct Admitted {
    pub key: BatchKey,
    pub sweeps: Vec<Sweep>,
    pub quarantined: Vec<Quarantined>,
}

/// Parts what may be stored from what goes into quarantine. Good readings never wait for bad ones.
pub(super) fn admit(batch: Batch, admission: &CollectorAdmission) -> Admitted {
    let mut admitted = Admitted {
        key: batch.key,
        sweeps: Vec::new(),
        quarantined: Vec::new(),
    };
    for mut sweep in batch.sweeps {
        if let Some(reason) = refusal_of(&sweep, admission) {
            admitted.quarantined.push(Quarantined {
                sweep,
                reason: reason.to_owned(),
            });
            continue;
        }
        let (good, bad): (Vec<_>, Vec<_>) = std::mem::take(&mut sweep.values)
            .into_iter()
            .partition(|value| value_refusal(&sweep.profile, value).is_none());
        for value in bad {
            let reason = value_refusal(&sweep.profile, &value)
                .unwrap_or("unknown")
                .to_owned();
            let part = Sweep {
                values: vec![value],
                ..sweep.clone()
            };
            admitted.quarantined.push(Quarantined { sweep: part, reason });
        }
        if !good.is_empty() {
            sweep.values = good;
            admitted.sweeps.push(sweep);
        }
    }
    admitted
}

fn refusal_of(sweep: &Sweep, admission: &CollectorAdmission) -> Option<&'static str> {
    let Some(device) = admission.devices.get(&sweep.device) else {
        return Some("unknown-device");
    };
    // Decoded by another model's registers, its values could be anything. (The assignment may have changed while
    // the batch waited in a spool; what was read before is kept aside with this reason, not lost.)
    if device.assignment.profile != sweep.profile {
        return Some(if profile::catalogue().get(&sweep.profile).is_some() {
            "other-profile"
        } else {
            "unknown-profile"
        });
    }
    if sweep.nominal().is_none() || sweep.taken().is_none() {
        return Some("impossible-time");
    }
    None
}

fn value_refusal(profile_reference: &str, value: &uplink::SweepValue) -> Option<&'static str> {
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
    if let Some(profile) = profile::catalogue().get(profile_reference)
        && !profile
            .points
            .iter()
            .any(|point| point.name.as_str() == value.point)
    {
        return Some("unknown-point");
    }
    None
}
