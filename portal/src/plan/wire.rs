//! Plans, and what is due.

use jiff::Timestamp;
use jiff::civil::Date;
use ledger::{InstrumentId, PlanId, RunId, plans};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::instrument::wire::{Condition, InstrumentRef, InstrumentStatus};
use crate::request::mirrors;
use crate::run::wire::RunKind;
use crate::session::wire::{People, Person};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanState {
    Open,
    /// Carried out by a confirmed run.
    Done,
    Cancelled,
}

mirrors!(
    PlanState,
    plans::PlanState {
        Open,
        Done,
        Cancelled
    }
);

/// What a person plans.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDraft {
    pub kind: RunKind,
    #[schema(value_type = i64)]
    pub instrument_id: InstrumentId,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub reference_id: Option<InstrumentId>,
    /// Today at the site, or later.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// At most 500 characters.
    #[serde(default)]
    pub note: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Plan {
    #[schema(value_type = i64)]
    pub id: PlanId,
    pub kind: RunKind,
    pub instrument: InstrumentRef,
    pub reference: Option<InstrumentRef>,
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    pub note: String,
    pub made_by: Person,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    pub state: PlanState,
    /// `null` as long as it is open.
    pub closed: Option<PlanClosed>,
    pub version: i64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanClosed {
    pub by: Person,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The confirmed run that carried it out.
    #[schema(value_type = Option<i64>)]
    pub run_id: Option<RunId>,
    pub note: String,
}

/// How a plan ends: `done` names the confirmed run that carried it out, `cancelled` says why in the note.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanClosing {
    /// `done` or `cancelled`
    pub state: PlanState,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub run_id: Option<RunId>,
    #[serde(default)]
    pub note: String,
}

/// Something that is to be done, or was: a plan, or the next check of an instrument.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DueItem {
    pub instrument: InstrumentRef,
    /// For a next check, the kind of the run that set its date; `null` where that is not known.
    pub kind: Option<RunKind>,
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// Open, and due before today at the site.
    pub overdue: bool,
    /// `null`: the instrument's next check.
    pub plan: Option<Plan>,
    /// The confirmed run that set the date of a next check.
    #[schema(value_type = Option<i64>)]
    pub after_run: Option<RunId>,
}

/// With the instrument as it is now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DueCard {
    #[serde(flatten)]
    pub item: DueItem,
    pub status: InstrumentStatus,
    pub condition: Condition,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DuePage {
    pub rows: Vec<DueCard>,
    pub total: u64,
    /// How many of `total` are overdue.
    pub overdue: u64,
}

impl From<PlanDraft> for plans::NewPlan {
    fn from(draft: PlanDraft) -> Self {
        Self {
            kind: draft.kind.into(),
            instrument_id: draft.instrument_id,
            reference_id: draft.reference_id,
            due_on: draft.due_on,
            note: draft.note,
        }
    }
}

impl Plan {
    pub(crate) fn new(kept: plans::Plan, people: &People) -> Self {
        Self {
            id: kept.id,
            kind: kept.kind.into(),
            instrument: kept.instrument.into(),
            reference: kept.reference.map(Into::into),
            due_on: kept.due_on,
            note: kept.note,
            made_by: people.person(kept.made_by),
            made_at: kept.made,
            state: kept.state.into(),
            closed: kept.closed.map(|closed| PlanClosed {
                by: people.person(closed.by),
                at: closed.at,
                run_id: closed.run_id,
                note: closed.note,
            }),
            version: kept.version,
        }
    }
}

impl DueItem {
    pub(crate) fn new(kept: plans::Due, people: &People) -> Self {
        Self {
            instrument: kept.instrument.into(),
            kind: kept.kind.map(Into::into),
            due_on: kept.due_on,
            overdue: kept.overdue,
            plan: kept.plan.map(|plan| Plan::new(plan, people)),
            after_run: kept.after_run,
        }
    }
}
