//! The instrument ledger (台账): registration, changes, models, and what is known of an instrument beside its status.

mod condition;
pub(crate) mod models;
pub(crate) mod registration;
pub(crate) mod routes;
pub mod wire;

/// An instrument for tests of this package: one meter behind no transformers, without a certificate.
#[cfg(test)]
pub(crate) fn sample() -> ledger::instruments::Configuration {
    let draft: wire::InstrumentDraft = serde_json::from_value(serde_json::json!({
        "site_id": 1, "collector": "c-1", "device": "m-01", "name": "meter", "profile": "dtz341@1", "serial": "A",
        "manufacturer": "", "accuracy_class": null, "purpose": "sub-meter",
        "access": {"kind": "modbus-tcp", "host": "h", "port": 502, "unit": 1}, "period_seconds": 60,
        "multiplier": {"current_ratio": "1", "voltage_ratio": "1", "registers_are_primary": false},
        "location": "", "traceability": null
    }))
    .expect("a draft as a person enters it");
    draft.into()
}
