//! What is to be done: plans that people make, and the next checks that follow from confirmed conclusions.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::accounts::{Role, demand_role};
use crate::audit::{Change, append};
use crate::database::{Row, Transaction, sql};
use crate::instruments::InstrumentRef;
use crate::outbox::{Topic, tell};
use crate::row::Kept;
use crate::runs::{Kind, RunState};
use crate::word::words;
use crate::{Actor, InstrumentId, Ledger, LedgerError, Page, PlanId, Rule, RunId, SiteId, Word};

/// Characters.
const LONGEST_NOTE: usize = 500;

/// How far a plan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlanState {
    Open,
    Done,
    Cancelled,
}

words!(PlanState {
    Open = "open",
    Done = "done",
    Cancelled = "cancelled",
});

#[derive(Clone, Debug)]
pub struct Plan {
    pub id: PlanId,
    pub kind: Kind,
    pub instrument: InstrumentRef,
    pub reference: Option<InstrumentRef>,
    pub due_on: Date,
    pub note: String,
    /// Login.
    pub made_by: String,
    pub made: Timestamp,
    pub state: PlanState,
    pub closed: Option<Closed>,
    pub version: i64,
}

#[derive(Clone, Debug)]
pub struct Closed {
    pub by: String,
    pub at: Timestamp,
    /// The confirmed run that carried it out.
    pub run_id: Option<RunId>,
    pub note: String,
}

/// What a person plans.
#[derive(Clone, Debug)]
pub struct NewPlan {
    pub kind: Kind,
    pub instrument_id: InstrumentId,
    pub reference_id: Option<InstrumentId>,
    pub due_on: Date,
    pub note: String,
}

/// How a plan ends.
#[derive(Clone, Debug)]
pub enum Closing {
    /// Carried out by this confirmed run.
    Done { run_id: RunId, note: String },
    /// Not needed any more; the note says why.
    Cancelled { note: String },
}

/// One line of the list of what is to be done.
#[derive(Clone, Debug)]
pub struct Due {
    pub instrument: InstrumentRef,
    pub due_on: Date,
    /// Open, and due before today.
    pub overdue: bool,
    /// For a next check, the kind of the run that set the date, where it is known.
    pub kind: Option<Kind>,
    /// `None`: the instrument's next check.
    pub plan: Option<Plan>,
    /// The confirmed run that set the next check date.
    pub after_run: Option<RunId>,
}

#[derive(Clone, Debug, Default)]
pub struct DueFilter {
    /// `open` (with the next checks) unless told.
    pub state: Option<PlanState>,
    pub kind: Option<Kind>,
    pub instrument: Option<InstrumentId>,
    /// Only what was due before today.
    pub overdue: bool,
}

/// A page of the list, with how much of it there is, and how much of that is overdue.
#[derive(Clone, Debug)]
pub struct DuePage {
    pub rows: Vec<Due>,
    pub total: u64,
    pub overdue: u64,
}

const NOT_FOUND: LedgerError = LedgerError::NotFound { what: "plan" };

fn instrument_of(row: Kept<'_>) -> Result<InstrumentRef, LedgerError> {
    Ok(InstrumentRef {
        id: row.get("instrument_id")?,
        device: row.get("device")?,
        name: row.get("name")?,
    })
}

fn plan_of(row: Kept<'_>) -> Result<Plan, LedgerError> {
    let closed = match row.get("closed_by")? {
        None => None,
        Some(by) => Some(Closed {
            by,
            at: row.get("closed_us")?,
            run_id: row.get("run_id")?,
            note: row.get("closing_note")?,
        }),
    };
    let reference = match row.get("reference_id")? {
        None => None,
        Some(id) => Some(InstrumentRef {
            id,
            device: row.get("reference_device")?,
            name: row.get("reference_name")?,
        }),
    };
    Ok(Plan {
        id: row.get("id")?,
        kind: row.get("kind")?,
        instrument: instrument_of(row)?,
        reference,
        due_on: row.get("due_on")?,
        note: row.get("note")?,
        made_by: row.get("made_by")?,
        made: row.get("made_us")?,
        state: row.get("state")?,
        closed,
        version: row.get("version")?,
    })
}

fn due_of(row: &Row) -> Result<Due, LedgerError> {
    let (plan, subject) = (
        Kept::of("plan", row),
        Kept::by("instrument", "instrument_id", row),
    );
    // A line without a plan is the next check of its instrument, as the run set it that the kind belongs to.
    let (plan, due_on, kind) = if plan.get::<Option<PlanId>>("id")?.is_some() {
        let plan = plan_of(plan)?;
        let (due_on, kind) = (plan.due_on, Some(plan.kind));
        (Some(plan), due_on, kind)
    } else {
        let set_by = Kept::by("run", "after_run", row);
        (None, subject.get("next_check_on")?, set_by.get("kind")?)
    };
    Ok(Due {
        instrument: instrument_of(subject)?,
        due_on,
        overdue: subject.get("overdue")?,
        kind,
        plan,
        after_run: subject.get("after_run")?,
    })
}

/// Plans and next checks as one list, with the names around them. What somebody with a granted period sees is what is due
/// within it; a date that is none lies in every period, so that reading it says so.
macro_rules! due {
    ($columns:literal, $rest:literal) => {
        concat!(
            "WITH due AS (
                 SELECT id, kind, instrument_id, reference_id, due_on, note, made_by, made_us, state, closed_by, closed_us,
                        run_id, closing_note, version, NULL AS after_run FROM plan
                 UNION ALL
                 SELECT NULL, run.kind, instrument.id, NULL, next_check_on, '', '', 0, 'open', NULL, NULL,
                        NULL, '', 0, next_check_after
                 FROM instrument LEFT JOIN run ON run.id = next_check_after
                 WHERE next_check_on IS NOT NULL AND status <> 'stopped')
             SELECT ",
            $columns,
            " FROM due JOIN instrument AS subject ON subject.id = due.instrument_id
              LEFT JOIN instrument AS reference ON reference.id = due.reference_id
              WHERE {seen}
              AND due.state = $1 AND ($2 IS NULL OR due.kind = $2) AND ($3 IS NULL OR due.instrument_id = $3)
              AND ($4 = 0 OR due.due_on < {today}) ",
            $rest
        )
    };
}

macro_rules! select_plan {
    ($rest:literal) => {
        concat!(
            "SELECT plan.*, subject.site_id, subject.device, subject.name, reference.device AS reference_device,
                    reference.name AS reference_name
             FROM plan JOIN instrument AS subject ON subject.id = instrument_id
             LEFT JOIN instrument AS reference ON reference.id = reference_id ",
            $rest
        )
    };
}

fn check_note(note: &str) -> Result<(), LedgerError> {
    if note.chars().count() > LONGEST_NOTE {
        return Err(LedgerError::invalid("note", Rule::AtMost(LONGEST_NOTE)));
    }
    Ok(())
}

impl NewPlan {
    fn check(&self, today: Date) -> Result<(), LedgerError> {
        if self.reference_id == Some(self.instrument_id) {
            return Err(LedgerError::invalid("reference_id", Rule::NotItsOwnReference));
        }
        if self.due_on < today {
            return Err(LedgerError::invalid("due_on", Rule::NotInThePast));
        }
        check_note(&self.note)
    }
}

impl Ledger {
    /// What is to be done, the longest due first.
    pub async fn due(
        &self,
        actor: &Actor,
        filter: &DueFilter,
        now: Timestamp,
        page: Page,
    ) -> Result<DuePage, LedgerError> {
        let zones = self.zones().await?;
        let state = filter.state.unwrap_or(PlanState::Open).word();
        let kind = filter.kind.map(Word::word);
        let rows = sql(due!(
            "due.*, due.due_on AS next_check_on, CASE WHEN due.state = 'open' AND due.due_on < {today} THEN 1 ELSE 0 END AS overdue, subject.device, subject.name,
             reference.device AS reference_device, reference.name AS reference_name",
            "ORDER BY due.due_on, subject.device, due.id LIMIT $5 OFFSET $6"
        ))
        .bind(state)
        .bind(kind)
        .bind(filter.instrument)
        .bind(filter.overdue)
        .bind(page.limit)
        .bind(page.offset)
        .todays(&zones, "subject.site_id", now)
        .on_days(actor, "subject.site_id", "due.due_on")
        .all(&self.database)
        .await?;
        let counted = sql(due!(
            "COUNT(*) AS total, COUNT(*) FILTER (WHERE due.state = 'open' AND due.due_on < {today}) AS overdue",
            ""
        ))
        .bind(state)
        .bind(kind)
        .bind(filter.instrument)
        .bind(filter.overdue)
        .todays(&zones, "subject.site_id", now)
        .on_days(actor, "subject.site_id", "due.due_on")
        .one(&self.database)
        .await?;
        Ok(DuePage {
            rows: rows.iter().map(due_of).collect::<Result<_, _>>()?,
            total: Kept::of("plan", &counted).get::<i64>("total")?.cast_unsigned(),
            overdue: Kept::of("plan", &counted).get::<i64>("overdue")?.cast_unsigned(),
        })
    }

    /// # Errors
    /// `not-permitted` without the role operator, `not-found` for an instrument out of sight, `invalid-field`.
    pub async fn make_plan(&self, actor: &Actor, new: &NewPlan, now: Timestamp) -> Result<Plan, LedgerError> {
        let subject = self.instrument(actor, new.instrument_id).await?;
        let today = self.zones().await?.today(subject.configuration.site_id, now);
        new.check(today)?;
        if let Some(reference) = new.reference_id {
            self.instrument(actor, reference).await?;
        }
        let mut transaction = self.begin().await?;
        demand_role(&mut transaction, actor, Role::Operator).await?;
        let id: PlanId = sql(
            "INSERT INTO plan (kind, instrument_id, reference_id, due_on, note, made_by, made_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        )
        .bind(new.kind)
        .bind(new.instrument_id)
        .bind(new.reference_id)
        .bind(new.due_on.to_string())
        .bind(&new.note)
        .bind(&actor.login)
        .bind(now)
        .value(&mut transaction)
        .await?;
        let change = Change {
            at: now,
            who: &actor.login,
            action: "plan.made",
            object: format!("plan/{id}"),
            site_id: Some(subject.configuration.site_id),
            detail: format!(
                "{} {} due {}",
                new.kind.word(),
                subject.configuration.device,
                new.due_on
            ),
            before: None,
            after: None,
        };
        append(&mut transaction, change).await?;
        let content = json!({ "plan": id, "instrument": new.instrument_id, "kind": new.kind.word(),
            "due_on": new.due_on.to_string() });
        tell(
            &mut transaction,
            Topic::PlanMade,
            Some(subject.configuration.site_id),
            &content,
            now,
        )
        .await?;
        let (plan, _) = plan_at(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(plan)
    }

    /// # Errors
    /// `not-found`, `not-permitted`, `already-closed`, `stale`; `invalid-field` for a run that does not fit.
    pub async fn close_plan(
        &self,
        actor: &Actor,
        id: PlanId,
        version: i64,
        closing: &Closing,
        now: Timestamp,
    ) -> Result<Plan, LedgerError> {
        let mut transaction = self.begin().await?;
        let (plan, site) = plan_at(&mut transaction, id).await?;
        if !actor.sees(site) {
            return Err(NOT_FOUND);
        }
        demand_role(&mut transaction, actor, Role::Operator).await?;
        if plan.state != PlanState::Open {
            return Err(LedgerError::AlreadyClosed);
        }
        if plan.version != version {
            return Err(LedgerError::Stale {
                current: plan.version,
            });
        }
        let (state, run, note) = match closing {
            Closing::Done { run_id, note } => (PlanState::Done, Some(*run_id), note),
            Closing::Cancelled { note } => (PlanState::Cancelled, None, note),
        };
        check_note(note)?;
        match run {
            Some(run) => check_fits(&mut transaction, &plan, run).await?,
            None if note.trim().is_empty() => return Err(LedgerError::invalid("note", Rule::SayWhy)),
            None => {}
        }
        sql(
            "UPDATE plan SET state = $2, closed_by = $3, closed_us = $4, run_id = $5, closing_note = $6,
             version = version + 1 WHERE id = $1",
        )
        .bind(id)
        .bind(state)
        .bind(&actor.login)
        .bind(now)
        .bind(run)
        .bind(note)
        .run(&mut transaction)
        .await?;
        let change = Change {
            at: now,
            who: &actor.login,
            action: if run.is_some() {
                "plan.done"
            } else {
                "plan.cancelled"
            },
            object: format!("plan/{id}"),
            site_id: Some(site),
            detail: run.map_or_else(
                || note.clone(),
                |run| format!("by run/{run} {note}").trim().to_owned(),
            ),
            before: None,
            after: None,
        };
        append(&mut transaction, change).await?;
        let content = json!({ "plan": id, "instrument": plan.instrument.id, "state": state.word() });
        tell(&mut transaction, Topic::PlanClosed, Some(site), &content, now).await?;
        let (plan, _) = plan_at(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(plan)
    }
}

/// The plan and its site.
async fn plan_at(connection: &mut Transaction, id: PlanId) -> Result<(Plan, SiteId), LedgerError> {
    let row = sql(select_plan!("WHERE plan.id = $1"))
        .bind(id)
        .optional(connection)
        .await?
        .ok_or(NOT_FOUND)?;
    let row = Kept::of("plan", &row);
    Ok((plan_of(row)?, row.get("site_id")?))
}

/// A plan is done by a confirmed run of its kind on its instrument; another instrument's run is told apart from none only
/// to those who see it, so both get one answer.
async fn check_fits(connection: &mut Transaction, plan: &Plan, run: RunId) -> Result<(), LedgerError> {
    let row = sql("SELECT id, state FROM run WHERE id = $1 AND instrument_id = $2 AND kind = $3")
        .bind(run)
        .bind(plan.instrument.id)
        .bind(plan.kind)
        .optional(connection)
        .await?
        .ok_or_else(|| LedgerError::invalid("run_id", Rule::RunThatFits))?;
    if Kept::of("run", &row).get::<RunState>("state")? == RunState::Confirmed {
        Ok(())
    } else {
        Err(LedgerError::invalid("run_id", Rule::ConfirmedRun))
    }
}
