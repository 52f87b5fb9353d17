//! A job on its way: claimed, carried on, failed, cancelled, tried again. Each step is one transaction.

use jiff::{SignedDuration, Timestamp};

use super::{ATTEMPTS, Claim, Job, JobKind, JobState, NOT_FOUND, Progress, delay_after, job_at, job_of};
use crate::audit::{Change, append};
use crate::database::{Bind, Transaction, sql};
use crate::{Actor, JobId, Ledger, LedgerError};

/// What a worker is told in answer to his progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    GoOn,
    /// Somebody wants the job to end: leave it with [`Ledger::fail_job`] or finish it if it is nearly done.
    Cancel,
}

/// Why a job ends whose lease has.
const NOBODY_CAME_BACK: &str = "its worker did not come back";

impl Ledger {
    /// The next job of these kinds for a worker, if there is one: the longest due that waits, or that somebody else left
    /// when his lease ended. `owner` names the worker among all servers.
    ///
    /// A job that nobody can read, or whose workers vanished [`ATTEMPTS`] times, fails for good instead.
    pub async fn claim_job(
        &self,
        owner: &str,
        kinds: &[JobKind],
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Job>, LedgerError> {
        let mut transaction = self.begin().await?;
        let claimed = loop {
            let next = sql(
                "SELECT * FROM job WHERE {kinds} AND (state = 'waiting' AND not_before_us <= $1
                     OR state = 'running' AND lease_until_us <= $1)
                 ORDER BY not_before_us, id LIMIT 1",
            )
            .bind(now)
            .with("{kinds}", |name| {
                let kinds: Vec<_> = kinds
                    .iter()
                    .map(|kind| format!("kind = {}", name(kind.value())))
                    .collect();
                format!(
                    "(FALSE OR {})",
                    if kinds.is_empty() {
                        "FALSE".to_owned()
                    } else {
                        kinds.join(" OR ")
                    }
                )
            })
            .optional(&mut transaction)
            .await?;
            let Some(row) = next else { break None };
            let job = match job_of(&row) {
                Ok(job) => job,
                Err(unreadable) => {
                    give_up(&mut transaction, &row, &unreadable.to_string(), now).await?;
                    continue;
                }
            };
            if job.state == JobState::Running && job.cancelling {
                end(&mut transaction, &job, JobState::Cancelled, NOBODY_CAME_BACK, now).await?;
            } else if job.attempt >= job.last_attempt {
                end(&mut transaction, &job, JobState::Failed, NOBODY_CAME_BACK, now).await?;
            } else {
                break Some(take(&mut transaction, &job, owner, now + lease, now).await?);
            }
        };
        transaction.commit().await?;
        Ok(claimed)
    }

    /// Notes how far a job has come and holds it for another lease.
    ///
    /// # Errors
    /// `claim-lost` if somebody else has claimed the job since, or it has ended.
    pub async fn job_progress(
        &self,
        claim: &Claim,
        progress: &Progress,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Order, LedgerError> {
        let mut transaction = self.begin().await?;
        let job = held(&mut transaction, claim).await?;
        sql("UPDATE job SET lease_until_us = $2, stage = $3, steps_done = $4, steps = $5, version = version + 1 WHERE id = $1")
            .bind(job.id)
            .bind(now + lease)
            .bind(&progress.stage)
            .bind(progress.done)
            .bind(progress.of)
            .run(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(if job.cancelling {
            Order::Cancel
        } else {
            Order::GoOn
        })
    }

    /// A worker gives a job back. If trying again may help, it waits, longer each time, and fails for good after
    /// [`ATTEMPTS`]; else it does so at once. One that was to be cancelled is.
    ///
    /// # Errors
    /// `claim-lost`.
    pub async fn fail_job(
        &self,
        claim: &Claim,
        error: &str,
        try_again: bool,
        now: Timestamp,
    ) -> Result<JobState, LedgerError> {
        let mut transaction = self.begin().await?;
        let job = held(&mut transaction, claim).await?;
        let state = if job.cancelling {
            JobState::Cancelled
        } else if try_again && job.attempt < job.last_attempt {
            JobState::Waiting
        } else {
            JobState::Failed
        };
        if state == JobState::Waiting {
            let row = sql(
                "UPDATE job SET state = 'waiting', owner = NULL, lease_until_us = NULL, not_before_us = $2, error = $3,
                 version = version + 1 WHERE id = $1 RETURNING *",
            )
            .bind(job.id)
            .bind(now + delay_after(&job))
            .bind(error)
            .one(&mut transaction)
            .await?;
            job_of(&row)?.tell(&mut transaction, now).await?;
        } else {
            end(&mut transaction, &job, state, error, now).await?;
        }
        transaction.commit().await?;
        Ok(state)
    }

    /// A waiting or failed job ends at once; of a running one it is asked for, and the worker is told at its next progress.
    ///
    /// # Errors
    /// `not-found`; `job-ended` for one that is done or cancelled.
    pub async fn cancel_job(
        &self,
        actor: &Actor,
        id: JobId,
        now: Timestamp,
    ) -> Result<JobState, LedgerError> {
        let mut transaction = self.begin().await?;
        let job = seen(&mut transaction, actor, id).await?;
        match job.state {
            JobState::Done | JobState::Cancelled => return Err(LedgerError::JobEnded),
            JobState::Waiting | JobState::Failed => {
                end(&mut transaction, &job, JobState::Cancelled, "", now).await?;
            }
            JobState::Running => {
                let row =
                    sql("UPDATE job SET cancelling = 1, version = version + 1 WHERE id = $1 RETURNING *")
                        .bind(id)
                        .one(&mut transaction)
                        .await?;
                job_of(&row)?.tell(&mut transaction, now).await?;
            }
        }
        note(&mut transaction, &job, &actor.login, "job.cancelled", now).await?;
        let state = job_at(&mut transaction, id).await?.state;
        transaction.commit().await?;
        Ok(state)
    }

    /// A job that failed for good is tried again, as often as at first.
    ///
    /// # Errors
    /// `not-found`; `job-ended` for one that has not failed.
    pub async fn retry_job(&self, actor: &Actor, id: JobId, now: Timestamp) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        let job = seen(&mut transaction, actor, id).await?;
        if job.state != JobState::Failed {
            return Err(LedgerError::JobEnded);
        }
        let row = sql(
            "UPDATE job SET state = 'waiting', last_attempt = attempt + $3, not_before_us = $2, ended_us = NULL, cancelling = 0,
             version = version + 1 WHERE id = $1 RETURNING *",
        )
        .bind(id)
        .bind(now)
        .bind(ATTEMPTS)
        .one(&mut transaction)
        .await?;
        job_of(&row)?.tell(&mut transaction, now).await?;
        note(&mut transaction, &job, &actor.login, "job.retried", now).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// The job, if it is still this worker's.
pub(super) async fn held(transaction: &mut Transaction, claim: &Claim) -> Result<Job, LedgerError> {
    let job = job_at(transaction, claim.job).await?;
    if job.claim().as_ref() == Some(claim) {
        Ok(job)
    } else {
        Err(LedgerError::ClaimLost)
    }
}

async fn seen(transaction: &mut Transaction, actor: &Actor, id: JobId) -> Result<Job, LedgerError> {
    let job = job_at(transaction, id).await?;
    if job.seen_by(actor) {
        Ok(job)
    } else {
        Err(NOT_FOUND)
    }
}

async fn take(
    transaction: &mut Transaction,
    job: &Job,
    owner: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<Job, LedgerError> {
    let row = sql(
        "UPDATE job SET state = 'running', attempt = attempt + 1, owner = $2, lease_until_us = $3, stage = '',
         steps_done = 0, steps = 0, version = version + 1 WHERE id = $1 RETURNING *",
    )
    .bind(job.id)
    .bind(owner)
    .bind(until)
    .one(&mut *transaction)
    .await?;
    let taken = job_of(&row)?;
    taken.tell(transaction, now).await?;
    Ok(taken)
}

/// Ends a job without a result; `error` may be empty.
async fn end(
    transaction: &mut Transaction,
    job: &Job,
    state: JobState,
    error: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let row = sql(
        "UPDATE job SET state = $2, owner = NULL, lease_until_us = NULL, error = CASE WHEN $3 = '' THEN error ELSE $3 END,
         ended_us = $4, version = version + 1 WHERE id = $1 RETURNING *",
    )
    .bind(job.id)
    .bind(state)
    .bind(error)
    .bind(now)
    .one(&mut *transaction)
    .await?;
    let ended = job_of(&row)?;
    ended.tell(transaction, now).await?;
    if state == JobState::Failed {
        note(transaction, &ended, "system", "job.failed", now).await?;
    }
    Ok(())
}

/// A row that nobody can read must not stand before the others for ever.
async fn give_up(
    transaction: &mut Transaction,
    row: &crate::database::Row,
    error: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let id: JobId = crate::row::Kept::of("job", row).get("id")?;
    sql(
        "UPDATE job SET state = 'failed', owner = NULL, lease_until_us = NULL, error = $2, ended_us = $3,
         version = version + 1 WHERE id = $1",
    )
    .bind(id)
    .bind(error)
    .bind(now)
    .run(&mut *transaction)
    .await?;
    let change = Change {
        at: now,
        who: "system",
        action: "job.failed",
        object: format!("job/{id}"),
        site_id: None,
        detail: error.to_owned(),
        before: None,
        after: None,
    };
    append(transaction, change).await
}

async fn note(
    transaction: &mut Transaction,
    job: &Job,
    who: &str,
    action: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let change = Change {
        at: now,
        who,
        action,
        object: format!("job/{}", job.id),
        site_id: job.site_id,
        detail: format!("{} {}", job.subject, job.error.as_deref().unwrap_or_default())
            .trim()
            .to_owned(),
        before: None,
        after: None,
    };
    append(transaction, change).await
}
