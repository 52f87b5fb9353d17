//! Following the gateway's orders: which devices to read, and probes.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uplink::{DeviceAssignment, Orders, Probe, ProbeAnswer};

use crate::backoff::Backoff;
use crate::field::Field;
use crate::health::{Errand, Health};
use crate::link::Link;
use crate::spool::Spool;

/// How long the gateway may hold an empty answer back.
const LONG_POLL: Duration = Duration::from_secs(25);
/// Probes already taken up, so that one is not answered twice.
const REMEMBERED_PROBES: usize = 256;

/// The assignment on disk: after a restart without a link, reading goes on.
pub struct Cache {
    path: PathBuf,
}

impl Cache {
    pub fn new(spool: &Path) -> Self {
        Self {
            path: spool.join("orders.json"),
        }
    }

    /// `None` if there is none or it is unreadable (then the gateway will tell again).
    pub fn load(&self) -> Option<Orders> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "the cached orders cannot be read");
                return None;
            }
        };
        serde_json::from_slice(&bytes)
            .inspect_err(
                |error| tracing::warn!(path = %self.path.display(), %error, "the cached orders are damaged"),
            )
            .ok()
    }

    fn store(&self, orders: &Orders) -> io::Result<()> {
        let kept = Orders {
            probes: Vec::new(),
            ..orders.clone()
        };
        let new = self.path.with_extension("json.new");
        let mut file = fs::File::create(&new)?;
        file.write_all(&serde_json::to_vec_pretty(&kept)?)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)
    }
}

/// The configuration's own devices, and those of the gateway that are not among them.
pub fn merged(own: &[DeviceAssignment], orders: Option<&Orders>) -> Vec<DeviceAssignment> {
    let mut all = own.to_vec();
    for assignment in orders.map_or(&[][..], |orders| &orders.devices) {
        if all.iter().any(|known| known.device == assignment.device) {
            tracing::warn!(device = %assignment.device, "assigned twice; the first assignment counts");
        } else {
            all.push(assignment.clone());
        }
    }
    all
}

/// Follows orders until `stop`.
pub struct Follower {
    pub link: Link,
    pub field: Arc<Mutex<Field>>,
    pub cache: Cache,
    pub spool: Arc<Spool>,
    pub own: Vec<DeviceAssignment>,
    /// Version that is in force already.
    pub version: u64,
    pub health: Arc<Health>,
    pub backoff: Backoff,
    pub stop: CancellationToken,
}

impl Follower {
    pub async fn run(mut self) {
        let mut taken_up = VecDeque::new();
        // The first question of a link is for whatever is in force: the gateway may have been set
        // up anew and count from the beginning.
        let mut after = 0;
        loop {
            let began = Instant::now();
            let spooled = self.spool.report().pending_sweeps;
            let lost = self.health.counters.sweeps_lost.get();
            let asked = tokio::select! {
                () = self.stop.cancelled() => return,
                asked = self.link.orders(after, LONG_POLL, spooled, lost) => asked,
            };
            after = if asked.is_err() { 0 } else { self.version };
            if asked.is_ok() {
                self.health.link_works(Errand::Orders);
            }
            let wait = match asked {
                Ok(None) => {
                    self.backoff.reset();
                    // A gateway that does not hold the answer back must not be asked without end.
                    Duration::from_secs(1).saturating_sub(began.elapsed())
                }
                Ok(Some(orders)) => {
                    self.backoff.reset();
                    let new = self.follow(orders, &mut taken_up).await;
                    after = self.version;
                    if new {
                        Duration::ZERO
                    } else {
                        // The gateway repeats itself (a probe still open): no busy loop.
                        Duration::from_millis(300)
                    }
                }
                Err(reason) => {
                    self.health.link_failed(Errand::Orders, &reason);
                    self.backoff.next_wait()
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Whether there was anything new.
    async fn follow(&mut self, orders: Orders, taken_up: &mut VecDeque<String>) -> bool {
        let mut new = false;
        if orders.version != self.version {
            new = true;
            tracing::info!(
                version = orders.version,
                devices = orders.devices.len(),
                "new orders"
            );
            if let Err(error) = self.cache.store(&orders) {
                tracing::error!(%error, "the orders cannot be kept; after a restart without a link nothing is read");
            }
            self.field
                .lock()
                .await
                .apply(&merged(&self.own, Some(&orders)))
                .await;
            self.version = orders.version;
            self.health.counters.orders_applied.one();
            self.health
                .with_link(|link| link.orders_version = Some(orders.version));
        }
        for probe in orders.probes {
            if taken_up.contains(&probe.id) {
                continue;
            }
            new = true;
            taken_up.push_back(probe.id.clone());
            if taken_up.len() > REMEMBERED_PROBES {
                taken_up.pop_front();
            }
            self.answer(probe).await;
        }
        new
    }

    /// Answers in a task of its own: a slow device must not hold up new orders.
    async fn answer(&self, probe: Probe) {
        let began = Instant::now();
        let outcome = self.field.lock().await.probe(&probe.profile, &probe.access);
        let (link, health) = (self.link.clone(), Arc::clone(&self.health));
        tokio::spawn(async move {
            let outcome = outcome.await;
            let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let answer = ProbeAnswer {
                id: probe.id,
                outcome,
                elapsed_ms,
            };
            for attempt in 1..=3 {
                match link.answer(&answer).await {
                    Ok(()) => {
                        health.counters.probes_answered.one();
                        return;
                    }
                    Err(reason) => tracing::warn!(
                        probe = answer.id,
                        attempt,
                        "the answer to a probe was not taken: {reason}"
                    ),
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
    }
}
