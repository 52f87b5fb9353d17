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
use uplink::orders::UnreadProbe;
use uplink::{
    DeviceAssignment, Networks, NotRead, NotReadCause, Orders, Probe, ProbeAnswer, ProbeFailure,
    ProbeOutcome, Report, Understood,
};

use crate::access::Shown;
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
    pub fn load(&self) -> Option<Understood> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "the cached orders cannot be read");
                return None;
            }
        };
        Understood::of(&bytes)
            .inspect_err(
                |error| tracing::warn!(path = %self.path.display(), %error, "the cached orders are damaged"),
            )
            .ok()
    }

    /// As they came, with what this build does not understand: the next one may.
    fn store(&self, orders: &Understood) -> io::Result<()> {
        let new = self.path.with_extension("json.new");
        let mut file = fs::File::create(&new)?;
        file.write_all(&orders.text)?;
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

/// Reads what the orders say, and returns the devices that are not read although they should be.
///
/// A device whose order is not understood stops being read: by an order that is no longer in force its readings could
/// come from another meter, or be decoded by another model.
pub async fn apply(
    field: &mut Field,
    own: &[DeviceAssignment],
    orders: Option<&Understood>,
    health: &Health,
) -> Vec<NotRead> {
    let assignments = merged(own, orders.map(|understood| &understood.orders));
    let mut not_read = field.apply(&assignments).await;
    for unread in orders.into_iter().flat_map(|orders| &orders.not_understood) {
        if own.iter().any(|known| known.device.as_str() == unread.device) {
            continue;
        }
        let detail = format!(
            "its order is not understood: {}; update the collector",
            unread.reason
        );
        tracing::warn!(device = unread.device, "the device is not read: {detail}");
        if let Ok(device) = unread.device.parse() {
            health.not_read(&device, &detail);
        }
        not_read.push(NotRead {
            device: unread.device.clone(),
            cause: NotReadCause::NotUnderstood,
            detail,
        });
    }
    not_read
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
    /// Devices of that version that are not read.
    pub not_read: Vec<NotRead>,
    /// Networks to which connections are opened, for the report.
    pub networks: Networks,
    /// Whether the gateway has heard of both.
    pub reported: bool,
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
            self.report().await;
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
                    // It may have been restarted, and know nothing of us.
                    self.reported = false;
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

    /// Tells the gateway what is not read here, until it has heard it.
    async fn report(&mut self) {
        if self.reported {
            return;
        }
        let report = Report::new(self.version, self.not_read.clone(), self.networks.clone());
        let told = tokio::select! {
            () = self.stop.cancelled() => return,
            told = self.link.report(&report) => told,
        };
        match told {
            Ok(()) => self.reported = true,
            Err(reason) => tracing::debug!("the gateway did not take the report on its orders: {reason}"),
        }
    }

    /// Whether there was anything new.
    async fn follow(&mut self, understood: Understood, taken_up: &mut VecDeque<String>) -> bool {
        let mut new = false;
        let orders = &understood.orders;
        if orders.version != self.version {
            new = true;
            tracing::info!(
                version = orders.version,
                devices = orders.devices.len(),
                "new orders"
            );
            if let Err(error) = self.cache.store(&understood) {
                tracing::error!(%error, "the orders cannot be kept; after a restart without a link nothing is read");
            }
            let mut field = self.field.lock().await;
            self.not_read = apply(&mut field, &self.own, Some(&understood), &self.health).await;
            drop(field);
            self.reported = false;
            self.version = orders.version;
            self.health.counters.orders_applied.one();
            self.health
                .with_link(|link| link.orders_version = Some(orders.version));
        }
        let mut is_new = |id: &String| {
            if taken_up.contains(id) {
                return false;
            }
            taken_up.push_back(id.clone());
            if taken_up.len() > REMEMBERED_PROBES {
                taken_up.pop_front();
            }
            true
        };
        for UnreadProbe { id, reason } in understood.unread_probes {
            if is_new(&id) {
                new = true;
                let outcome = ProbeOutcome::failed(ProbeFailure::NotUnderstood, reason);
                self.answer(id, std::future::ready(outcome));
            }
        }
        for probe in understood.orders.probes {
            if is_new(&probe.id) {
                new = true;
                let outcome = self.field.lock().await.probe(&probe.profile, &probe.access);
                self.answer(probe.id.clone(), told(probe, outcome));
            }
        }
        new
    }

    /// Answers in a task of its own: a slow device must not hold up new orders.
    fn answer(&self, id: String, outcome: impl Future<Output = ProbeOutcome> + Send + 'static) {
        let began = Instant::now();
        let (link, health) = (self.link.clone(), Arc::clone(&self.health));
        tokio::spawn(async move {
            let outcome = outcome.await;
            let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let answer = ProbeAnswer {
                id,
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

/// What the gateway is told of a probe: not why nothing came, which would make it a port scanner. The log here has it.
async fn told(probe: Probe, outcome: impl Future<Output = ProbeOutcome>) -> ProbeOutcome {
    match outcome.await {
        ProbeOutcome::Failed {
            cause: cause @ ProbeFailure::NoReading,
            detail,
        } => {
            tracing::info!(probe = probe.id, access = %Shown(&probe.access), "a test read gave nothing: {detail}");
            ProbeOutcome::failed(cause, "")
        }
        other => other,
    }
}
