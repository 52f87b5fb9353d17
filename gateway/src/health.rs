//! Counters: every loss and every doubt is counted where it happens.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::Serialize;
use uplink::Report;

use crate::store::Quarantined;

use crate::store::Condition;

/// A snapshot since the gateway started.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Health {
    pub batches: u64,
    pub duplicates: u64,
    pub readings: u64,
    /// Readings whose quality was lowered, by the quality they got.
    pub lowered: BTreeMap<String, u64>,
    /// Readings that were not admitted, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Requests that were no batch, by reason.
    pub malformed: BTreeMap<String, u64>,
    pub unauthorised: u64,
    /// Batches whose key was stored before with other content.
    pub conflicts: u64,
    pub store_failures: u64,
    /// What speaks against the store right now.
    pub store: Condition,
    /// What is known of each collector that was authenticated.
    pub collectors: BTreeMap<String, Contact>,
}

/// The last contact with a collector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// `None`: not since the gateway started.
    pub last_seen: Option<Timestamp>,
    /// Sweeps that waited in its spool when it said so last.
    pub spooled: Option<u64>,
    /// Sweeps that it had to give up since it started.
    pub lost: Option<u64>,
    /// Readings that were not admitted and are kept aside, by reason.
    pub refused: BTreeMap<String, Refused>,
    /// What it made of its last orders. Not for everybody who can reach `/health`.
    #[serde(skip)]
    pub report: Option<Report>,
}

/// Readings kept aside for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub readings: u64,
    /// The device of the last ones.
    pub device: String,
}

impl Health {
    /// What is known of a collector that has just been authenticated, or has been before.
    pub(crate) fn contact(&mut self, collector: &str) -> &mut Contact {
        self.collectors.entry(collector.to_owned()).or_default()
    }

    pub(crate) fn refuse(&mut self, collector: &str, quarantined: &Quarantined) {
        let readings = quarantined.sweep.values.len() as u64;
        count(&mut self.refused, &quarantined.reason, readings);
        let contact = self.contact(collector);
        let refused = contact.refused.entry(quarantined.reason.clone()).or_default();
        refused.readings += readings;
        refused.device = quarantined.sweep.device.to_string();
    }
}

#[derive(Default)]
pub(crate) struct Counters(Mutex<Health>);

impl Counters {
    pub(crate) fn change(&self, change: impl FnOnce(&mut Health)) {
        change(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    pub(crate) fn snapshot(&self) -> Health {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }
}

/// Adds to a counter by name.
pub(crate) fn count(counters: &mut BTreeMap<String, u64>, name: &str, more: u64) {
    *counters.entry(name.to_owned()).or_default() += more;
}

pub(crate) fn metrics_text(health: &Health) -> String {
    let mut text = String::new();
    for (name, value) in [
        ("batches", health.batches),
        ("duplicate_batches", health.duplicates),
        ("readings", health.readings),
        ("unauthorised_requests", health.unauthorised),
        ("conflicting_batches", health.conflicts),
        ("store_failures", health.store_failures),
    ] {
        let _ = writeln!(
            text,
            "# TYPE henglian_gateway_{name}_total counter\nhenglian_gateway_{name}_total {value}"
        );
    }
    for (name, label, counters) in [
        ("lowered_readings", "quality", &health.lowered),
        ("refused_readings", "reason", &health.refused),
        ("malformed_batches", "reason", &health.malformed),
    ] {
        let _ = writeln!(text, "# TYPE henglian_gateway_{name}_total counter");
        for (key, value) in counters {
            let _ = writeln!(text, "henglian_gateway_{name}_total{{{label}=\"{key}\"}} {value}");
        }
    }
    for (name, value) in [
        (
            "store_cannot_write",
            u64::from(health.store.cannot_write.is_some()),
        ),
        ("store_damaged", health.store.damaged),
    ] {
        let _ = writeln!(
            text,
            "# TYPE henglian_gateway_{name} gauge\nhenglian_gateway_{name} {value}"
        );
    }
    let _ = writeln!(text, "# TYPE henglian_gateway_collector_last_seen_seconds gauge");
    for (collector, contact) in &health.collectors {
        let Some(seen) = contact.last_seen.map(Timestamp::as_second) else {
            continue;
        };
        let _ = writeln!(
            text,
            "henglian_gateway_collector_last_seen_seconds{{collector=\"{collector}\"}} {seen}"
        );
    }
    let _ = writeln!(
        text,
        "# TYPE henglian_gateway_collector_refused_readings_total counter"
    );
    for (collector, contact) in &health.collectors {
        for (reason, refused) in &contact.refused {
            let _ = writeln!(
                text,
                "henglian_gateway_collector_refused_readings_total{{collector=\"{collector}\",reason=\"{reason}\"}} {}",
                refused.readings
            );
        }
    }
    for (name, of) in [
        (
            "spooled_sweeps",
            (|contact| contact.spooled) as fn(&Contact) -> Option<u64>,
        ),
        ("lost_sweeps", |contact| contact.lost),
        ("not_read_devices", |contact| {
            let report = contact.report.as_ref()?;
            Some(report.not_read.len() as u64 + report.unnamed)
        }),
    ] {
        let _ = writeln!(text, "# TYPE henglian_gateway_collector_{name} gauge");
        for (collector, contact) in &health.collectors {
            if let Some(value) = of(contact) {
                let _ = writeln!(
                    text,
                    "henglian_gateway_collector_{name}{{collector=\"{collector}\"}} {value}"
                );
            }
        }
    }
    text
}
