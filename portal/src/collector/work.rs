//! Collectors with what the gateway knows of them.

use jiff::SignedDuration;

use super::wire::Collector;
use crate::Portal;
use crate::access::Caller;
use crate::problem::Answer;

/// Twice the longest wait of a collector that asks for orders.
const SILENT_AFTER: SignedDuration = SignedDuration::from_secs(120);

impl Portal {
    pub(crate) async fn collectors(&self, caller: &Caller) -> Answer<Vec<Collector>> {
        let kept = self.ledger.collectors(&caller.actor).await?;
        let contacts = self.field.contacts();
        let now = self.now();
        let known = kept.into_iter().map(Collector::from).map(|mut collector| {
            let Some(contact) = contacts.get(&collector.id) else {
                return collector;
            };
            collector.last_seen = Some(contact.last_seen);
            collector.online = now.duration_since(contact.last_seen) < SILENT_AFTER;
            collector.spooled = contact.spooled;
            collector.lost = contact.lost;
            collector.refused = contact.refused.iter().cloned().map(Into::into).collect();
            if let Some(report) = &contact.report {
                collector.not_read = report.not_read.iter().cloned().map(Into::into).collect();
                collector.not_read_unnamed = report.unnamed;
            }
            collector
        });
        Ok(known.collect())
    }
}
