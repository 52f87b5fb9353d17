//! What a batch writes, worked out before it waits for the one task that writes.

use std::collections::BTreeMap;

use devices::DeviceId;

use super::block::{self, Content};
use super::journal::Entry;
use super::state::{Points, take_sweep};
use crate::store::{AdmittedBatch, Journaled};

/// A batch, prepared outside the writer as far as possible.
pub(super) struct PreparedBatch {
    /// Without its place in the journal and the log.
    pub entry: Entry,
    pub contents: Vec<Content>,
    pub quarantined: Vec<(String, String, Vec<u8>)>,
    pub latest: BTreeMap<DeviceId, Points>,
}

impl PreparedBatch {
    pub(super) fn new(batch: &AdmittedBatch) -> Self {
        let count = |readings: usize| readings as u64;
        let mut latest: BTreeMap<DeviceId, Points> = BTreeMap::new();
        for sweep in &batch.sweeps {
            match latest.get_mut(&sweep.device) {
                Some(points) => take_sweep(points, sweep),
                None => take_sweep(latest.entry(sweep.device.clone()).or_default(), sweep),
            }
        }
        let quarantined = batch.quarantined.iter().map(|q| {
            let device = q.sweep.device.to_string();
            (device, q.reason.clone(), block::encode(&[&q.sweep]))
        });
        let contents = block::cut(&batch.sweeps);
        let entry = Entry {
            id: 0,
            key: batch.key.clone(),
            journaled: Journaled {
                digest: batch.digest,
                stored: count(batch.sweeps.iter().map(|sweep| sweep.values.len()).sum()),
                lowered: batch.lowered,
                refused: count(batch.quarantined.iter().map(|q| q.sweep.values.len()).sum()),
            },
            received_us: batch.received.as_microsecond(),
            quarantined: count(batch.quarantined.len()),
            first_block: 0,
            blocks: count(contents.len()),
        };
        Self {
            entry,
            contents,
            quarantined: quarantined.collect(),
            latest,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let contents = self.contents.iter().map(|content| content.body.len() + 200);
        let quarantined = self.quarantined.iter().map(|(_, _, body)| body.len() + 200);
        contents.chain(quarantined).sum()
    }
}
