//! A simulated field: meters with load curves and error curves, transmitters and thermo-hygrometers,
//! over Modbus TCP, Modbus RTU and MQTT, with faults on demand.
//!
//! Everything that an instrument indicates is a pure function of the time and the site's seed, in
//! exact integers: history can be generated at once, and live readings continue it.
//!
//! **Architecture invariant:** never linked into collector or gateway.

pub mod ambient;
pub mod error_curve;
pub mod fault;
pub mod load;
pub mod meter;
pub mod modbus;
pub mod mqtt;
mod noise;
pub mod serving;
pub mod site;

use std::sync::Arc;

pub use fault::{Fault, FaultKind, When};
pub use meter::ReferenceSchedule;
pub use mqtt::MqttTarget;
pub use serving::{Listeners, SerialLine, Serving};
pub use site::{SimDevice, Site, SiteError, Sweep, SweptPoint};

/// Where the time comes from; only a `main` asks the machine's clock.
pub type Clock = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;
