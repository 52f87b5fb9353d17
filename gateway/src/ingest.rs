//! dedup → decode → admit → screen → append → acknowledge. Each step is one small file or one call here.
//!
//! A batch that came before costs one look-up: the key stands in front of it and is asked for first.

mod admit;
pub mod http;
mod screen;
mod times;

use std::sync::Arc;

use devices::Reading;
use uplink::{Ack, Batch, BatchKey, DecodeError, Refusal};

use crate::health::count;
use crate::store::{AdmittedBatch, Appended, Journaled, StoreError, readings_of};
use crate::{CollectorAdmission, Gateway};

/// What one device said at one time, after it is durable.
#[derive(Clone, Debug)]
pub struct LiveSweep {
    pub readings: Vec<Reading>,
}

/// Refusals named in an acknowledgement; the rest is only counted.
const MOST_NAMED: usize = 20;

/// Why a batch was not acknowledged. The collector keeps it.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error("{0}")]
    Malformed(#[from] DecodeError),
    #[error("the batch says it comes from collector \"{claimed}\", but \"{authenticated}\" sent it")]
    ForeignCollector { claimed: String, authenticated: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Gateway {
    /// Takes one batch of an authenticated collector all the way to the store.
    pub async fn ingest(
        &self,
        collector: &str,
        admission: &CollectorAdmission,
        bytes: &[u8],
    ) -> Result<Ack, IngestError> {
        let (key, digest) = Batch::peek(bytes).inspect_err(|error| self.count_malformed(error))?;
        if key.collector != collector {
            self.counters
                .change(|health| count(&mut health.malformed, "foreign-collector", 1));
            return Err(IngestError::ForeignCollector {
                claimed: key.collector,
                authenticated: collector.to_owned(),
            });
        }
        let known = self.store.journal.journaled(&key).await;
        if let Some(known) = known.inspect_err(|error| self.count_refused(&key, error))? {
            if known.digest == digest {
                self.counters.change(|health| health.duplicates += 1);
                return Ok(duplicate(&key, known));
            }
            let conflict = StoreError::Conflict { key: key.clone() };
            self.count_refused(&key, &conflict);
            return Err(conflict.into());
        }
        let batch = Batch::decode(bytes).inspect_err(|error| self.count_malformed(error))?;
        let mut admitted = admit::admit(batch, admission, (self.clock)());
        let screened = screen::screen(&mut admitted.sweeps, admission, (self.clock)(), self.store()).await;
        let lowered = screened.inspect_err(|error| self.count_refused(&key, error))?;
        let outgoing = AdmittedBatch {
            key: admitted.key,
            digest,
            received: (self.clock)(),
            version: 0,
            sweeps: admitted.sweeps,
            lowered: lowered.len() as u64,
            quarantined: admitted.quarantined,
        };
        let appended = self.store.intake.append(&outgoing).await;
        let appended = appended.inspect_err(|error| self.count_refused(&key, error))?;
        Ok(self.acknowledge(collector, outgoing, appended, &lowered))
    }

    fn count_malformed(&self, error: &DecodeError) {
        self.counters
            .change(|health| count(&mut health.malformed, malformed_name(error), 1));
    }

    /// A store that cannot write has said so itself, once: not again for every batch.
    fn count_refused(&self, key: &BatchKey, error: &StoreError) {
        let conflict = matches!(error, StoreError::Conflict { .. });
        self.counters.change(|health| {
            *if conflict {
                &mut health.conflicts
            } else {
                &mut health.store_failures
            } += 1;
        });
        if conflict || self.store.intake.condition().cannot_write.is_none() {
            tracing::error!(collector = key.collector, sequence = key.sequence, %error, "batch not stored");
        }
    }

    fn acknowledge(
        &self,
        collector: &str,
        batch: AdmittedBatch,
        appended: Appended,
        lowered: &[devices::Quality],
    ) -> Ack {
        let stored: usize = batch.sweeps.iter().map(|sweep| sweep.values.len()).sum();
        let refused: usize = batch.quarantined.iter().map(|q| q.sweep.values.len()).sum();
        let refusals = batch.quarantined.iter().take(MOST_NAMED).map(|q| Refusal {
            device: q.sweep.device.to_string(),
            reason: q.reason.clone(),
        });
        let duplicate = appended == Appended::Duplicate;
        let ack = Ack {
            epoch: batch.key.epoch,
            sequence: batch.key.sequence,
            duplicate,
            stored: stored as u64,
            lowered: lowered.len() as u64,
            refused: refused as u64,
            refusals: refusals.collect(),
        };
        self.counters.change(|health| {
            if duplicate {
                health.duplicates += 1;
                return;
            }
            health.batches += 1;
            health.readings += ack.stored;
            for quality in lowered {
                count(&mut health.lowered, quality.name(), 1);
            }
            for q in &batch.quarantined {
                health.refuse(collector, q);
            }
        });
        if !duplicate {
            for refusal in &ack.refusals {
                tracing::warn!(
                    collector,
                    device = refusal.device,
                    reason = refusal.reason,
                    "readings not admitted"
                );
            }
            for sweep in &batch.sweeps {
                // Nobody listening is no loss: the store has it.
                let _ = self.live.send(Arc::new(LiveSweep {
                    readings: readings_of(sweep),
                }));
            }
        }
        ack
    }
}

/// The acknowledgement that got lost, but for the names of what was refused.
fn duplicate(key: &BatchKey, known: Journaled) -> Ack {
    Ack {
        epoch: key.epoch,
        sequence: key.sequence,
        duplicate: true,
        stored: known.stored,
        lowered: known.lowered,
        refused: known.refused,
        refusals: Vec::new(),
    }
}

fn malformed_name(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::Magic => "foreign-bytes",
        DecodeError::Version { .. } => "unknown-version",
        DecodeError::Truncated { .. } => "truncated",
        DecodeError::Digest => "damaged",
        DecodeError::Compression => "decompression",
        DecodeError::TooMany { .. } => "too-many",
        DecodeError::Trailing { .. } => "trailing",
        DecodeError::Form(_) => "form",
    }
}
