//! Plans, and what is due.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::instrument::wire::{Condition, InstrumentStatus};
use crate::run::wire::{InstrumentRef, RunKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanState {
    Open,
    /// Carried out by a confirmed run.
    Done,
    Cancelled,
}

/// What a person plans.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDraft {
    pub kind: RunKind,
    pub instrument_id: i64,
    #[serde(default)]
    pub reference_id: Option<i64>,
    /// Today (UTC) or later.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// At most 500 characters.
    #[serde(default)]
    pub note: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Plan {
    pub id: i64,
    pub kind: RunKind,
    pub instrument: InstrumentRef,
    pub reference: Option<InstrumentRef>,
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    pub note: String,
    /// Login.
    pub made_by: String,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    pub state: PlanState,
    /// `null` as long as it is open.
    pub closed: Option<PlanClosed>,
    pub version: i64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanClosed {
    pub by: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The confirmed run that carried it out.
    pub run_id: Option<i64>,
    pub note: String,
}

/// How a plan ends: `done` names the confirmed run that carried it out, `cancelled` says why in the note.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanClosing {
    /// `done` or `cancelled`
    pub state: PlanState,
    #[serde(default)]
    pub run_id: Option<i64>,
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
    /// Open, and due before today (UTC).
    pub overdue: bool,
    /// `null`: the instrument's next check.
    pub plan: Option<Plan>,
    /// The confirmed run that set the date of a next check.
    pub after_run: Option<i64>,
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
