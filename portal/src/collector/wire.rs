//! Collectors as people see them.

use jiff::Timestamp;
use ledger::{SiteId, accounts};
use serde::Serialize;
use uplink::{NotRead, NotReadCause};
use utoipa::ToSchema;

use crate::field::Refused;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Collector {
    pub id: String,
    #[schema(value_type = i64)]
    pub site_id: SiteId,
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

/// As the ledger knows it, before the gateway is asked.
impl From<accounts::Collector> for Collector {
    fn from(kept: accounts::Collector) -> Self {
        Self {
            id: kept.id,
            site_id: kept.site_id,
            name: kept.name,
            online: false,
            last_seen: None,
            spooled: None,
            lost: None,
            not_read: Vec::new(),
            not_read_unnamed: 0,
            refused: Vec::new(),
        }
    }
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
