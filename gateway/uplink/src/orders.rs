//! What the gateway asks of a collector: which devices to read, and test reads.
//!
//! Collectors sit behind firewalls, so orders are fetched: the collector long-polls
//! `GET /uplink/v1/orders?after=VERSION&wait=SECONDS`, answers a probe with
//! `POST /uplink/v1/probes/{id}`, and says with `POST /uplink/v1/report` what it makes of its orders.

use devices::{DeviceId, Quality};
use serde::{Deserialize, Serialize};

mod read;
mod report;

pub use read::{NotUnderstood, Understood, UnreadProbe};
pub use report::{NotRead, NotReadCause, Report};

/// The whole assignment of one collector. A newer version replaces an older one entirely.
///
/// A collector reads it with [`Understood::of`], since the gateway may be newer than it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    pub version: u64,
    pub devices: Vec<DeviceAssignment>,
    #[serde(default)]
    pub probes: Vec<Probe>,
}

/// One device that the collector reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceAssignment {
    pub device: DeviceId,
    /// `model@version` of the profile.
    pub profile: String,
    pub access: Access,
    /// Reading period, aligned to the wall clock (UTC); ignored for MQTT instruments, which speak unasked.
    pub period_seconds: u32,
}

/// How a device is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Access {
    ModbusTcp {
        host: String,
        port: u16,
        unit: u8,
    },
    /// `line` is the path of the serial port at the collector, e.g. `/dev/ttyUSB0`.
    ModbusRtu {
        line: String,
        unit: u8,
        #[serde(default)]
        settings: SerialSettings,
    },
    /// `broker` is a name in the collector's own configuration.
    Mqtt {
        broker: String,
        topic: String,
    },
}

/// Settings of a serial line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SerialSettings {
    pub baud: u32,
    /// `8N1`, `8E1`, `8O1`, `8N2`
    pub format: String,
}

impl Default for SerialSettings {
    fn default() -> Self {
        Self {
            baud: 9600,
            format: "8N1".to_owned(),
        }
    }
}

/// The four Modbus tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegisterTable {
    Holding,
    Input,
    Coil,
    Discrete,
}

/// A test read (试读) of a device that need not be assigned yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    pub id: String,
    pub profile: String,
    pub access: Access,
}

/// The answer to a probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeAnswer {
    pub id: String,
    pub outcome: ProbeOutcome,
    /// Milliseconds from request to last answer.
    pub elapsed_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ProbeOutcome {
    /// Raw words beside decoded values.
    Read { values: Vec<ProbedValue> },
    /// `detail` is empty for [`ProbeFailure::NoReading`] on its way to the gateway: the collector's own log has it.
    Failed { cause: ProbeFailure, detail: String },
}

/// Why a test read gave nothing, as far as the person who asked may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeFailure {
    /// Refused, no route, silence or nonsense: all the same, or a probe would tell open ports from closed ones.
    NoReading,
    /// The collector does not open connections to this address.
    AddressNotAllowed,
    /// An access kind or a field that this collector does not know.
    NotUnderstood,
    /// The detail says what: an exception of the device, a model or broker that is unknown there, a line in other use,
    /// a topic that was silent.
    Other,
}

impl ProbeOutcome {
    pub fn failed(cause: ProbeFailure, detail: impl Into<String>) -> Self {
        Self::Failed {
            cause,
            detail: detail.into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbedValue {
    pub point: String,
    /// e.g. `holding 0x0000..0x0001`, or the JSON pointer
    pub address: String,
    /// Hexadecimal words, or the JSON text.
    pub raw: String,
    /// Exact decimal text; absent when the quality is bad.
    pub value: Option<String>,
    pub unit: String,
    pub quality: Quality,
}
