//! How a collector reaches an instrument.

use ledger::instruments;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Settings of a serial line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineSettings {
    pub baud: u32,
    /// `8N1`, `8E1`, `8O1`, `8N2`
    pub format: String,
}

/// How the collector reaches the instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", try_from = "AccessForm")]
pub enum Access {
    ModbusTcp {
        host: String,
        port: u16,
        unit: u8,
    },
    ModbusRtu {
        line: String,
        unit: u8,
        settings: Option<LineSettings>,
    },
    Mqtt {
        broker: String,
        topic: String,
    },
}

/// Read instead of the tagged enum, because serde's tagged enums lose the name of the field that was wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessForm {
    kind: String,
    host: Option<String>,
    port: Option<u16>,
    unit: Option<u8>,
    line: Option<String>,
    settings: Option<LineSettings>,
    broker: Option<String>,
    topic: Option<String>,
}

impl TryFrom<AccessForm> for Access {
    type Error = String;

    fn try_from(form: AccessForm) -> Result<Self, String> {
        fn needed<T>(field: &str, value: Option<T>) -> Result<T, String> {
            value.ok_or_else(|| format!("missing field `{field}`"))
        }
        let AccessForm {
            kind,
            host,
            port,
            unit,
            line,
            settings,
            broker,
            topic,
        } = form;
        match kind.as_str() {
            "modbus-tcp" => Ok(Access::ModbusTcp {
                host: needed("host", host)?,
                port: needed("port", port)?,
                unit: needed("unit", unit)?,
            }),
            "modbus-rtu" => Ok(Access::ModbusRtu {
                line: needed("line", line)?,
                unit: needed("unit", unit)?,
                settings,
            }),
            "mqtt" => Ok(Access::Mqtt {
                broker: needed("broker", broker)?,
                topic: needed("topic", topic)?,
            }),
            other => Err(format!(
                "unknown kind `{other}`; known are modbus-tcp, modbus-rtu, mqtt"
            )),
        }
    }
}

impl From<Access> for uplink::Access {
    fn from(access: Access) -> Self {
        match access {
            Access::ModbusTcp { host, port, unit } => uplink::Access::ModbusTcp { host, port, unit },
            Access::ModbusRtu { line, unit, settings } => uplink::Access::ModbusRtu {
                line,
                unit,
                settings: settings.map_or_else(Default::default, |settings| uplink::SerialSettings {
                    baud: settings.baud,
                    format: settings.format,
                }),
            },
            Access::Mqtt { broker, topic } => uplink::Access::Mqtt { broker, topic },
        }
    }
}

impl From<Access> for instruments::Access {
    fn from(access: Access) -> Self {
        match access {
            Access::ModbusTcp { host, port, unit } => Self::ModbusTcp { host, port, unit },
            Access::ModbusRtu { line, unit, settings } => Self::ModbusRtu {
                line,
                unit,
                settings: settings
                    .map(|LineSettings { baud, format }| instruments::LineSettings { baud, format }),
            },
            Access::Mqtt { broker, topic } => Self::Mqtt { broker, topic },
        }
    }
}

impl From<instruments::Access> for Access {
    fn from(kept: instruments::Access) -> Self {
        match kept {
            instruments::Access::ModbusTcp { host, port, unit } => Self::ModbusTcp { host, port, unit },
            instruments::Access::ModbusRtu { line, unit, settings } => Self::ModbusRtu {
                line,
                unit,
                settings: settings
                    .map(|instruments::LineSettings { baud, format }| LineSettings { baud, format }),
            },
            instruments::Access::Mqtt { broker, topic } => Self::Mqtt { broker, topic },
        }
    }
}
