//! Plans, runs and their review by a second person.

use jiff::{Timestamp, ToSpan};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::audit::{Change, append};
use crate::instruments::{Instrument, instrument_of};
use crate::{Actor, Ledger, LedgerError, time};

#[derive(Clone, Debug)]
pub struct Plan {
    pub id: i64,
    pub kind: String,
    pub instrument_id: i64,
    pub reference_id: Option<i64>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub created_by: String,
    pub created: Timestamp,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// `online-verification` or `period-check`
    pub kind: String,
    pub instrument_id: i64,
    pub reference_id: Option<i64>,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What a job hands over; it is frozen from then on.
#[derive(Clone, Debug)]
pub struct Judged {
    pub request: Request,
    /// `conforms`, `does-not-conform`, `inconclusive`
    pub verdict: String,
    /// JSON as the engine wrote it.
    pub conclusion: String,
    pub engine: String,
    pub evidence_sha256: String,
    pub procedure_sha256: String,
    pub evidence: Vec<u8>,
    pub bundle: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Run {
    pub id: i64,
    pub kind: String,
    pub instrument: Named,
    pub reference: Option<Named>,
    pub site_id: i64,
    pub from: Timestamp,
    pub to: Timestamp,
    pub verdict: String,
    pub conclusion: String,
    pub engine: String,
    pub evidence_sha256: String,
    pub procedure_sha256: String,
    pub operator: String,
    pub created: Timestamp,
    /// `awaiting-review` (待核验), `confirmed`, `returned`
    pub state: String,
    pub reviewer: Option<String>,
    pub reviewed: Option<Timestamp>,
    pub note: String,
    pub version: i64,
}

/// An instrument as lists name it.
#[derive(Clone, Debug)]
pub struct Named {
    pub id: i64,
    pub device: String,
    pub name: String,
}

#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    pub state: Option<String>,
    pub kind: Option<String>,
    pub instrument: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Confirm,
    Return,
}

const NOT_FOUND: LedgerError = LedgerError::NotFound { what: "run" };

/// What a confirmed verdict makes of an instrument's status (by rule, and by a second person).
fn status_after(verdict: &str) -> &'static str {
    match verdict {
        "conforms" => "normal",
        "does-not-conform" => "to-send",
        _ => "to-check",
    }
}

fn run_of(row: &SqliteRow) -> Run {
    let reference = row.get::<Option<i64>, _>("reference_id").map(|id| Named {
        id,
        device: row.get("reference_device"),
        name: row.get("reference_name"),
    });
    Run {
        id: row.get("id"),
        kind: row.get("kind"),
        instrument: Named { id: row.get("instrument_id"), device: row.get("device"), name: row.get("name") },
        reference,
        site_id: row.get("site_id"),
        from: time(row.get("from_us")),
        to: time(row.get("to_us")),
        verdict: row.get("verdict"),
        conclusion: row.get("conclusion"),
        engine: row.get("engine"),
        evidence_sha256: row.get("evidence_sha256"),
        procedure_sha256: row.get("procedure_sha256"),
        operator: row.get("operator"),
        created: time(row.get("created_us")),
        state: row.get("state"),
        reviewer: row.get("reviewer"),
        reviewed: row.get::<Option<i64>, _>("reviewed_us").map(time),
        note: row.get("note"),
        version: row.get("version"),
    }
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

impl Ledger {
    pub async fn plans(&self, actor: &Actor) -> Result<Vec<Plan>, LedgerError> {
        let rows = sqlx::query(
            "SELECT plan.* FROM plan JOIN instrument ON instrument.id = instrument_id
             WHERE ?1 IS NULL OR site_id IN (SELECT value FROM json_each(?1)) ORDER BY plan.id DESC LIMIT 200",
        )
        .bind(actor.sites_json())
        .fetch_all(&self.readers)
        .await?;
        Ok(rows
            .iter()
            .map(|row| Plan {
                id: row.get("id"),
                kind: row.get("kind"),
                instrument_id: row.get("instrument_id"),
                reference_id: row.get("reference_id"),
                from: time(row.get("from_us")),
                to: time(row.get("to_us")),
                created_by: row.get("created_by"),
                created: time(row.get("created_us")),
            })
            .collect())
    }

    pub async fn plan(&self, actor: &Actor, asked: &Request, now: Timestamp) -> Result<Plan, LedgerError> {
        let subject = self.instrument(actor, asked.instrument_id).await?;
        let mut transaction = self.begin().await?;
        let id = sqlx::query(
            "INSERT INTO plan (kind, instrument_id, reference_id, from_us, to_us, created_by, created_us)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(&asked.kind)
        .bind(asked.instrument_id)
        .bind(asked.reference_id)
        .bind(asked.from.as_microsecond())
        .bind(asked.to.as_microsecond())
        .bind(&actor.login)
        .bind(now.as_microsecond())
        .execute(&mut *transaction)
        .await?
        .last_insert_rowid();
        let change = Change {
            at: now,
            who: &actor.login,
            action: "plan.made",
            object: format!("plan/{id}"),
            site_id: Some(subject.site_id),
            detail: format!("{} {} {}..{}", asked.kind, subject.device, asked.from, asked.to),
            before: None,
            after: None,
        };
        append(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(Plan {
            id,
            kind: asked.kind.clone(),
            instrument_id: asked.instrument_id,
            reference_id: asked.reference_id,
            from: asked.from,
            to: asked.to,
            created_by: actor.login.clone(),
            created: now,
        })
    }

    pub async fn runs(&self, actor: &Actor, filter: &RunFilter, offset: i64, limit: i64) -> Result<(Vec<Run>, u64), LedgerError> {
        let sites = actor.sites_json();
        let rows = sqlx::query(select_run!(
            "WHERE (?1 IS NULL OR subject.site_id IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR run.state = ?2)
             AND (?3 IS NULL OR run.kind = ?3) AND (?4 IS NULL OR run.instrument_id = ?4)
             ORDER BY run.id DESC LIMIT ?5 OFFSET ?6"
        ))
        .bind(&sites)
        .bind(&filter.state)
        .bind(&filter.kind)
        .bind(filter.instrument)
        .bind(limit)
        .bind(offset)
        .fetch_all(&self.readers)
        .await?;
        let total: i64 = sqlx::query(
            "SELECT COUNT(*) FROM run JOIN instrument AS subject ON subject.id = run.instrument_id
             WHERE (?1 IS NULL OR subject.site_id IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR run.state = ?2)
             AND (?3 IS NULL OR run.kind = ?3) AND (?4 IS NULL OR run.instrument_id = ?4)",
        )
        .bind(&sites)
        .bind(&filter.state)
        .bind(&filter.kind)
        .bind(filter.instrument)
        .fetch_one(&self.readers)
        .await?
        .get(0);
        Ok((rows.iter().map(run_of).collect(), total.cast_unsigned()))
    }

    pub async fn run(&self, actor: &Actor, id: i64) -> Result<Run, LedgerError> {
        let row = sqlx::query(select_run!("WHERE run.id = ?1")).bind(id).fetch_optional(&self.readers).await?;
        row.as_ref().map(run_of).filter(|run| actor.sees(run.site_id)).ok_or(NOT_FOUND)
    }

    /// Canonical evidence and bundle, byte for byte as they were frozen.
    pub async fn frozen(&self, actor: &Actor, id: i64) -> Result<(Vec<u8>, Vec<u8>), LedgerError> {
        self.run(actor, id).await?;
        let row = sqlx::query("SELECT evidence, bundle FROM run WHERE id = ?1").bind(id).fetch_one(&self.readers).await?;
        Ok((row.get(0), row.get(1)))
    }

    /// Stores what a job judged, as 待核验. Nothing about the instrument changes yet.
    pub async fn record_run(&self, actor: &Actor, judged: &Judged, now: Timestamp) -> Result<i64, LedgerError> {
        let subject = self.instrument(actor, judged.request.instrument_id).await?;
        let mut transaction = self.begin().await?;
        let id = sqlx::query(
            "INSERT INTO run (kind, instrument_id, reference_id, from_us, to_us, verdict, conclusion, engine, evidence_sha256,
             procedure_sha256, evidence, bundle, operator_id, created_us)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )
        .bind(&judged.request.kind)
        .bind(judged.request.instrument_id)
        .bind(judged.request.reference_id)
        .bind(judged.request.from.as_microsecond())
        .bind(judged.request.to.as_microsecond())
        .bind(&judged.verdict)
        .bind(&judged.conclusion)
        .bind(&judged.engine)
        .bind(&judged.evidence_sha256)
        .bind(&judged.procedure_sha256)
        .bind(&judged.evidence)
        .bind(&judged.bundle)
        .bind(actor.account_id)
        .bind(now.as_microsecond())
        .execute(&mut *transaction)
        .await?
        .last_insert_rowid();
        let change = Change {
            at: now,
            who: &actor.login,
            action: "run.judged",
            object: format!("run/{id}"),
            site_id: Some(subject.site_id),
            detail: format!("{} {} {} evidence {}", judged.request.kind, subject.device, judged.verdict, judged.evidence_sha256),
            before: None,
            after: None,
        };
        append(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// A second person's decision. On confirmation status and next check date of the instrument change in the same
    /// transaction as the run and the audit entries; a period check confirms nothing but itself when it passes.
    pub async fn review(
        &self,
        actor: &Actor,
        id: i64,
        version: i64,
        decision: Decision,
        note: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(select_run!("WHERE run.id = ?1")).bind(id).fetch_optional(&mut *transaction).await?;
        let run = row.as_ref().map(run_of).filter(|run| actor.sees(run.site_id)).ok_or(NOT_FOUND)?;
        if run.operator == actor.login {
            return Err(LedgerError::OwnWork);
        }
        if run.state != "awaiting-review" {
            return Err(LedgerError::AlreadyReviewed);
        }
        if run.version != version {
            return Err(LedgerError::Stale { current: run.version });
        }
        let (state, action) = match decision {
            Decision::Confirm => ("confirmed", "run.confirmed"),
            Decision::Return => ("returned", "run.returned"),
        };
        sqlx::query(
            "UPDATE run SET state = ?2, reviewer_id = ?3, reviewed_us = ?4, note = ?5, version = version + 1 WHERE id = ?1",
        )
        .bind(id)
        .bind(state)
        .bind(actor.account_id)
        .bind(now.as_microsecond())
        .bind(note)
        .execute(&mut *transaction)
        .await?;
        let change = Change {
            at: now,
            who: &actor.login,
            action,
            object: format!("run/{id}"),
            site_id: Some(run.site_id),
            detail: note.to_owned(),
            before: None,
            after: Some(format!("{{\"state\":\"{state}\",\"verdict\":\"{}\"}}", run.verdict)),
        };
        append(&mut transaction, change).await?;
        if decision == Decision::Confirm {
            let row = sqlx::query("SELECT *, check_interval_days FROM instrument WHERE id = ?1")
                .bind(run.instrument.id)
                .fetch_one(&mut *transaction)
                .await?;
            let days: i64 = row.get("check_interval_days");
            carry_over(&mut transaction, &instrument_of(&row), days, &run, &actor.login, now).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

async fn carry_over(
    connection: &mut sqlx::SqliteConnection,
    subject: &Instrument,
    days: i64,
    run: &Run,
    who: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let status = status_after(&run.verdict);
    // The day at which the check was done counts from the end of its window, not from the review.
    let checked = jiff::tz::TimeZone::UTC.to_datetime(run.to).date();
    let next = checked.saturating_add(days.days()).to_string();
    sqlx::query("UPDATE instrument SET status = ?2, next_check_on = ?3, version = version + 1 WHERE id = ?1")
        .bind(subject.id)
        .bind(status)
        .bind(&next)
        .execute(&mut *connection)
        .await?;
    // The configuration is the same at the new version; its history keeps one row per version.
    sqlx::query(
        "INSERT INTO configuration_history (instrument_id, version, at_us, who, configuration) VALUES (?1, ?2, ?3, ?4, ?5)",
    )
    .bind(subject.id)
    .bind(subject.version + 1)
    .bind(now.as_microsecond())
    .bind(who)
    .bind(&subject.configuration)
    .execute(&mut *connection)
    .await?;
    let state = |status: &str, next: Option<String>| {
        serde_json::json!({ "status": status, "next_check_on": next }).to_string()
    };
    let change = Change {
        at: now,
        who,
        action: "instrument.status",
        object: format!("instrument/{}", subject.id),
        site_id: Some(subject.site_id),
        detail: format!("by confirmed run/{}", run.id),
        before: Some(state(&subject.status, subject.next_check_on.map(|date| date.to_string()))),
        after: Some(state(status, Some(next))),
    };
    append(connection, change).await
}
