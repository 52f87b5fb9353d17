//! Sending batches, one after the other, until the gateway has each of them.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::backoff::Backoff;
use crate::health::{Errand, Health};
use crate::link::{Link, Sent};
use crate::spool::{Outgoing, Spool, SpoolError};

/// First and longest wait between attempts.
pub const WAITS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(60));

/// Sends what the spool holds until `stop`. One batch is on its way at a time, so order is kept.
pub async fn run(
    spool: Arc<Spool>,
    link: Link,
    clock: Clock,
    health: Arc<Health>,
    mut backoff: Backoff,
    stop: CancellationToken,
) {
    let mut changed = spool.changed();
    loop {
        // Before looking, so that an append in between wakes us at once.
        changed.borrow_and_update();
        let wait = match next(&spool).await {
            Ok(None) => {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = changed.changed() => continue,
                }
            }
            Ok(Some(batch)) => {
                let sent = tokio::select! {
                    () = stop.cancelled() => return,
                    sent = link.send(batch.bytes.clone()) => sent,
                };
                match settle(&spool, &batch, sent, &clock, &health).await {
                    Ok(()) => {
                        backoff.reset();
                        continue;
                    }
                    Err((reason, wait)) => {
                        health.counters.send_failures.one();
                        health.link_failed(Errand::Batches, &reason);
                        wait.unwrap_or_default().max(backoff.next_wait())
                    }
                }
            }
            Err(error) => {
                health.counters.spool_failures.one();
                health.link_failed(Errand::Batches, &error.to_string());
                backoff.next_wait()
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn next(spool: &Arc<Spool>) -> Result<Option<Arc<Outgoing>>, SpoolError> {
    on_disk(spool, Spool::next_batch).await
}

/// Disk calls do not belong on the runtime's threads.
async fn on_disk<T: Send + 'static>(
    spool: &Arc<Spool>,
    call: impl FnOnce(&Spool) -> Result<T, SpoolError> + Send + 'static,
) -> Result<T, SpoolError> {
    let spool = Arc::clone(spool);
    tokio::task::spawn_blocking(move || call(&spool))
        .await
        .expect("the spool does not panic")
}

type NotYet = (String, Option<Duration>);

async fn settle(
    spool: &Arc<Spool>,
    batch: &Outgoing,
    sent: Sent,
    clock: &Clock,
    health: &Health,
) -> Result<(), NotYet> {
    let key = batch.key.clone();
    match sent {
        Sent::Acknowledged(ack) if (ack.epoch, ack.sequence) == (key.epoch, key.sequence) => {
            on_disk(spool, move |spool| spool.acknowledge(&key))
                .await
                .map_err(|error| (error.to_string(), None))?;
            let counters = &health.counters;
            counters.batches_acknowledged.one();
            counters.batches_duplicate.add(u64::from(ack.duplicate));
            counters.readings_lowered.add(ack.lowered);
            counters.readings_refused.add(ack.refused);
            for refusal in &ack.refusals {
                tracing::warn!(
                    device = refusal.device,
                    "the gateway did not admit readings: {}",
                    refusal.reason
                );
            }
            health.link_works(Errand::Batches);
            health.with_link(|link| link.last_acknowledged = Some(clock()));
            Ok(())
        }
        Sent::Acknowledged(ack) => {
            let reason = format!(
                "the gateway acknowledged batch {}/{}, not {}/{} which was sent",
                ack.epoch, ack.sequence, key.epoch, key.sequence
            );
            Err((reason, None))
        }
        Sent::Later { reason, wait } => Err((reason, wait)),
        Sent::Conflict { reason } => {
            tracing::error!(
                epoch = key.epoch,
                sequence = key.sequence,
                "the gateway has another batch under this key (was the spool copied or restored?); sending on in a \
                 new epoch: {reason}"
            );
            on_disk(spool, move |spool| spool.begin_new_epoch(&key))
                .await
                .map_err(|error| (error.to_string(), None))?;
            health.counters.epochs_begun.one();
            Ok(())
        }
        Sent::Refused { reason } => {
            tracing::error!(
                epoch = key.epoch,
                sequence = key.sequence,
                sweeps = batch.sweeps,
                "the gateway refuses this batch; it is kept in the spool's refused/ folder: {reason}"
            );
            on_disk(spool, move |spool| spool.set_aside(&key, &reason))
                .await
                .map_err(|error| (error.to_string(), None))?;
            health.counters.batches_set_aside.one();
            Ok(())
        }
    }
}
