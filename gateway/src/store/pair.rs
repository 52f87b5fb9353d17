//! A journal and a series store that know nothing of each other.

use std::sync::Arc;

use async_trait::async_trait;

use super::{AdmittedBatch, Appended, Condition, Engine, Intake, Journal, SeriesStore, Store, StoreError};

/// Readings first, then the journal. If it ends between the two, the batch was not acknowledged: it comes again, and
/// the same readings are written once more and count once. The other way round they could be missing for ever.
pub struct Pair {
    journal: Arc<dyn Journal>,
    series: Arc<dyn SeriesStore>,
}

impl Pair {
    /// Both, and the pair that takes batches for them.
    pub fn store(journal: Arc<dyn Journal>, series: Arc<dyn SeriesStore>) -> Store {
        Store {
            intake: Arc::new(Self {
                journal: journal.clone(),
                series: series.clone(),
            }),
            journal,
            series,
        }
    }
}

#[async_trait]
impl Engine for Pair {
    fn condition(&self) -> Condition {
        let (journal, series) = (self.journal.condition(), self.series.condition());
        Condition {
            cannot_write: journal.cannot_write.or(series.cannot_write),
            damaged: journal.damaged + series.damaged,
        }
    }

    async fn recheck(&self) {
        self.journal.recheck().await;
        self.series.recheck().await;
    }
}

#[async_trait]
impl Intake for Pair {
    async fn append(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError> {
        if let Some(known) = self.journal.journaled(&batch.key).await? {
            return known.compared_with(batch);
        }
        self.series
            .write(&batch.sweeps, batch.version, batch.received)
            .await?;
        self.journal.record(batch).await
    }
}
