//! Models, instruments and test reads.

use devices::{Connection, DeviceId, PointName, Quality, Quantity};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;
use uplink::ProbeFailure;
use utoipa::ToSchema;

use super::Condition;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProfilePoint {
    pub name: String,
    pub title_zh: String,
    pub title_en: String,
    pub unit: String,
    #[schema(value_type = String)]
    pub quantity: Quantity,
    pub cumulative: bool,
}

/// An instrument model of the catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProfileCard {
    /// `model@version`
    pub reference: String,
    pub title_zh: String,
    pub title_en: String,
    pub manufacturer: String,
    pub accuracy_class: Option<String>,
    #[schema(value_type = Option<String>)]
    pub connection: Option<Connection>,
    #[schema(value_type = String)]
    pub instrument: devices::profile::InstrumentKind,
    #[schema(value_type = String)]
    pub protocol: devices::profile::Protocol,
    pub points: Vec<ProfilePoint>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    SubMeter,
    MasterMeter,
    ReferenceStandard,
    Process,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InstrumentStatus {
    /// 正常
    Normal,
    /// 待核查
    ToCheck,
    /// 送检
    ToSend,
    /// 停用
    Stopped,
}

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

impl From<uplink::Access> for Access {
    fn from(access: uplink::Access) -> Self {
        match access {
            uplink::Access::ModbusTcp { host, port, unit } => Access::ModbusTcp { host, port, unit },
            uplink::Access::ModbusRtu { line, unit, settings } => Access::ModbusRtu {
                line,
                unit,
                settings: Some(LineSettings {
                    baud: settings.baud,
                    format: settings.format,
                }),
            },
            uplink::Access::Mqtt { broker, topic } => Access::Mqtt { broker, topic },
        }
    }
}

/// CT and PT ratios (互感器变比).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MultiplierForm {
    #[schema(value_type = String)]
    pub current_ratio: Decimal,
    #[schema(value_type = String)]
    pub voltage_ratio: Decimal,
    pub registers_are_primary: bool,
}

/// From the certificate that a person holds in hand; nothing else moves these dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TraceabilityForm", into = "TraceabilityForm")]
pub struct Traceability {
    pub certificate_no: String,
    pub issued_by: String,
    pub issued_on: Date,
    pub due_on: Date,
    pub u95_percent: Option<ExpandedUncertainty>,
}

/// From the certificate that a person holds in hand; nothing else moves these dates.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Traceability)]
pub struct TraceabilityForm {
    certificate_no: String,
    issued_by: String,
    #[schema(value_type = String, format = Date)]
    issued_on: Date,
    #[schema(value_type = String, format = Date)]
    due_on: Date,
    /// Expanded uncertainty in % as stated by the certificate.
    #[schema(value_type = Option<String>)]
    u95_percent: Option<Decimal>,
    /// The coverage factor that it is stated with; 2 unless told.
    #[schema(value_type = Option<String>)]
    k: Option<Decimal>,
}

impl TryFrom<TraceabilityForm> for Traceability {
    type Error = &'static str;

    fn try_from(form: TraceabilityForm) -> Result<Self, &'static str> {
        let u95_percent = match (form.u95_percent, form.k) {
            (Some(percent), k) => Some(ExpandedUncertainty {
                percent,
                k: k.unwrap_or(Decimal::TWO),
            }),
            (None, None) => None,
            (None, Some(_)) => return Err("`k` needs the `u95_percent` that it belongs to"),
        };
        Ok(Self {
            certificate_no: form.certificate_no,
            issued_by: form.issued_by,
            issued_on: form.issued_on,
            due_on: form.due_on,
            u95_percent,
        })
    }
}

impl From<Traceability> for TraceabilityForm {
    fn from(held: Traceability) -> Self {
        Self {
            certificate_no: held.certificate_no,
            issued_by: held.issued_by,
            issued_on: held.issued_on,
            due_on: held.due_on,
            u95_percent: held.u95_percent.map(|u95| u95.percent),
            k: held.u95_percent.map(|u95| u95.k),
        }
    }
}

/// An expanded uncertainty in % of the reading, with its coverage factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpandedUncertainty {
    pub percent: Decimal,
    pub k: Decimal,
}

/// A percentage alone is stated with k = 2.
impl FromStr for ExpandedUncertainty {
    type Err = rust_decimal::Error;

    fn from_str(percent: &str) -> Result<Self, Self::Err> {
        Ok(Self {
            percent: percent.parse()?,
            k: Decimal::TWO,
        })
    }
}

/// What a person enters to register or change an instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstrumentDraft {
    pub site_id: i64,
    pub collector: String,
    #[schema(value_type = String)]
    pub device: DeviceId,
    pub name: String,
    pub profile: String,
    pub serial: String,
    pub manufacturer: String,
    pub accuracy_class: Option<String>,
    pub purpose: Purpose,
    pub access: Access,
    pub period_seconds: u32,
    pub multiplier: MultiplierForm,
    pub location: String,
    #[schema(value_type = Option<TraceabilityForm>)]
    pub traceability: Option<Traceability>,
    /// Point name to lowest and highest plausible value.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    pub plausible: BTreeMap<PointName, (Decimal, Decimal)>,
    /// The reference standard that usually checks this one.
    #[serde(default)]
    pub reference_id: Option<i64>,
    /// The meter of the same site through which the energy of this one flows.
    #[serde(default)]
    pub master_id: Option<i64>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Instrument {
    pub id: i64,
    pub version: i64,
    pub status: InstrumentStatus,
    #[schema(value_type = Option<String>, format = Date)]
    pub next_check_on: Option<Date>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[serde(flatten)]
    pub draft: InstrumentDraft,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InstrumentPage {
    pub rows: Vec<InstrumentCard>,
    pub total: u64,
}

/// An instrument of the ledger with what its status does not tell.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InstrumentCard {
    #[serde(flatten)]
    pub instrument: Instrument,
    pub condition: Condition,
}

/// A test read (试读) of an instrument that need not be registered yet.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeRequest {
    pub collector: String,
    pub profile: String,
    pub access: Access,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProbedPoint {
    pub point: String,
    pub address: String,
    pub raw: String,
    pub value: Option<String>,
    pub unit: String,
    #[schema(value_type = String)]
    pub quality: Quality,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ProbeResult {
    Read {
        values: Vec<ProbedPoint>,
    },
    /// `no-reading` comes without a detail; `address-not-allowed`, `not-understood` and `other` with one.
    Failed {
        #[schema(value_type = String)]
        cause: ProbeFailure,
        detail: String,
    },
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProbeAnswer {
    pub outcome: ProbeResult,
    pub elapsed_ms: u64,
}

impl From<uplink::ProbeAnswer> for ProbeAnswer {
    fn from(answer: uplink::ProbeAnswer) -> Self {
        let outcome = match answer.outcome {
            uplink::ProbeOutcome::Failed { cause, detail } => ProbeResult::Failed { cause, detail },
            uplink::ProbeOutcome::Read { values } => ProbeResult::Read {
                values: values
                    .into_iter()
                    .map(|read| ProbedPoint {
                        point: read.point,
                        address: read.address,
                        raw: read.raw,
                        value: read.value,
                        unit: read.unit,
                        quality: read.quality,
                    })
                    .collect(),
            },
        };
        Self {
            outcome,
            elapsed_ms: answer.elapsed_ms,
        }
    }
}
