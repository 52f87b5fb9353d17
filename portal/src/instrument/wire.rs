//! Instruments as they are entered and shown.

use std::collections::BTreeMap;

use devices::{DeviceId, PointName};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod access;
mod condition;
mod model;
mod traceability;

pub use access::{Access, LineSettings};
pub use condition::*;
pub use model::{ProfileCard, ProfilePoint};
pub use traceability::{ExpandedUncertainty, Traceability, TraceabilityForm};

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
