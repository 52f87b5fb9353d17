//! Sessions, parties, sites, overview, audit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uplink::{NotRead, NotReadCause};
use utoipa::ToSchema;

use super::{CommunicationCounts, ValidityCounts};
use crate::access::Role;
use crate::field::Refused;

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    pub login: String,
    pub password: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartyRef {
    pub id: i64,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SiteRef {
    pub id: i64,
    pub name: String,
}

/// The signed-in person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    pub login: String,
    pub name: String,
    pub roles: Vec<Role>,
    pub party: PartyRef,
    pub sites: Vec<SiteRef>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Site {
    pub id: i64,
    pub name: String,
    pub party: PartyRef,
    pub description: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Collector {
    pub id: String,
    pub site_id: i64,
    pub name: String,
    /// Heard of within the last two minutes.
    pub online: bool,
    /// Since the gateway started.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
    /// Sweeps that wait in the collector's spool; `null` when it did not say.
    pub spooled: Option<u64>,
    /// Sweeps that the collector had to give up; `null` when it did not say.
    pub lost: Option<u64>,
    /// Devices that it was told to read and does not.
    pub not_read: Vec<NotReadDevice>,
    /// How many more it does not read.
    pub not_read_unnamed: u64,
    /// Readings that the gateway did not admit and keeps aside, since it started.
    pub refused: Vec<RefusedReadings>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NotReadDevice {
    pub device: String,
    /// `not-understood`: the collector wants an update; `address-not-allowed`, `not-possible`, `unknown`.
    #[schema(value_type = String)]
    pub cause: NotReadCause,
    /// As in the collector's log.
    pub detail: String,
}

impl From<NotRead> for NotReadDevice {
    fn from(told: NotRead) -> Self {
        Self {
            device: told.device,
            cause: told.cause,
            detail: told.detail,
        }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusedReadings {
    /// `unknown-device`, `time-ahead`, …
    pub reason: String,
    pub readings: u64,
    /// The device of the last ones.
    pub device: String,
}

impl From<Refused> for RefusedReadings {
    fn from(refused: Refused) -> Self {
        Self {
            reason: refused.reason,
            readings: refused.readings,
            device: refused.device,
        }
    }
}

/// How many instruments are in each state.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct StatusCounts {
    pub normal: u64,
    pub to_check: u64,
    pub to_send: u64,
    pub stopped: u64,
}

#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Overview {
    pub instruments: StatusCounts,
    /// Of the normal ones, how many do not answer or have a certificate that has ended.
    pub normal_in_doubt: u64,
    pub communication: CommunicationCounts,
    pub validity: ValidityCounts,
    pub awaiting_review: u64,
    pub overdue_checks: u64,
    pub collectors: Vec<Collector>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    pub id: i64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub who: String,
    pub action: String,
    pub object: String,
    pub detail: String,
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    #[schema(value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditPage {
    pub rows: Vec<AuditEntry>,
    pub total: u64,
}
