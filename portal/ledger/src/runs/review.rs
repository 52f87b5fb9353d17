//! The second person's decision, and what follows for the instrument: one transaction.

use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::status_rule::{Later, follows};
use super::{Decision, Kind, NOT_FOUND, Run, RunState, Verdict, run_of, select_run};
use crate::accounts::{Role, demand_role};
use crate::audit::{Change, append};
use crate::database::{Transaction, sql};
use crate::instruments::{InstrumentStatus, instrument_of};
use crate::outbox::{Topic, tell};
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
        let row = sql(select_run!("WHERE run.id = $1"))
            .bind(id)
            .optional(&mut transaction)
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
        sql(
            "UPDATE run SET state = $2, reviewer_id = $3, reviewed_us = $4, note = $5, version = version + 1 WHERE id = $1",
        )
        .bind(id)
        .bind(state)
        .bind(actor.account_id)
        .bind(now)
        .bind(note)
        .run(&mut transaction)
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
                json!({ "format": 1, "state": state.word(), "verdict": run.verdict.word() }).to_string(),
            ),
        };
        append(&mut transaction, change).await?;
        let content = json!({ "run": id, "instrument": run.instrument.id, "state": state.word(),
            "verdict": run.verdict.word() });
        tell(
            &mut transaction,
            Topic::RunReviewed,
            Some(run.site_id),
            &content,
            now,
        )
        .await?;
        if decision == Decision::Confirm {
            carry_over(&mut transaction, &run, &actor.login, now).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// What was confirmed about windows that end after this run's.
async fn later_than(connection: &mut Transaction, run: &Run) -> Result<Later, LedgerError> {
    let rows = sql(
        "SELECT id, kind, verdict FROM run WHERE instrument_id = $1 AND state = 'confirmed' AND to_us > $2 AND id <> $3",
    )
    .bind(run.instrument.id)
    .bind(run.window.to)
    .bind(run.id)
    .all(connection)
    .await?;
    let settles = |kind| kind == Kind::OnlineVerification || kind == run.kind;
    let mut later = Later::Nothing;
    for row in &rows {
        let row = Kept::of("run", row);
        let (kind, verdict): (Kind, Verdict) = (row.get("kind")?, row.get("verdict")?);
        if settles(kind) && verdict == Verdict::Conforms {
            later = Later::Conforms;
        } else if later == Later::Nothing {
            later = Later::Something;
        }
    }
    Ok(later)
}

async fn carry_over(
    connection: &mut Transaction,
    run: &Run,
    who: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let row = sql("SELECT * FROM instrument WHERE id = $1")
        .bind(run.instrument.id)
        .one(&mut *connection)
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
    sql(
        "UPDATE instrument SET status = $2, next_check_on = $3, next_check_after = coalesce($4, next_check_after),
         version = version + 1 WHERE id = $1",
    )
        .bind(subject.id)
        .bind(rule.status)
        .bind(&next_text)
        .bind(rule.moves_next_check.then_some(run.id))
        .run(&mut *connection)
        .await?;
    // The configuration is the same at the new version; its history keeps one row per version.
    sql(
        "INSERT INTO configuration_history (instrument_id, version, at_us, who, configuration) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(subject.id)
    .bind(subject.version + 1)
    .bind(now)
    .bind(who)
    .bind(subject.configuration.canonical())
    .run(&mut *connection)
    .await?;
    let state = |status: InstrumentStatus, next: Option<String>| {
        json!({ "format": 1, "status": status.word(), "next_check_on": next }).to_string()
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
        after: Some(state(rule.status, next_text.clone())),
    };
    append(&mut *connection, change).await?;
    let content =
        json!({ "instrument": subject.id, "status": rule.status.word(), "next_check_on": next_text });
    tell(
        connection,
        Topic::InstrumentStatus,
        Some(run.site_id),
        &content,
        now,
    )
    .await
}
