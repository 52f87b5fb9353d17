//! What the portal asks of the gateway: stored readings, live ones, test reads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use devices::{DeviceId, PointName, Provenance, Reading, SeriesId, Window};
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use rust_decimal::Decimal;
use uplink::{DeviceAssignment, ProbeAnswer, Report};

pub mod gateway;

/// The store failed; the message is for the log.
#[derive(Debug, thiserror::Error)]
#[error("the time-series store failed: {0}")]
pub struct FieldError(pub String);

/// No answer to a test read in time.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Silent(pub String);

#[derive(Clone, Debug)]
pub enum Live {
    Sweep(Arc<Vec<Reading>>),
    /// So many sweeps were missed because this listener is slow.
    Lagged(u64),
}

/// What is known of a collector since the gateway started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub last_seen: Timestamp,
    /// Sweeps that wait in its spool; `None`: it did not say.
    pub spooled: Option<u64>,
    /// Sweeps that it had to give up; `None`: it did not say.
    pub lost: Option<u64>,
    /// Readings that were not admitted, by reason.
    pub refused: Vec<Refused>,
    /// What it makes of its orders; `None`: it did not say.
    pub report: Option<Report>,
}

/// Readings that the gateway keeps aside, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub reason: String,
    pub readings: u64,
    /// The device of the last ones.
    pub device: String,
}

/// Lowest and highest plausible value of each point, both included.
pub type Plausible = BTreeMap<PointName, (Decimal, Decimal)>;

/// What one collector may send, for the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectorGrant {
    pub collector: String,
    pub token_sha256: [u8; 32],
    pub devices: Vec<(DeviceAssignment, Plausible)>,
}

#[async_trait]
pub trait Field: Send + Sync {
    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, FieldError>;
    /// Of every point the last value before `before`, however old; a point that never had one is absent.
    async fn values_before(&self, device: &DeviceId, before: Timestamp) -> Result<Vec<Reading>, FieldError>;
    /// In order of the nominal time, at most `limit`.
    async fn range(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
    ) -> Result<Vec<Reading>, FieldError>;
    async fn provenance(
        &self,
        series: &SeriesId,
        nominal: Timestamp,
    ) -> Result<Option<Provenance>, FieldError>;
    fn live(&self) -> BoxStream<'static, Live>;
    async fn probe(
        &self,
        collector: &str,
        profile: &str,
        access: uplink::Access,
        patience: Duration,
    ) -> Result<ProbeAnswer, Silent>;
    /// By collector; one that has not been heard of is absent.
    fn contacts(&self) -> BTreeMap<String, Contact>;
    /// From now on exactly this may be sent. Ingest keeps the last table when the ledger fails.
    fn admit(&self, grants: Vec<CollectorGrant>);
}
