//! Counters and states: what an operator sees when something does not work.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use devices::{DeviceId, Failure, Quality};
use jiff::Timestamp;
use serde::Serialize;

use crate::spool::SpoolReport;

pub mod listener;

/// A count that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub fn one(&self) {
        self.add(1);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Serialize for Counter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.get())
    }
}

/// Everything that is counted. A field's name is its name in the JSON report.
#[derive(Debug, Default, Serialize)]
pub struct Counters {
    /// Sweeps with at least one value.
    pub reads_good: Counter,
    /// Sweeps without any value (no answer, exception, malformed, …).
    pub reads_failed: Counter,
    /// Slots that went by unread, each recorded as a `not-read` sweep.
    pub slots_missed: Counter,
    /// Slots beyond what is recorded one by one after a long stop.
    pub slots_unrecorded: Counter,
    pub clock_set_back: Counter,
    /// Times a serial line was left alone until it was silent.
    pub quarantines: Counter,
    /// Bytes thrown away in quarantine: late or foreign answers.
    pub bytes_discarded: Counter,
    /// Bytes that came when nothing had been asked.
    pub bytes_unsolicited: Counter,
    /// Own requests that the line echoed.
    pub echoes: Counter,
    /// Extra reads that make sure that no late answer is on its way.
    pub fences: Counter,
    pub connections_opened: Counter,
    pub connections_failed: Counter,
    pub mqtt_messages: Counter,
    pub mqtt_undecodable: Counter,
    /// Retained or queued messages, whose time is not known.
    pub mqtt_of_unknown_time: Counter,
    /// Messages on topics of no device, or too large to keep.
    pub mqtt_ignored: Counter,
    pub spool_failures: Counter,
    /// Sweeps given up because the spool could not be written before the end of the process.
    pub sweeps_lost: Counter,
    pub batches_acknowledged: Counter,
    pub batches_duplicate: Counter,
    pub batches_set_aside: Counter,
    /// New epochs because the gateway knew a key with other content.
    pub epochs_begun: Counter,
    pub send_failures: Counter,
    pub readings_lowered: Counter,
    pub readings_refused: Counter,
    pub orders_applied: Counter,
    pub assignments_refused: Counter,
    pub probes_answered: Counter,
}

/// The last known state of one device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeviceHealth {
    pub good: u64,
    pub failed: u64,
    pub failures_in_a_row: u64,
    pub last_good: Option<Timestamp>,
    /// What went wrong last, in words.
    pub last_failure: Option<String>,
}

/// The state of the link to the gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LinkHealth {
    pub last_acknowledged: Option<Timestamp>,
    /// Absent while all is well.
    pub error: Option<String>,
    pub orders_version: Option<u64>,
}

/// Shared by all tasks of a collector.
#[derive(Debug, Default)]
pub struct Health {
    pub counters: Counters,
    devices: Mutex<BTreeMap<DeviceId, DeviceHealth>>,
    link: Mutex<LinkHealth>,
}

/// One look at everything.
#[derive(Debug, Serialize)]
pub struct HealthReport<'a> {
    pub collector: &'a str,
    pub counters: &'a Counters,
    pub spool: SpoolReport,
    pub link: LinkHealth,
    pub devices: BTreeMap<DeviceId, DeviceHealth>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Health {
    /// A device was read. Logged when it comes back, not each time.
    pub fn device_good(&self, device: &DeviceId, taken: Timestamp) {
        self.counters.reads_good.one();
        let mut devices = held(&self.devices);
        let state = devices.entry(device.clone()).or_default();
        if state.failures_in_a_row > 0 {
            tracing::info!(%device, failures = state.failures_in_a_row, "the device answers again");
        }
        state.good += 1;
        state.failures_in_a_row = 0;
        state.last_good = Some(taken);
    }

    /// A device could not be read. The first failure in a row is logged, and each power of two.
    pub fn device_failed(&self, device: &DeviceId, failure: Failure, detail: &str) {
        self.counters.reads_failed.one();
        let mut devices = held(&self.devices);
        let state = devices.entry(device.clone()).or_default();
        state.failed += 1;
        state.failures_in_a_row += 1;
        let quality = Quality::Bad(failure).name();
        if state.failures_in_a_row.is_power_of_two() {
            tracing::warn!(%device, quality, in_a_row = state.failures_in_a_row, "reading failed: {detail}");
        }
        state.last_failure = Some(format!("{quality}: {detail}"));
    }

    /// An assignment that cannot be followed.
    pub fn assignment_refused(&self, device: &DeviceId, reason: &str) {
        tracing::error!(%device, "the device is not read: {reason}");
        self.not_read(device, reason);
    }

    /// As [`Health::assignment_refused`], said elsewhere.
    pub fn not_read(&self, device: &DeviceId, reason: &str) {
        self.counters.assignments_refused.one();
        held(&self.devices)
            .entry(device.clone())
            .or_default()
            .last_failure = Some(reason.to_owned());
    }

    /// Forgets devices that are no longer assigned.
    pub fn keep_devices(&self, keep: impl Fn(&DeviceId) -> bool) {
        held(&self.devices).retain(|device, _| keep(device));
    }

    pub fn with_link(&self, change: impl FnOnce(&mut LinkHealth)) {
        change(&mut held(&self.link));
    }

    pub fn report<'a>(&'a self, collector: &'a str, spool: SpoolReport) -> HealthReport<'a> {
        HealthReport {
            collector,
            counters: &self.counters,
            spool,
            link: held(&self.link).clone(),
            devices: held(&self.devices).clone(),
        }
    }
}
