//! Counters and states: what an operator sees when something does not work.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use devices::{DeviceId, Failure, Quality};
use jiff::{SignedDuration, Timestamp};
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
    /// Answers not taken because they may be copies of others; their spans were asked for again.
    pub answers_doubted: Counter,
    pub connections_opened: Counter,
    pub connections_failed: Counter,
    pub mqtt_messages: Counter,
    pub mqtt_undecodable: Counter,
    /// Retained or queued messages, whose time is not known.
    pub mqtt_of_unknown_time: Counter,
    /// Messages on topics of no device.
    pub mqtt_ignored: Counter,
    /// Messages stepped over because of their size.
    pub mqtt_too_large: Counter,
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
    /// Slots that went by unread.
    pub slots_missed: u64,
    #[serde(skip)]
    unread: Unread,
}

/// What has been said about slots that went by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Unread {
    said: Option<Timestamp>,
    since: u64,
}

/// Slots that go by are said at once, and then with their count so often.
const UNREAD_SAID_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// The state of the link to the gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LinkHealth {
    pub last_acknowledged: Option<Timestamp>,
    /// What keeps batches from getting through; absent while all is well.
    pub error: Option<String>,
    /// What keeps orders from being fetched; absent while all is well.
    pub orders_error: Option<String>,
    pub orders_version: Option<u64>,
}

/// What the link is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    Batches,
    Orders,
}

/// The state of the connection to one broker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BrokerHealth {
    pub connected: bool,
    /// What went wrong last; absent while it is connected.
    pub error: Option<String>,
    /// Messages stepped over because of their size, and the last of them.
    pub too_large: u64,
    pub last_too_large: Option<String>,
}

/// Shared by all tasks of a collector.
#[derive(Debug, Default)]
pub struct Health {
    pub counters: Counters,
    devices: Mutex<BTreeMap<DeviceId, DeviceHealth>>,
    brokers: Mutex<BTreeMap<String, BrokerHealth>>,
    link: Mutex<LinkHealth>,
}

/// One look at everything.
#[derive(Debug, Serialize)]
pub struct HealthReport<'a> {
    pub collector: &'a str,
    pub counters: &'a Counters,
    pub spool: SpoolReport,
    pub link: LinkHealth,
    pub brokers: BTreeMap<String, BrokerHealth>,
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

    /// Slots of a device went by unread.
    pub fn slots_missed(&self, device: &DeviceId, slots: u64, now: Timestamp) {
        self.counters.slots_missed.add(slots);
        let mut devices = held(&self.devices);
        let state = devices.entry(device.clone()).or_default();
        state.slots_missed += slots;
        state.unread.since += slots;
        if state
            .unread
            .said
            .is_some_and(|said| now.duration_since(said) < UNREAD_SAID_EVERY)
        {
            return;
        }
        tracing::warn!(%device, slots = state.unread.since, "slots went by unread; further ones are counted for an hour");
        state.unread = Unread {
            said: Some(now),
            since: 0,
        };
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

    /// Logged when it changes; the counters tell how often. What fails both errands for one reason is said once.
    pub fn link_failed(&self, errand: Errand, reason: &str) {
        self.with_link(|link| {
            let (of_this, of_other) = match errand {
                Errand::Batches => (&mut link.error, &link.orders_error),
                Errand::Orders => (&mut link.orders_error, &link.error),
            };
            if of_this.as_deref() == Some(reason) {
                return;
            }
            if of_other.as_deref() != Some(reason) {
                match errand {
                    Errand::Batches => {
                        tracing::warn!("batches are not getting through, they wait in the spool: {reason}");
                    }
                    Errand::Orders => tracing::warn!(
                        "no orders from the gateway; the devices of the configuration and of the last orders are read: \
                         {reason}"
                    ),
                }
            }
            *of_this = Some(reason.to_owned());
        });
    }

    pub fn link_works(&self, errand: Errand) {
        self.with_link(|link| match errand {
            Errand::Batches if link.error.take().is_some() => tracing::info!("batches get through again"),
            Errand::Orders if link.orders_error.take().is_some() => {
                tracing::info!("the gateway gives orders again");
            }
            Errand::Batches | Errand::Orders => {}
        });
    }

    pub fn with_broker(&self, broker: &str, change: impl FnOnce(&mut BrokerHealth)) {
        change(held(&self.brokers).entry(broker.to_owned()).or_default());
    }

    pub fn report<'a>(&'a self, collector: &'a str, spool: SpoolReport) -> HealthReport<'a> {
        HealthReport {
            collector,
            counters: &self.counters,
            spool,
            link: held(&self.link).clone(),
            brokers: held(&self.brokers).clone(),
            devices: held(&self.devices).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use super::*;

    /// Where a test reads what was logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            held(&self.0).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(work: impl FnOnce()) -> Vec<String> {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, work);
        let text = String::from_utf8(held(&log.0).clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn slots_that_go_by_are_one_warning_per_device_and_hour() {
        let health = Health::default();
        let start: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let lines = logged(|| {
            for second in 0..7_200 {
                let now = start + SignedDuration::from_secs(second);
                for device in ["m-01", "m-02"] {
                    health.slots_missed(&DeviceId::new(device).unwrap(), 2, now);
                }
            }
        });
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert!(
            lines[0].contains("m-01") && lines[0].contains("slots=2"),
            "{lines:#?}"
        );
        assert!(
            lines[3].contains("m-02") && lines[3].contains("slots=7200"),
            "{lines:#?}"
        );
        assert_eq!(health.counters.slots_missed.get(), 28_800);
    }

    #[test]
    fn a_fault_of_the_link_is_said_once_and_so_is_its_end() {
        let health = Health::default();
        let lines = logged(|| {
            for _ in 0..10 {
                health.link_failed(Errand::Orders, "401");
                health.link_failed(Errand::Batches, "401");
            }
            health.link_works(Errand::Orders);
            health.link_works(Errand::Orders);
        });
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(
            lines[0].contains("WARN") && lines[0].contains("401"),
            "{lines:#?}"
        );
        assert!(lines[1].contains("again"), "{lines:#?}");
    }
}
