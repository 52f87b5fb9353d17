//! Faults on demand: what goes wrong, for which device, and when.

use std::collections::BTreeMap;
use std::sync::Mutex;

use devices::DeviceId;
use jiff::Timestamp;
use serde::Deserialize;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FaultKind {
    /// The right answer, too late.
    Late { milliseconds: u64 },
    /// No answer; an MQTT instrument publishes nothing.
    Gap,
    /// A Modbus exception.
    Exception { code: u8 },
    /// One register too few, with a byte count that says so.
    WrongLength,
    /// The answer names another unit.
    WrongUnit,
    /// Only the first half of the frame or message.
    Truncated,
    /// Bytes that are no answer at all.
    Foreign,
    /// Everything the instrument indicates stands still.
    Stuck,
    /// Registers start again from zero.
    RegisterReset,
    /// The time that an MQTT message carries is wrong by so much.
    ClockSkew { seconds: i64 },
}

impl FaultKind {
    /// Whether it changes what is indicated, and not how it travels.
    const fn is_of_value(&self) -> bool {
        matches!(self, FaultKind::Stuck | FaultKind::RegisterReset)
    }
}

/// When a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum When {
    Always,
    /// The n-th, 2n-th, … request.
    EveryNth(u64),
    /// The next so many requests.
    Next(u64),
    /// From the first time up to before the second.
    Between(Timestamp, Timestamp),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Fault {
    #[serde(flatten)]
    pub kind: FaultKind,
    pub when: When,
}

/// The faults of all devices; rules may be added and removed while the site is served.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<BTreeMap<DeviceId, Vec<Rule>>>);

#[derive(Debug)]
struct Rule {
    fault: Fault,
    requests: u64,
    /// When a fault of the value first showed.
    since: Option<Timestamp>,
}

/// What faults of the value make of a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Distortion {
    pub(crate) stuck_at: Option<Timestamp>,
    pub(crate) reset_at: Option<Timestamp>,
}

impl Faults {
    pub(crate) fn add(&self, device: &DeviceId, fault: Fault) {
        let rule = Rule {
            fault,
            requests: 0,
            since: None,
        };
        self.lock().entry(device.clone()).or_default().push(rule);
    }

    pub(crate) fn clear(&self, device: &DeviceId) {
        self.lock().remove(device);
    }

    /// Counts a request and says what goes wrong with its way.
    pub(crate) fn on_request(&self, device: &DeviceId, now: Timestamp) -> Option<FaultKind> {
        let mut all = self.lock();
        let mut found = None;
        for rule in all
            .get_mut(device)?
            .iter_mut()
            .filter(|rule| !rule.fault.kind.is_of_value())
        {
            rule.requests += 1;
            let due = match rule.fault.when {
                When::Always => true,
                When::EveryNth(n) => n > 0 && rule.requests % n == 0,
                When::Next(n) => rule.requests <= n,
                When::Between(from, to) => from <= now && now < to,
            };
            if due && found.is_none() {
                found = Some(rule.fault.kind.clone());
            }
        }
        found
    }

    /// What the device indicates at `time` instead of the truth. Scripted rules are a pure function of the
    /// time; `Always`, `Next` and `EveryNth` begin with the first look and last until they are cleared.
    pub(crate) fn distortion(&self, device: &DeviceId, time: Timestamp) -> Distortion {
        let mut distortion = Distortion::default();
        let mut all = self.lock();
        let Some(rules) = all.get_mut(device) else {
            return distortion;
        };
        for rule in rules.iter_mut().filter(|rule| rule.fault.kind.is_of_value()) {
            let since = match rule.fault.when {
                When::Between(from, to) => (from <= time && time < to).then_some(from),
                _ => Some(*rule.since.get_or_insert(time)).filter(|since| *since <= time),
            };
            match rule.fault.kind {
                FaultKind::Stuck => distortion.stuck_at = since.or(distortion.stuck_at),
                // A reset is not undone when its rule ends.
                FaultKind::RegisterReset => {
                    let at = match rule.fault.when {
                        When::Between(from, _) => (from <= time).then_some(from),
                        _ => since,
                    };
                    distortion.reset_at = at.max(distortion.reset_at);
                }
                _ => {}
            }
        }
        distortion
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<DeviceId, Vec<Rule>>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
