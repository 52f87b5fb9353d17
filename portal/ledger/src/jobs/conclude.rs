//! The end of a job: what it brings about, what is told of it and its state are one transaction.

use jiff::Timestamp;
use serde_json::json;

use super::work::held;
use super::{Claim, job_of};
use crate::body::Body;
use crate::database::sql;
use crate::estimates::{NewEstimate, record_estimate_in};
use crate::runs::{NewRun, record_run_in};
use crate::{Actor, EstimateId, Ledger, LedgerError, RunId};

/// Of the results that this program writes.
const FORMAT: u32 = 1;

/// What a job brings about.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A run, recorded as the person's who asked for it.
    Run { by: Actor, run: NewRun },
    /// An estimate; `None` is the daily round.
    Estimate {
        by: Option<Actor>,
        estimate: NewEstimate,
    },
    /// Nothing in the ledger but this result.
    Only(Body),
}

/// What a job brought about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    Run(RunId),
    Estimate(EstimateId),
    Only,
}

impl Ledger {
    /// Ends a job with its effect, once: whoever lost the claim, or comes a second time, changes nothing.
    ///
    /// # Errors
    /// `claim-lost`; whatever recording the effect refuses: then the job is still the worker's.
    pub async fn finish_job(
        &self,
        claim: &Claim,
        effect: &Effect,
        now: Timestamp,
    ) -> Result<Conclusion, LedgerError> {
        let mut transaction = self.begin().await?;
        let job = held(&mut transaction, claim).await?;
        let (conclusion, result) = match effect {
            Effect::Run { by, run } => {
                let id = record_run_in(&mut transaction, by, run, now).await?;
                (Conclusion::Run(id), Body::new(FORMAT, &json!({ "run": id }))?)
            }
            Effect::Estimate { by, estimate } => {
                let id = record_estimate_in(&mut transaction, by.as_ref(), estimate, now).await?;
                (
                    Conclusion::Estimate(id),
                    Body::new(FORMAT, &json!({ "estimate": id }))?,
                )
            }
            Effect::Only(result) => (Conclusion::Only, result.clone()),
        };
        let row = sql(
            "UPDATE job SET state = 'done', owner = NULL, lease_until_us = NULL, result = $2, error = NULL, ended_us = $3,
             version = version + 1 WHERE id = $1 RETURNING *",
        )
        .bind(job.id)
        .bind(&result)
        .bind(now)
        .one(&mut transaction)
        .await?;
        job_of(&row)?.tell(&mut transaction, now).await?;
        transaction.commit().await?;
        Ok(conclusion)
    }
}
