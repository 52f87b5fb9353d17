//! Runs and their review by a second person.

use devices::Window;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::accounts::{Role, demand_role};
use crate::audit::{Change, append};
use crate::database::{Row, Transaction, sql};
use crate::instruments::{InstrumentRef, instrument_in};
use crate::outbox::{Topic, tell};
use crate::row::Kept;
use crate::word::words;
use crate::{Actor, InstrumentId, Ledger, LedgerError, Page, Rule, RunId, SiteId, Word};

/// The engine's own.
pub use verification::conclusion::Verdict;

mod review;
mod status_rule;

/// What kind of run it was. Neither is a 检定 and neither carries traceability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 远程在线检测
    OnlineVerification,
    /// 期间核查
    PeriodCheck,
}

words!(Kind {
    OnlineVerification = "online-verification",
    PeriodCheck = "period-check",
});

words!(Verdict {
    Conforms = "conforms",
    DoesNotConform = "does-not-conform",
    Inconclusive = "inconclusive",
});

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunState {
    /// 待核验
    AwaitingReview,
    /// 已确认
    Confirmed,
    /// 已退回
    Returned,
}

words!(RunState {
    AwaitingReview = "awaiting-review",
    Confirmed = "confirmed",
    Returned = "returned",
});

/// A run to be recorded; it is frozen from then on.
#[derive(Clone, Debug)]
pub struct NewRun {
    pub kind: Kind,
    pub instrument_id: InstrumentId,
    pub reference_id: Option<InstrumentId>,
    pub window: Window,
    pub verdict: Verdict,
    /// JSON as the engine wrote it.
    pub conclusion: String,
    pub engine: String,
    pub evidence_sha256: String,
    pub procedure_sha256: String,
    pub frozen: Frozen,
}

/// The bytes that a run keeps for a recheck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    pub evidence: Vec<u8>,
    /// The engine's recheck bundle, JSON.
    pub bundle: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Run {
    pub id: RunId,
    pub kind: Kind,
    pub instrument: InstrumentRef,
    pub reference: Option<InstrumentRef>,
    pub site_id: SiteId,
    pub window: Window,
    pub verdict: Verdict,
    pub conclusion: String,
    pub engine: String,
    pub evidence_sha256: String,
    pub procedure_sha256: String,
    pub operator: String,
    pub created: Timestamp,
    pub state: RunState,
    pub reviewer: Option<String>,
    pub reviewed: Option<Timestamp>,
    pub note: String,
    pub version: i64,
}

#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    pub state: Option<RunState>,
    pub kind: Option<Kind>,
    pub instrument: Option<InstrumentId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Confirm,
    Return,
}

const NOT_FOUND: LedgerError = LedgerError::NotFound { what: "run" };

fn run_of(row: &Row) -> Result<Run, LedgerError> {
    let row = Kept::of("run", row);
    let reference = match row.get("reference_id")? {
        None => None,
        Some(id) => Some(InstrumentRef {
            id,
            device: row.get("reference_device")?,
            name: row.get("reference_name")?,
        }),
    };
    Ok(Run {
        id: row.get("id")?,
        kind: row.get("kind")?,
        instrument: InstrumentRef {
            id: row.get("instrument_id")?,
            device: row.get("device")?,
            name: row.get("name")?,
        },
        reference,
        site_id: row.get("site_id")?,
        window: row.window("from_us", "to_us")?,
        verdict: row.get("verdict")?,
        conclusion: row.get("conclusion")?,
        engine: row.get("engine")?,
        evidence_sha256: row.get("evidence_sha256")?,
        procedure_sha256: row.get("procedure_sha256")?,
        operator: row.get("operator")?,
        created: row.get("created_us")?,
        state: row.get("state")?,
        reviewer: row.get("reviewer")?,
        reviewed: row.get("reviewed_us")?,
        note: row.get("note")?,
        version: row.get("version")?,
    })
}

/// A run with the names around it; the blobs stay where they are until asked for.
macro_rules! select_run {
    ($rest:literal) => {
        concat!(
            "SELECT run.id, run.kind, run.instrument_id, run.reference_id, run.from_us, run.to_us, run.verdict, run.conclusion,
                    run.engine, run.evidence_sha256, run.procedure_sha256, run.created_us, run.state, run.reviewed_us, run.note,
                    run.version, subject.site_id, subject.device, subject.name, reference.device AS reference_device,
                    reference.name AS reference_name, ran.login AS operator, reviewed.login AS reviewer
             FROM run JOIN instrument AS subject ON subject.id = run.instrument_id
             LEFT JOIN instrument AS reference ON reference.id = run.reference_id
             JOIN account AS ran ON ran.id = run.operator_id
             LEFT JOIN account AS reviewed ON reviewed.id = run.reviewer_id ",
            $rest
        )
    };
}
use select_run;

impl NewRun {
    /// Refuses what nobody can have judged; the message names the field.
    fn check(&self) -> Result<(), LedgerError> {
        if self.window.from >= self.window.to {
            return Err(LedgerError::invalid("to", Rule::EndsAfterBegin));
        }
        if self.reference_id == Some(self.instrument_id) {
            return Err(LedgerError::invalid("reference_id", Rule::NotItsOwnReference));
        }
        Ok(())
    }
}

impl Ledger {
    pub async fn runs(
        &self,
        actor: &Actor,
        filter: &RunFilter,
        page: Page,
    ) -> Result<(Vec<Run>, u64), LedgerError> {
        let rows = sql(select_run!(
            "WHERE {seen} AND ($1 IS NULL OR run.state = $1) AND ($2 IS NULL OR run.kind = $2)
             AND ($3 IS NULL OR run.instrument_id = $3) ORDER BY run.id DESC LIMIT $4 OFFSET $5"
        ))
        .bind(filter.state)
        .bind(filter.kind)
        .bind(filter.instrument)
        .bind(page.limit)
        .bind(page.offset)
        .over_windows(actor, "subject.site_id", "run.from_us", "run.to_us")
        .all(&self.database)
        .await?;
        let total: i64 = sql(
            "SELECT COUNT(*) FROM run JOIN instrument AS subject ON subject.id = run.instrument_id
             WHERE {seen} AND ($1 IS NULL OR run.state = $1) AND ($2 IS NULL OR run.kind = $2)
             AND ($3 IS NULL OR run.instrument_id = $3)",
        )
        .bind(filter.state)
        .bind(filter.kind)
        .bind(filter.instrument)
        .over_windows(actor, "subject.site_id", "run.from_us", "run.to_us")
        .value(&self.database)
        .await?;
        let rows = rows.iter().map(run_of).collect::<Result<_, _>>()?;
        Ok((rows, total.cast_unsigned()))
    }

    pub async fn run(&self, actor: &Actor, id: RunId) -> Result<Run, LedgerError> {
        let row = sql(select_run!("WHERE run.id = $1"))
            .bind(id)
            .optional(&self.database)
            .await?;
        row.as_ref()
            .map(run_of)
            .transpose()?
            .filter(|run| actor.covers(run.site_id, run.window))
            .ok_or(NOT_FOUND)
    }

    /// Canonical evidence and bundle, byte for byte as they were frozen.
    ///
    /// # Errors
    /// `not-found`; `unreadable-record` for evidence that its digest does not fit any more.
    pub async fn frozen(&self, actor: &Actor, id: RunId) -> Result<Frozen, LedgerError> {
        let run = self.run(actor, id).await?;
        let row = sql("SELECT id, evidence, bundle FROM run WHERE id = $1")
            .bind(id)
            .one(&self.database)
            .await?;
        let row = Kept::of("run", &row);
        let frozen = Frozen {
            evidence: row.get("evidence")?,
            bundle: row.get("bundle")?,
        };
        let digest = hex::encode(Sha256::digest(&frozen.evidence));
        if digest != run.evidence_sha256 {
            let reason = format!("evidence_sha256 says {}", run.evidence_sha256);
            let found = format!("{} bytes with the SHA-256 {digest}", frozen.evidence.len());
            return Err(row.unreadable("evidence", found, reason));
        }
        Ok(frozen)
    }

    /// Stores a run, as 待核验. Nothing about the instrument changes yet.
    ///
    /// # Errors
    /// `not-found` for an instrument out of sight, `not-permitted` without the role operator, `invalid-field`.
    pub async fn record_run(
        &self,
        actor: &Actor,
        new: &NewRun,
        now: Timestamp,
    ) -> Result<RunId, LedgerError> {
        let mut transaction = self.begin().await?;
        let id = record_run_in(&mut transaction, actor, new, now).await?;
        transaction.commit().await?;
        Ok(id)
    }
}

pub(crate) async fn record_run_in(
    transaction: &mut Transaction,
    actor: &Actor,
    new: &NewRun,
    now: Timestamp,
) -> Result<RunId, LedgerError> {
    new.check()?;
    if hex::encode(Sha256::digest(&new.frozen.evidence)) != new.evidence_sha256 {
        return Err(LedgerError::invalid("evidence_sha256", Rule::Digest));
    }
    let subject = instrument_in(&mut *transaction, actor, new.instrument_id).await?;
    if let Some(reference) = new.reference_id {
        instrument_in(&mut *transaction, actor, reference).await?;
    }
    demand_role(&mut *transaction, actor, Role::Operator).await?;
    let id: RunId = sql(
            "INSERT INTO run (kind, instrument_id, reference_id, from_us, to_us, verdict, conclusion, engine, evidence_sha256,
             procedure_sha256, evidence, bundle, operator_id, created_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id",
        )
        .bind(new.kind)
        .bind(new.instrument_id)
        .bind(new.reference_id)
        .bind(new.window.from)
        .bind(new.window.to)
        .bind(new.verdict)
        .bind(&new.conclusion)
        .bind(&new.engine)
        .bind(&new.evidence_sha256)
        .bind(&new.procedure_sha256)
        .bind(&new.frozen.evidence)
        .bind(&new.frozen.bundle)
        .bind(actor.account_id)
        .bind(now)
        .value(&mut *transaction)
        .await?;
    let change = Change {
        at: now,
        who: &actor.login,
        action: "run.judged",
        object: format!("run/{id}"),
        site_id: Some(subject.configuration.site_id),
        detail: format!(
            "{} {} {} evidence {}",
            new.kind.word(),
            subject.configuration.device,
            new.verdict.word(),
            new.evidence_sha256
        ),
        before: None,
        after: None,
    };
    append(&mut *transaction, change).await?;
    let content = json!({ "run": id, "instrument": new.instrument_id, "kind": new.kind.word(),
            "verdict": new.verdict.word() });
    tell(
        transaction,
        Topic::RunConcluded,
        Some(subject.configuration.site_id),
        &content,
        now,
    )
    .await?;
    Ok(id)
}
