//! Test reads on their way to a collector and back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use uplink::{Access, Probe, ProbeAnswer};

/// Why there is no answer to a test read.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error("collector \"{0}\" did not answer in time; is it running and can it reach the gateway?")]
    CollectorSilent(String),
}

/// Probes waiting for a collector, and people waiting for probes.
#[derive(Default)]
pub struct ProbeDesk {
    waiting: Mutex<BTreeMap<String, Vec<Probe>>>,
    asked: Mutex<HashMap<String, (String, oneshot::Sender<ProbeAnswer>)>>,
    numbers: AtomicU64,
    wake: Notify,
}

impl ProbeDesk {
    pub(crate) async fn ask(
        &self,
        collector: &str,
        profile: &str,
        access: Access,
        timeout: Duration,
    ) -> Result<ProbeAnswer, ProbeError> {
        let id = format!("probe-{}", self.numbers.fetch_add(1, Ordering::Relaxed) + 1);
        let (sender, receiver) = oneshot::channel();
        lock(&self.asked).insert(id.clone(), (collector.to_owned(), sender));
        let probe = Probe {
            id: id.clone(),
            profile: profile.to_owned(),
            access,
        };
        lock(&self.waiting)
            .entry(collector.to_owned())
            .or_default()
            .push(probe);
        self.wake.notify_waiters();
        let answer = tokio::time::timeout(timeout, receiver).await;
        lock(&self.asked).remove(&id);
        if let Some(waiting) = lock(&self.waiting).get_mut(collector) {
            waiting.retain(|probe| probe.id != id);
        }
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(ProbeError::CollectorSilent(collector.to_owned())),
        }
    }

    /// Takes the probes of a collector; each is handed out once.
    pub(crate) fn take(&self, collector: &str) -> Vec<Probe> {
        lock(&self.waiting).remove(collector).unwrap_or_default()
    }

    /// Resolves when a new probe may wait. Create it before looking, so that none is missed.
    pub(crate) fn woken(&self) -> tokio::sync::futures::Notified<'_> {
        self.wake.notified()
    }

    /// False if nobody waits for this answer, or another collector was asked.
    pub(crate) fn answer(&self, collector: &str, answer: ProbeAnswer) -> bool {
        let mut asked = lock(&self.asked);
        match asked.get(&answer.id) {
            Some((of, _)) if of == collector => {}
            _ => return false,
        }
        asked
            .remove(&answer.id)
            .is_some_and(|(_, sender)| sender.send(answer).is_ok())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
