//! Durable jobs: work that outlives a request and a server, with exactly one conclusion each.
//!
//! A worker claims a job for a while (the lease) and holds it as long as nobody else has claimed it since: whoever comes
//! after the lease may take it over, and then the first one's progress and conclusion are refused. What a job brings
//! about, its entries in the outbox and its end are one transaction ([`Ledger::finish_job`]).

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::audit::{Change, append};
use crate::body::Body;
use crate::database::{Row, Transaction, sql};
use crate::outbox::{Topic, tell};
use crate::row::Kept;
use crate::word::words;
use crate::{Actor, JobId, Ledger, LedgerError, Page, SiteId, Word};

mod conclude;
mod timer;
mod work;

pub use conclude::{Conclusion, Effect};
pub use work::Order;

/// How often a job is tried before a person has to look at it.
pub const ATTEMPTS: u32 = 5;
/// How long a job waits after its first failure; each further one doubles it.
const FIRST_DELAY: SignedDuration = SignedDuration::from_secs(30);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// A verification or period check (检测).
    Run,
    /// An estimate of the errors behind a master.
    Estimate,
}

words!(JobKind {
    Run = "run",
    Estimate = "estimate",
});

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Until its time comes and a worker is free.
    Waiting,
    Running,
    Done,
    /// For good, until a person has it tried again.
    Failed,
    Cancelled,
}

words!(JobState {
    Waiting = "waiting",
    Running = "running",
    Done = "done",
    Failed = "failed",
    Cancelled = "cancelled",
});

/// A job to be.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub kind: JobKind,
    pub body: Body,
    /// Who may see it; `None`: only who sees everything.
    pub site_id: Option<SiteId>,
    /// What it is about, as the audit trail names it, e.g. `instrument/7`.
    pub subject: String,
    /// Not tried before.
    pub not_before: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Job {
    pub id: JobId,
    pub kind: JobKind,
    pub body: Body,
    pub site_id: Option<SiteId>,
    pub subject: String,
    /// Login, or `system`.
    pub asked_by: String,
    pub asked: Timestamp,
    pub state: JobState,
    /// The one that runs or ran last, from 1; 0 before the first. Numbered on when a person has it tried again.
    pub attempt: u32,
    /// After it the job fails for good.
    pub last_attempt: u32,
    pub not_before: Timestamp,
    /// Who runs it, and until when nobody takes it over.
    pub lease: Option<Lease>,
    /// Somebody wants it to end.
    pub cancelling: bool,
    pub progress: Progress,
    /// What it brought about.
    pub result: Option<Body>,
    /// Why it last failed.
    pub error: Option<String>,
    pub ended: Option<Timestamp>,
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub owner: String,
    pub until: Timestamp,
}

/// How far a job has come: `done` of `of` steps of a stage, which is a short code such as `readings`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub stage: String,
    pub done: u32,
    pub of: u32,
}

/// What a worker shows to prove that a job is still his.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub job: JobId,
    pub attempt: u32,
    pub owner: String,
}

/// `None` means: do not filter by it.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    pub state: Option<JobState>,
    pub kind: Option<JobKind>,
    /// e.g. `instrument/7`
    pub subject: Option<String>,
}

const NOT_FOUND: LedgerError = LedgerError::NotFound { what: "job" };
/// `{sites}` knows only jobs with a site; who sees everything sees those without one too.
const FILTER: &str = "{sites} AND ($1 IS NULL OR state = $1) AND ($2 IS NULL OR kind = $2)
    AND ($3 IS NULL OR subject = $3)";

/// How long a job waits after its present attempt has failed.
fn delay_after(job: &Job) -> SignedDuration {
    let left = job.last_attempt.saturating_sub(job.attempt).min(ATTEMPTS - 1);
    FIRST_DELAY * 2_i32.pow(ATTEMPTS - 1 - left)
}

fn job_of(row: &Row) -> Result<Job, LedgerError> {
    let row = Kept::of("job", row);
    let lease = match row.get("owner")? {
        None => None,
        Some(owner) => Some(Lease {
            owner,
            until: row.get("lease_until_us")?,
        }),
    };
    Ok(Job {
        id: row.get("id")?,
        kind: row.get("kind")?,
        body: row.get("body")?,
        site_id: row.get("site_id")?,
        subject: row.get("subject")?,
        asked_by: row.get("asked_by")?,
        asked: row.get("asked_us")?,
        state: row.get("state")?,
        attempt: row.get("attempt")?,
        last_attempt: row.get("last_attempt")?,
        not_before: row.get("not_before_us")?,
        lease,
        cancelling: row.get("cancelling")?,
        progress: Progress {
            stage: row.get("stage")?,
            done: row.get("steps_done")?,
            of: row.get("steps")?,
        },
        result: row.get("result")?,
        error: row.get("error")?,
        ended: row.get("ended_us")?,
        version: row.get("version")?,
    })
}

impl Job {
    /// The body, as the worker of its kind reads it.
    ///
    /// # Errors
    /// `unreadable-record`, naming the job, for another format or content.
    pub fn read<T: DeserializeOwned>(&self, format: u32) -> Result<T, LedgerError> {
        self.body
            .content(format)
            .map_err(|reason| LedgerError::unreadable("job", self.id, "body", self.body.json(), reason))
    }

    /// What its worker shows later on; `None` unless it runs.
    pub fn claim(&self) -> Option<Claim> {
        let lease = self.lease.as_ref()?;
        Some(Claim {
            job: self.id,
            attempt: self.attempt,
            owner: lease.owner.clone(),
        })
    }

    fn seen_by(&self, actor: &Actor) -> bool {
        self.site_id
            .map_or(actor.sites.is_none(), |site| actor.sees(site))
    }

    /// Tells of its present state.
    async fn tell(&self, transaction: &mut Transaction, now: Timestamp) -> Result<(), LedgerError> {
        let content = json!({ "job": self.id, "kind": self.kind.word(), "state": self.state.word(),
            "attempt": self.attempt, "cancelling": self.cancelling });
        tell(transaction, Topic::JobState, self.site_id, &content, now).await
    }
}

/// The job as it now is.
async fn job_at(transaction: &mut Transaction, id: JobId) -> Result<Job, LedgerError> {
    let row = sql("SELECT * FROM job WHERE id = $1")
        .bind(id)
        .optional(transaction)
        .await?;
    row.as_ref().map(job_of).transpose()?.ok_or(NOT_FOUND)
}

pub(crate) async fn enqueue_in(
    transaction: &mut Transaction,
    by: Option<&Actor>,
    new: &NewJob,
    now: Timestamp,
) -> Result<JobId, LedgerError> {
    let who = by.map_or("system", |actor| &actor.login);
    let row = sql(
        "INSERT INTO job (kind, body, site_id, subject, asked_by, asked_us, not_before_us, last_attempt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *",
    )
    .bind(new.kind)
    .bind(&new.body)
    .bind(new.site_id)
    .bind(&new.subject)
    .bind(who)
    .bind(now)
    .bind(new.not_before)
    .bind(ATTEMPTS)
    .one(&mut *transaction)
    .await?;
    let job = job_of(&row)?;
    let change = Change {
        at: now,
        who,
        action: "job.asked",
        object: format!("job/{}", job.id),
        site_id: new.site_id,
        detail: format!("{} {}", new.kind.word(), new.subject),
        before: None,
        after: Some(new.body.json().to_owned()),
    };
    append(transaction, change).await?;
    job.tell(transaction, now).await?;
    Ok(job.id)
}

impl Ledger {
    /// Keeps a job, to be done by whichever worker is free; `None` is the system itself.
    ///
    /// # Errors
    /// `not-found` for a site out of the actor's sight.
    pub async fn enqueue(
        &self,
        by: Option<&Actor>,
        new: &NewJob,
        now: Timestamp,
    ) -> Result<JobId, LedgerError> {
        if by.is_some_and(|actor| {
            new.site_id
                .map_or(actor.sites.is_some(), |site| !actor.sees(site))
        }) {
            return Err(LedgerError::NotFound { what: "site" });
        }
        let mut transaction = self.begin().await?;
        let id = enqueue_in(&mut transaction, by, new, now).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Jobs that the actor sees, newest first, and how many there are.
    pub async fn jobs(
        &self,
        actor: &Actor,
        filter: &JobFilter,
        page: Page,
    ) -> Result<(Vec<Job>, u64), LedgerError> {
        let select = |columns: &str, rest: &str| {
            sql(&format!("SELECT {columns} FROM job WHERE {FILTER} {rest}"))
                .bind(filter.state)
                .bind(filter.kind)
                .bind(&filter.subject)
        };
        let rows = select("*", "ORDER BY id DESC LIMIT $4 OFFSET $5")
            .bind(page.limit)
            .bind(page.offset)
            .at_sites(actor, "site_id")
            .all(&self.database)
            .await?;
        let total: i64 = select("COUNT(*)", "")
            .at_sites(actor, "site_id")
            .value(&self.database)
            .await?;
        let rows = rows.iter().map(job_of).collect::<Result<_, _>>()?;
        Ok((rows, total.cast_unsigned()))
    }

    /// # Errors
    /// `not-found`, also for a job out of the actor's sight.
    pub async fn job(&self, actor: &Actor, id: JobId) -> Result<Job, LedgerError> {
        let row = sql("SELECT * FROM job WHERE id = $1")
            .bind(id)
            .optional(&self.database)
            .await?;
        row.as_ref()
            .map(job_of)
            .transpose()?
            .filter(|job| job.seen_by(actor))
            .ok_or(NOT_FOUND)
    }

    /// How many jobs are in each state, and for how long the job has been waiting that could have begun first.
    pub async fn job_counts(&self, now: Timestamp) -> Result<JobCounts, LedgerError> {
        let rows = sql("SELECT state, COUNT(*) AS jobs FROM job GROUP BY state")
            .all(&self.database)
            .await?;
        let mut states = Vec::new();
        for row in &rows {
            let row = Kept::by("job", "state", row);
            states.push((row.get("state")?, row.get::<i64>("jobs")?.cast_unsigned()));
        }
        let since: Option<Timestamp> = sql("SELECT MIN(not_before_us) FROM job WHERE state = 'waiting'")
            .value(&self.database)
            .await?;
        let waiting = since.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
        Ok(JobCounts {
            states,
            longest_waiting: waiting.max(SignedDuration::ZERO),
        })
    }
}

/// For metrics.
#[derive(Clone, Debug)]
pub struct JobCounts {
    /// States that no job is in are left out.
    pub states: Vec<(JobState, u64)>,
    pub longest_waiting: SignedDuration,
}
