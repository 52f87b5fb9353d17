//! Ingest and time-series store.
//!
//! **Architecture invariant:** the gateway knows no owner, no verdict and no page. A value is stored as
//! accepted; only its quality may be lowered. A batch is acknowledged after it is durable.

pub mod admission;
pub mod broker;
pub mod desk;
pub mod health;
pub mod ingest;
pub mod store;
pub mod tls;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{broadcast, watch};
use uplink::{Access, ProbeAnswer};

pub use admission::{AdmissionTable, CollectorAdmission, DeviceAdmission};
pub use desk::ProbeError;
pub use health::{Contact, Health, Refused};
pub use ingest::LiveSweep;
pub use store::{Journal, SeriesStore, Store};

/// The time is passed in.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Sweeps that a slow listener may fall behind before it is told that it missed some.
const LIVE_BACKLOG: usize = 1024;

/// One gateway: shared by its HTTP handlers and by the portal.
pub struct Gateway {
    store: Store,
    admission: watch::Receiver<Arc<AdmissionTable>>,
    clock: Clock,
    live: broadcast::Sender<Arc<LiveSweep>>,
    desk: desk::ProbeDesk,
    counters: health::Counters,
}

impl Gateway {
    pub fn new(
        store: impl Into<Store>,
        admission: watch::Receiver<Arc<AdmissionTable>>,
        clock: Clock,
    ) -> Arc<Self> {
        Arc::new(Self {
            store: store.into(),
            admission,
            clock,
            live: broadcast::channel(LIVE_BACKLOG).0,
            desk: desk::ProbeDesk::default(),
            counters: health::Counters::default(),
        })
    }

    /// The HTTP interface for collectors, `/uplink/v1/…`, `/health` and `/metrics`.
    pub fn router(self: &Arc<Self>) -> axum::Router {
        ingest::http::router(Arc::clone(self))
    }

    /// Every sweep after it is durable. A receiver that lags is told how many it missed.
    pub fn live(&self) -> broadcast::Receiver<Arc<LiveSweep>> {
        self.live.subscribe()
    }

    /// The readings.
    pub fn store(&self) -> &Arc<dyn SeriesStore> {
        &self.store.series
    }

    /// Which batches came.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.store.journal
    }

    pub fn health(&self) -> Health {
        Health {
            store: self.store.intake.condition(),
            ..self.counters.snapshot()
        }
    }

    /// Counters in the Prometheus text format.
    pub fn metrics_text(&self) -> String {
        health::metrics_text(&self.health())
    }

    /// Asks a collector for a test read and waits for its answer.
    pub async fn probe(
        &self,
        collector: &str,
        profile: &str,
        access: Access,
        timeout: Duration,
    ) -> Result<ProbeAnswer, ProbeError> {
        self.desk.ask(collector, profile, access, timeout).await
    }
}
