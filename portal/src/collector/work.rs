//! Collectors as people see them, and what the gateway may take from them.

use jiff::SignedDuration;

use crate::Portal;
use crate::access::Caller;
use crate::collector::wire::Collector;
use crate::problem::{Answer, Problem};

/// Twice the longest wait of a collector that asks for orders.
const SILENT_AFTER: SignedDuration = SignedDuration::from_secs(120);

impl Portal {
    pub(crate) async fn collectors(&self, caller: &Caller) -> Answer<Vec<Collector>> {
        let mut collectors = self.records.collectors(caller).await?;
        let contacts = self.field.contacts();
        let now = self.now();
        for collector in &mut collectors {
            let Some(contact) = contacts.get(&collector.id) else {
                continue;
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
        }
        Ok(collectors)
    }

    /// The change itself stands in the ledger already; a failure here is logged and made good by the next change.
    pub(crate) async fn instruments_changed(&self) {
        if let Err(problem) = self.publish_admission().await {
            tracing::error!(code = problem.code, "the admission table could not be renewed");
        }
    }

    /// Tells the gateway who may send what. Called at the start and after every change of an instrument.
    ///
    /// # Errors
    /// The ledger failed; the gateway keeps what it had.
    pub async fn publish_admission(&self) -> Result<(), Problem> {
        let mut named = self.publishing.lock().await;
        let grants = self.records.grants().await?;
        for row in grants.unreadable.iter().filter(|row| !named.contains(row)) {
            tracing::error!(row, "left out of the admission table");
        }
        *named = grants.unreadable;
        self.field.admit(grants.collectors);
        Ok(())
    }
}
