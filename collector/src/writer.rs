//! From the sources into the spool: group commit on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use uplink::Sweep;

use crate::health::Health;
use crate::spool::{Spool, SpoolError};

/// Most sweeps under one `fsync`.
const MOST_PER_COMMIT: usize = 1_000;

/// Sweeps waiting to be written. A full queue holds the sources back: they miss slots, and say so.
pub const QUEUE: usize = 4_096;

/// A sweep on its way into the spool.
#[derive(Debug)]
pub struct Queued {
    pub sweep: Sweep,
    /// Told when the sweep is durable; an MQTT message is acknowledged only then.
    pub durable: Option<oneshot::Sender<()>>,
}

impl From<Sweep> for Queued {
    fn from(sweep: Sweep) -> Self {
        Self { sweep, durable: None }
    }
}

/// Writes until all senders are gone. Whatever queued up during one `fsync` goes under the next.
///
/// A failing disk (full, removed) is tried again each second, and the counters tell; only when
/// `stopping` is set does the thread give up, and counts what is lost.
pub fn run(spool: &Spool, mut queue: mpsc::Receiver<Queued>, health: &Arc<Health>, stopping: &AtomicBool) {
    while let Some(first) = queue.blocking_recv() {
        let mut waiting = Vec::new();
        let mut sweeps = Vec::new();
        let mut next = Some(first);
        while let Some(queued) = next {
            sweeps.push(queued.sweep);
            waiting.extend(queued.durable);
            next = if sweeps.len() < MOST_PER_COMMIT {
                queue.try_recv().ok()
            } else {
                None
            };
        }
        if commit(spool, &mut sweeps, health, stopping) {
            for durable in waiting {
                // Its source may be gone; the sweep is safe all the same.
                let _ = durable.send(());
            }
        }
    }
}

fn commit(spool: &Spool, sweeps: &mut Vec<Sweep>, health: &Health, stopping: &AtomicBool) -> bool {
    let mut failures = 0_u64;
    loop {
        match spool.append(sweeps) {
            Ok(()) => {
                if failures > 0 {
                    tracing::info!(failures, "the spool can be written again");
                }
                return true;
            }
            Err(SpoolError::TooLarge { device, bytes, most }) => {
                // Would fail for ever and hold up all others.
                tracing::error!(
                    device,
                    bytes,
                    most,
                    "a sweep is too large for the spool and is lost"
                );
                let before = sweeps.len();
                sweeps.retain(|sweep| sweep.device.as_str() != device);
                health.counters.sweeps_lost.add((before - sweeps.len()) as u64);
            }
            Err(error) => {
                failures += 1;
                health.counters.spool_failures.one();
                if failures.is_power_of_two() {
                    tracing::error!(%error, waiting = sweeps.len(), "the spool cannot be written; trying again");
                }
                if stopping.load(Ordering::Relaxed) {
                    tracing::error!(%error, lost = sweeps.len(), "stopping although sweeps are not in the spool");
                    health.counters.sweeps_lost.add(sweeps.len() as u64);
                    return false;
                }
                std::thread::sleep(Duration::from_secs(1));
            }
        }
    }
}
