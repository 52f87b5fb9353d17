//! People-facing services: the API, the pages, and the jobs that judge evidence.
//!
//! **Invariant:** every route carries its permission ([`access::Permission`]); SQL lives in `ledger`, time series in
//! `gateway`, and the way from evidence to verdict in `analysis`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::HeaderMap;
use devices::profile::Catalogue;
use ipnet::IpNet;
use jiff::Timestamp;
use ledger::{InstrumentId, Ledger};
use tokio::sync::{Mutex, Semaphore};

pub mod access;
pub mod audit;
pub mod collector;
pub mod estimate;
pub mod field;
pub mod instrument;
pub mod overview;
pub mod plan;
pub mod probe;
pub mod problem;
pub mod procedure;
pub mod reading;
mod refusal;
mod request;
mod router;
pub mod run;
pub mod session;
pub mod site;
mod web;

use access::Caller;
use field::Field;
use probe::Probing;
use problem::Answer;
use session::passwords::Passwords;
use session::sessions::Sessions;
use session::throttle::Throttle;
use session::wire::People;

/// The time is passed in.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a deployment decides.
#[derive(Clone, Debug, Default)]
pub struct PortalConfig {
    /// True behind TLS: the session cookie is then never sent in clear.
    pub secure_cookie: bool,
    /// Proxies whose `X-Forwarded-For` is believed, beside those on this machine.
    pub trusted_proxies: Vec<IpNet>,
}

/// Everything that the portal stands on.
pub struct PortalParts {
    pub ledger: Arc<Ledger>,
    pub field: Arc<dyn Field>,
    pub clock: Clock,
    pub catalogue: &'static Catalogue,
    pub config: PortalConfig,
}

/// Verifications and estimations at once; each reads and judges days of readings.
const RUNS_AT_ONCE: usize = 2;

/// The service.
pub struct Portal {
    ledger: Arc<Ledger>,
    field: Arc<dyn Field>,
    clock: Clock,
    catalogue: &'static Catalogue,
    config: PortalConfig,
    sessions: Sessions,
    throttle: Throttle,
    probing: Probing,
    passwords: Passwords,
    runs: Semaphore,
    /// Masters whose readings were refused by the daily job, and when.
    refused_estimates: std::sync::Mutex<BTreeMap<InstrumentId, Timestamp>>,
    /// Held from reading the ledger to publishing, so that an older table never follows a newer one. Holds the rows that were
    /// named as unreadable: each is logged once.
    publishing: Mutex<Vec<String>>,
}

impl Portal {
    pub fn new(parts: PortalParts) -> Arc<Self> {
        Arc::new(Self {
            ledger: parts.ledger,
            field: parts.field,
            clock: parts.clock,
            catalogue: parts.catalogue,
            config: parts.config,
            sessions: Sessions::default(),
            throttle: Throttle::default(),
            probing: Probing::default(),
            passwords: Passwords::new(),
            runs: Semaphore::new(RUNS_AT_ONCE),
            refused_estimates: std::sync::Mutex::default(),
            publishing: Mutex::default(),
        })
    }

    /// API under `/api/v1`, pages everywhere else.
    pub fn router(self: &Arc<Self>) -> axum::Router {
        router::router(self.clone())
    }

    /// The OpenAPI document as pretty JSON with a final newline, the text of `openapi.json`.
    pub fn openapi(self: &Arc<Self>) -> String {
        let mut text = router::document(self.clone())
            .to_pretty_json()
            .expect("a document of strings serialises");
        text.push('\n');
        text
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    async fn caller(&self, headers: &HeaderMap) -> Answer<Caller> {
        let now = self.now();
        let account = self
            .sessions
            .account(headers, now)
            .ok_or_else(refusal::session::not_signed_in)?;
        let account = self.ledger.account(account).await?;
        account
            .map(Caller::from)
            .ok_or_else(refusal::session::not_signed_in)
    }

    async fn people(&self) -> Answer<People> {
        Ok(People(self.ledger.names().await?))
    }

    fn unit(&self, profile: &str, point: &str) -> Option<String> {
        let profile = self.catalogue.get(profile)?;
        profile.point(point).map(|point| point.unit.symbol().to_owned())
    }
}
