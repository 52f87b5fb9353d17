//! What a batch writes, worked out before it waits for the one task that writes.

use std::collections::BTreeMap;

use devices::DeviceId;
use jiff::Timestamp;
use uplink::Sweep;

use super::block::{self, Content};
use super::journal::Entry;
use super::state::{Points, take_sweep};
use crate::store::{AdmittedBatch, Journaled};

/// A batch, prepared outside the writer as far as possible.
#[derive(Default)]
pub(super) struct PreparedBatch {
    /// Without its place in the journal and the log. `None`: somebody else keeps the journal.
    pub entry: Option<Entry>,
    pub contents: Vec<Content>,
    pub quarantined: Vec<(String, String, Vec<u8>)>,
    pub latest: BTreeMap<DeviceId, Points>,
}

impl PreparedBatch {
    pub(super) fn new(batch: &AdmittedBatch) -> Self {
        let readings = Self::readings(&batch.sweeps, batch.version, batch.received);
        let mut prepared = Self {
            latest: readings.latest,
            contents: readings.contents,
            ..Self::journal(batch)
        };
        if let Some(entry) = &mut prepared.entry {
            entry.blocks = prepared.contents.len() as u64;
        }
        prepared
    }

    /// Without the readings.
    pub(super) fn journal(batch: &AdmittedBatch) -> Self {
        let count = |readings: usize| readings as u64;
        let quarantined = batch.quarantined.iter().map(|q| {
            let device = q.sweep.device.to_string();
            (device, q.reason.clone(), block::encode(&[&q.sweep]))
        });
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
            blocks: 0,
        };
        Self {
            entry: Some(entry),
            quarantined: quarantined.collect(),
            ..Self::default()
        }
    }

    /// Nothing but the readings.
    pub(super) fn readings(sweeps: &[Sweep], version: u32, received: Timestamp) -> Self {
        let mut latest: BTreeMap<DeviceId, Points> = BTreeMap::new();
        for sweep in sweeps {
            match latest.get_mut(&sweep.device) {
                Some(points) => take_sweep(points, sweep, version),
                None => take_sweep(latest.entry(sweep.device.clone()).or_default(), sweep, version),
            }
        }
        Self {
            contents: block::cut(sweeps, version, received),
            latest,
            ..Self::default()
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let contents = self.contents.iter().map(|content| content.body.len() + 200);
        let quarantined = self.quarantined.iter().map(|(_, _, body)| body.len() + 200);
        contents.chain(quarantined).sum()
    }
}
