//! Reading orders device by device: a collector may be older than the gateway that orders.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DeviceAssignment, Orders, Probe};

/// Orders as this build reads them. What it does not understand costs that device, or that probe, alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    pub orders: Orders,
    pub not_understood: Vec<NotUnderstood>,
    pub unread_probes: Vec<UnreadProbe>,
    /// The orders as they came, without probes: what to keep, since a newer build may understand more of it.
    pub text: Vec<u8>,
}

/// An assignment with an access kind or a field that this build does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUnderstood {
    /// Its name, or its place in the orders (`#3`).
    pub device: String,
    /// Names what is unknown, and what would be known.
    pub reason: String,
}

/// A probe that this build does not understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadProbe {
    pub id: String,
    pub reason: String,
}

#[derive(Deserialize)]
struct Envelope {
    version: u64,
    devices: Vec<Value>,
    #[serde(default)]
    probes: Vec<Value>,
}

impl Understood {
    /// # Errors
    /// The bytes are no orders at all.
    pub fn of(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let Envelope {
            version,
            devices,
            probes,
        } = serde_json::from_slice(bytes)?;
        let text = serde_json::to_vec_pretty(&json!({ "version": version, "devices": devices }))?;
        let mut understood = Self {
            orders: Orders {
                version,
                devices: Vec::new(),
                probes: Vec::new(),
            },
            not_understood: Vec::new(),
            unread_probes: Vec::new(),
            text,
        };
        for (place, device) in (1..).zip(devices) {
            let named = device["device"].as_str().map(str::to_owned);
            match serde_json::from_value::<DeviceAssignment>(device) {
                Ok(assignment) => understood.orders.devices.push(assignment),
                Err(error) => understood.not_understood.push(NotUnderstood {
                    device: named.unwrap_or_else(|| format!("#{place}")),
                    reason: error.to_string(),
                }),
            }
        }
        for probe in probes {
            let named = probe["id"].as_str().map(str::to_owned);
            match (serde_json::from_value::<Probe>(probe), named) {
                (Ok(probe), _) => understood.orders.probes.push(probe),
                (Err(error), Some(id)) => understood.unread_probes.push(UnreadProbe {
                    id,
                    reason: error.to_string(),
                }),
                // Without an id there is nobody to answer.
                (Err(_), None) => {}
            }
        }
        Ok(understood)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWER: &str = r#"{
        "version": 7, "urgent": true,
        "devices": [
            {"device": "m-01", "profile": "a@1", "access": {"kind": "modbus-tcp", "host": "h", "port": 502, "unit": 1}, "period_seconds": 60},
            {"device": "m-02", "profile": "a@1", "access": {"kind": "dlms-wrapper", "host": "h"}, "period_seconds": 60},
            {"device": "m-03", "profile": "a@1", "access": {"kind": "modbus-tcp", "host": "h", "port": 502, "unit": 1}, "period_seconds": 60, "priority": 3},
            {"profile": "a@1"}
        ],
        "probes": [
            {"id": "p-1", "profile": "a@1", "access": {"kind": "mqtt", "broker": "b", "topic": "t"}},
            {"id": "p-2", "profile": "a@1", "access": {"kind": "dlms-wrapper"}}
        ]
    }"#;

    #[test]
    fn what_is_unknown_costs_its_own_device_and_is_named() {
        let understood = Understood::of(NEWER.as_bytes()).unwrap();
        let devices: Vec<&str> = understood
            .orders
            .devices
            .iter()
            .map(|one| one.device.as_str())
            .collect();
        assert_eq!((understood.orders.version, devices), (7, vec!["m-01"]));
        for (unread, device, unknown) in [
            (&understood.not_understood[0], "m-02", "dlms-wrapper"),
            (&understood.not_understood[1], "m-03", "priority"),
            (&understood.not_understood[2], "#4", "device"),
        ] {
            assert_eq!(unread.device, device);
            assert!(unread.reason.contains(unknown), "{unread:?}");
        }
        assert_eq!(understood.orders.probes[0].id, "p-1");
        assert_eq!(understood.unread_probes[0].id, "p-2");
    }

    #[test]
    fn what_is_kept_holds_what_was_not_understood_and_no_probe() {
        let kept = Understood::of(NEWER.as_bytes()).unwrap().text;
        let again = Understood::of(&kept).unwrap();
        assert_eq!(again.not_understood.len(), 3);
        assert!(again.orders.probes.is_empty() && again.unread_probes.is_empty());
        assert!(String::from_utf8(kept).unwrap().contains("dlms-wrapper"));
    }

    #[test]
    fn bytes_that_are_no_orders_are_an_error() {
        assert!(Understood::of(b"{\"devices\": 3}").is_err());
    }
}
