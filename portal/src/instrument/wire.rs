//! Instruments as they are entered and shown.

use std::collections::BTreeMap;

use devices::{DeviceId, PointName};
use jiff::{Timestamp, civil::Date};
use ledger::instruments::{self, Configuration, Multiplier};
use ledger::{InstrumentId, SiteId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::request::mirrors;

mod access;
mod condition;
mod model;
mod traceability;

pub use access::{Access, LineSettings};
pub use condition::*;
pub use model::{ProfileCard, ProfilePoint};
pub use traceability::{Traceability, TraceabilityForm};

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

/// Why another serial number is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SerialChange {
    /// 更正: the same meter, its number had been mistyped. Earlier windows stay its own.
    Correction,
    /// 换表: another meter hangs there now. Nothing from before is judged as this one's.
    OtherMeter,
}

mirrors!(
    Purpose,
    instruments::Purpose {
        SubMeter,
        MasterMeter,
        ReferenceStandard,
        Process
    }
);
mirrors!(
    InstrumentStatus,
    instruments::InstrumentStatus {
        Normal,
        ToCheck,
        ToSend,
        Stopped
    }
);
mirrors!(
    SerialChange,
    instruments::SerialChange {
        Correction,
        OtherMeter
    }
);

/// What a person enters to register or change an instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstrumentDraft {
    #[schema(value_type = i64)]
    pub site_id: SiteId,
    pub collector: String,
    #[schema(value_type = String)]
    pub device: DeviceId,
    pub name: String,
    pub profile: String,
    pub serial: String,
    /// Of a change to another serial number; `other-meter` unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial_change: Option<SerialChange>,
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
    #[schema(value_type = Option<i64>)]
    pub reference_id: Option<InstrumentId>,
    /// The meter of the same site through which the energy of this one flows.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub master_id: Option<InstrumentId>,
}

impl From<InstrumentDraft> for Configuration {
    fn from(draft: InstrumentDraft) -> Self {
        let multiplier = Multiplier {
            current_ratio: draft.multiplier.current_ratio,
            voltage_ratio: draft.multiplier.voltage_ratio,
            registers_are_primary: draft.multiplier.registers_are_primary,
        };
        Self {
            site_id: draft.site_id,
            collector: draft.collector,
            device: draft.device,
            name: draft.name,
            profile: draft.profile,
            serial: draft.serial,
            serial_change: draft.serial_change.map(Into::into),
            manufacturer: draft.manufacturer,
            accuracy_class: draft.accuracy_class,
            purpose: draft.purpose.into(),
            access: draft.access.into(),
            period_seconds: draft.period_seconds,
            multiplier,
            location: draft.location,
            certificate: draft.traceability.map(Into::into),
            plausible: draft.plausible,
            reference_id: draft.reference_id,
            master_id: draft.master_id,
        }
    }
}

impl From<Configuration> for InstrumentDraft {
    fn from(kept: Configuration) -> Self {
        let multiplier = MultiplierForm {
            current_ratio: kept.multiplier.current_ratio,
            voltage_ratio: kept.multiplier.voltage_ratio,
            registers_are_primary: kept.multiplier.registers_are_primary,
        };
        Self {
            site_id: kept.site_id,
            collector: kept.collector,
            device: kept.device,
            name: kept.name,
            profile: kept.profile,
            serial: kept.serial,
            serial_change: None,
            manufacturer: kept.manufacturer,
            accuracy_class: kept.accuracy_class,
            purpose: kept.purpose.into(),
            access: kept.access.into(),
            period_seconds: kept.period_seconds,
            multiplier,
            location: kept.location,
            traceability: kept.certificate.map(Into::into),
            plausible: kept.plausible,
            reference_id: kept.reference_id,
            master_id: kept.master_id,
        }
    }
}

/// An instrument as lists and results name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InstrumentRef {
    #[schema(value_type = i64)]
    pub id: InstrumentId,
    pub device: String,
    pub name: String,
}

impl From<instruments::InstrumentRef> for InstrumentRef {
    fn from(kept: instruments::InstrumentRef) -> Self {
        Self {
            id: kept.id,
            device: kept.device,
            name: kept.name,
        }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Instrument {
    #[schema(value_type = i64)]
    pub id: InstrumentId,
    pub version: i64,
    pub status: InstrumentStatus,
    #[schema(value_type = Option<String>, format = Date)]
    pub next_check_on: Option<Date>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[serde(flatten)]
    pub draft: InstrumentDraft,
}

impl From<instruments::Instrument> for Instrument {
    fn from(kept: instruments::Instrument) -> Self {
        Self {
            id: kept.id,
            version: kept.version,
            status: kept.status.into(),
            next_check_on: kept.next_check_on,
            created_at: kept.created,
            draft: kept.configuration.into(),
        }
    }
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
