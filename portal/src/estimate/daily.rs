//! An estimate a day of every master, without being asked.

use axum::http::StatusCode;
use devices::Window;
use jiff::{SignedDuration, Timestamp};
use ledger::InstrumentId;

use super::work::Balance;
use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};

/// How long an estimate, or a refusal, stands.
const DAILY: SignedDuration = SignedDuration::from_hours(24);
/// So much of the past is looked at.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Fewer readings say nothing about most meters.
const LEAST: SignedDuration = SignedDuration::from_hours(24 * 3);

impl Portal {
    /// Estimates the errors behind every master whose last estimate is older than a day, and gives how many were made. To
    /// be called every hour. What a master's readings do not allow is logged and tried again a day later; a failure of the
    /// store, an hour later.
    ///
    /// # Errors
    /// The ledger failed before the first of them.
    pub async fn estimate_masters(&self, now: Timestamp) -> Result<usize, Problem> {
        let system = Caller::system();
        let mut made = 0;
        for master in self.ledger.masters().await? {
            let fresh = |at: Timestamp| now.duration_since(at) < DAILY;
            if master.estimated.is_some_and(fresh) || self.refused_at(master.id).is_some_and(fresh) {
                continue;
            }
            match self.estimate_unasked(&system, master.id, now).await {
                Ok(true) => made += 1,
                Ok(false) => tracing::debug!(master = %master.id, "too few readings for an estimate yet"),
                Err(problem) => {
                    let reason = &problem.detail;
                    tracing::warn!(master = %master.id, %reason, "the errors behind this master could not be estimated");
                    if problem.status == StatusCode::UNPROCESSABLE_ENTITY.as_u16() {
                        self.refused_estimates().insert(master.id, now);
                    }
                }
            }
        }
        Ok(made)
    }

    /// False when there is not enough to look at yet.
    async fn estimate_unasked(&self, system: &Caller, master: InstrumentId, now: Timestamp) -> Answer<bool> {
        let master = self.ledger.instrument(&system.actor, master).await?;
        let from = now.saturating_sub(LOOKED_BACK).unwrap_or(Timestamp::MIN);
        let _place = self
            .runs
            .acquire()
            .await
            .map_err(|error| Problem::internal(&error))?;
        let balance = Balance::behind(self, system, master, Window { from, to: now }).await?;
        if balance.read() < LEAST {
            return Ok(false);
        }
        let made = balance.estimate(self).await?;
        self.ledger.record_estimate(None, &made, now).await?;
        Ok(true)
    }

    fn refused_at(&self, master: InstrumentId) -> Option<Timestamp> {
        self.refused_estimates().get(&master).copied()
    }

    fn refused_estimates(
        &self,
    ) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<InstrumentId, Timestamp>> {
        self.refused_estimates.lock().expect("no holder panics")
    }
}
