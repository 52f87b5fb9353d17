//! What is known of an instrument beside its status.

use devices::Quality;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CommunicationState {
    /// 通信正常: a value within two reading periods and a minute.
    Answering,
    /// 通信中断: no value for longer than that.
    Silent,
    /// 从未通信
    NeverSeen,
    /// 未知: the present is not the caller's to see, a clock is ahead, or the store could not say.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Communication {
    pub state: CommunicationState,
    /// Of a silent instrument: since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_value_at: Option<Timestamp>,
    /// How the newest attempt ended, unless the instrument answers; `null` when nothing arrives at all.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Quality>,
}

impl Communication {
    pub const fn unknown() -> Self {
        Self {
            state: CommunicationState::Unknown,
            last_value_at: None,
            reason: None,
        }
    }
}

/// Of the certificate that stands in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValidityState {
    Valid,
    Ended,
    /// No certificate.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Validity {
    pub state: ValidityState,
    /// The last day.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Condition {
    /// It answers, and its certificate has not ended; a reference standard has one. Where this is false, a status
    /// `normal` is no reason to be calm.
    pub sound: bool,
    pub communication: Communication,
    pub validity: Validity,
}

/// Of the instruments in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommunicationCounts {
    pub answering: u64,
    pub silent: u64,
    pub never_seen: u64,
    pub unknown: u64,
}

/// Of the instruments in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ValidityCounts {
    pub valid: u64,
    pub ended: u64,
    pub none: u64,
}
