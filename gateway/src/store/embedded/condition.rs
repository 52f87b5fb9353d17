//! What speaks against the store: said once when it begins and once when it ends, and shown in between.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::{Condition, StoreError};

#[derive(Default)]
pub(super) struct Watch(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    cannot_write: Option<String>,
    damaged: BTreeSet<String>,
}

impl Watch {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn refused(&self, reason: &str) {
        let before = self.seen().cannot_write.replace(reason.to_owned());
        if before.is_none() {
            tracing::error!(
                reason,
                "the series store cannot write; no batch is acknowledged until it can"
            );
        }
    }

    pub(super) fn wrote(&self) {
        if self.seen().cannot_write.take().is_some() {
            tracing::info!("the series store writes again");
        }
    }

    pub(super) fn can_write(&self) -> bool {
        self.seen().cannot_write.is_none()
    }

    /// Counts and logs a damaged place when it is found first.
    pub(super) fn damaged(&self, place: &str, reason: &str) {
        if self.seen().damaged.insert(place.to_owned()) {
            tracing::error!(place, reason, "the series store is damaged");
        }
    }

    pub(super) fn damage(&self, place: String, reason: String) -> StoreError {
        self.damaged(&place, &reason);
        StoreError::Damaged { place, reason }
    }

    pub(super) fn condition(&self) -> Condition {
        let seen = self.seen();
        Condition {
            cannot_write: seen.cannot_write.clone(),
            damaged: seen.damaged.len() as u64,
        }
    }
}
