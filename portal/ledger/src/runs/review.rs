//! The second person's decision, and what follows for the instrument: one transaction.

use jiff::{Timestamp, ToSpan};
use sqlx::SqliteConnection;

use super::status_rule::{Later, follows};
use super::{Decision, Kind, NOT_FOUND, Run, RunState, Verdict, run_of, select_run};
use crate::accounts::{Role, demand_role};
use crate::audit::{Change, append};
use crate::instruments::{InstrumentStatus, instrument_of};
use crate::row::Kept;
use crate::{Actor, Ledger, LedgerError, RunId, Word, zones};

impl Ledger {
    /// A second person's decision. On confirmation status and next check date of the instrument change by rule, in the
    /// same transaction as the run and the audit entries; a return changes the run alone.
    ///
    /// # Errors
    /// `not-found`, `own-work`, `already-reviewed`, `stale`, `not-permitted`; then nothing has changed.
    pub async fn review(
        &self,
        actor: &Actor,
        id: RunId,
        version: i64,
        decision: Decision,
        note: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(select_run!("WHERE run.id = ?1"))
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        let run = row
            .as_ref()
            .map(run_of)
            .transpose()?
            .filter(|run| actor.covers(run.site_id, run.window))
            .ok_or(NOT_FOUND)?;
        if run.operator == actor.login {
            return Err(LedgerError::OwnWork);
        }
        demand_role(&mut transaction, actor, Role::Reviewer).await?;
        if run.state != RunState::AwaitingReview {
            return Err(LedgerError::AlreadyReviewed);
        }
        if run.version != version {
            return Err(LedgerError::Stale { current: run.version });
        }
        let (state, action) = match decision {
            Decision::Confirm => (RunState::Confirmed, "run.confirmed"),
            Decision::Return => (RunState::Returned, "run.returned"),
        };
        sqlx::query(
            "UPDATE run SET state = ?2, reviewer_id = ?3, reviewed_us = ?4, note = ?5, version = version + 1 WHERE id = ?1",
        )
        .bind(id)
        .bind(state.word())
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
            after: Some(
                serde_json::json!({ "state": state.word(), "verdict": run.verdict.word() }).to_string(),
            ),
        };
        append(&mut transaction, change).await?;
        if decision == Decision::Confirm {
            carry_over(&mut transaction, &run, &actor.login, now).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// What was confirmed about windows that end after this run's.
async fn later_than(connection: &mut SqliteConnection, run: &Run) -> Result<Later, LedgerError> {
    let rows = sqlx::query(
        "SELECT id, kind, verdict FROM run WHERE instrument_id = ?1 AND state = 'confirmed' AND to_us > ?2 AND id <> ?3",
    )
    .bind(run.instrument.id)
    .bind(run.window.to.as_microsecond())
    .bind(run.id)
    .fetch_all(connection)
    .await?;
    let settles = |kind| kind == Kind::OnlineVerification || kind == run.kind;
    let mut later = Later::Nothing;
    for row in &rows {
        let row = Kept::of("run", row);
        let (kind, verdict): (Kind, Verdict) = (row.word("kind")?, row.word("verdict")?);
        if settles(kind) && verdict == Verdict::Conforms {
            later = Later::Conforms;
        } else if later == Later::Nothing {
            later = Later::Something;
        }
    }
    Ok(later)
}

async fn carry_over(
    connection: &mut SqliteConnection,
    run: &Run,
    who: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let row = sqlx::query("SELECT * FROM instrument WHERE id = ?1")
        .bind(run.instrument.id)
        .fetch_one(&mut *connection)
        .await?;
    let kept = Kept::of("instrument", &row);
    let (subject, days): (_, i64) = (instrument_of(&row)?, kept.get("check_interval_days")?);
    let later = later_than(connection, run).await?;
    let rule = follows(run.kind, run.verdict, subject.status, later);
    let next = if rule.moves_next_check {
        // The interval counts from the end of the window that was checked, not from the day of the review.
        Some(
            zones::of_site(connection, run.site_id)
                .await?
                .to_datetime(run.window.to)
                .date()
                .saturating_add(days.days()),
        )
    } else {
        subject.next_check_on
    };
    let next_text = next.map(|date| date.to_string());
    sqlx::query(
        "UPDATE instrument SET status = ?2, next_check_on = ?3, next_check_after = coalesce(?4, next_check_after),
         version = version + 1 WHERE id = ?1",
    )
        .bind(subject.id)
        .bind(rule.status.word())
        .bind(&next_text)
        .bind(rule.moves_next_check.then_some(run.id))
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
    .bind(subject.configuration.canonical())
    .execute(&mut *connection)
    .await?;
    let state = |status: InstrumentStatus, next: Option<String>| {
        serde_json::json!({ "status": status.word(), "next_check_on": next }).to_string()
    };
    let detail = match later {
        Later::Nothing => format!("by confirmed run/{}", run.id),
        _ => format!(
            "by confirmed run/{}; a later window was confirmed before it",
            run.id
        ),
    };
    let change = Change {
        at: now,
        who,
        action: "instrument.status",
        object: format!("instrument/{}", subject.id),
        site_id: Some(run.site_id),
        detail,
        before: Some(state(
            subject.status,
            subject.next_check_on.map(|date| date.to_string()),
        )),
        after: Some(state(rule.status, next_text)),
    };
    append(connection, change).await
}
