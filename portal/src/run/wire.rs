//! Runs and their reviews.

use std::collections::BTreeMap;

use devices::Window;
use jiff::Timestamp;
use ledger::{InstrumentId, LedgerError, RunId, SiteId, runs};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::instrument::wire::InstrumentRef;
use crate::request::mirrors;
use crate::session::wire::{People, Person};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// 远程在线检测
    OnlineVerification,
    /// 期间核查; not a verification, it carries no traceability
    PeriodCheck,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// 待核验
    AwaitingReview,
    Confirmed,
    Returned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictName {
    /// 符合
    Conforms,
    /// 不符合
    DoesNotConform,
    /// 待定
    Inconclusive,
}

mirrors!(
    RunKind,
    runs::Kind {
        OnlineVerification,
        PeriodCheck
    }
);
mirrors!(
    RunState,
    runs::RunState {
        AwaitingReview,
        Confirmed,
        Returned
    }
);
mirrors!(
    VerdictName,
    runs::Verdict {
        Conforms,
        DoesNotConform,
        Inconclusive
    }
);

/// A number of a nameplate or certificate that a procedure asks for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenValue {
    #[schema(value_type = String)]
    pub value: Decimal,
    /// The unit of the procedure unless told.
    #[serde(default)]
    pub unit: Option<String>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    pub kind: RunKind,
    /// Id of the procedure; that of energy meters, or the plain period check, unless told.
    #[serde(default)]
    pub procedure: Option<String>,
    /// What the procedure asks for beside readings, by its symbols. Of a period check: `mpev`, the largest permitted
    /// error; and `standard` with `U_standard` (k = 2), the assigned value of a check standard in place of a reference.
    #[serde(default)]
    pub values: BTreeMap<String, GivenValue>,
    /// Of a period check whose procedure names no point: the point of both instruments, unless they have only one
    /// indication in common.
    #[serde(default)]
    pub point: Option<String>,
    /// After a repair or an adjustment: limits and results of earlier checks no longer count, for this check and all
    /// later ones.
    #[serde(default)]
    pub starts_anew: bool,
    #[schema(value_type = i64)]
    pub instrument_id: InstrumentId,
    #[schema(value_type = Option<i64>)]
    pub reference_id: Option<InstrumentId>,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WindowCard {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
}

impl From<Window> for WindowCard {
    fn from(window: Window) -> Self {
        Self {
            from: window.from,
            to: window.to,
        }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunSummary {
    #[schema(value_type = i64)]
    pub id: RunId,
    pub kind: RunKind,
    /// Whose zone its times are shown in.
    #[schema(value_type = i64)]
    pub site_id: SiteId,
    pub instrument: InstrumentRef,
    pub reference: Option<InstrumentRef>,
    pub window: WindowCard,
    pub state: RunState,
    pub verdict: VerdictName,
    /// Who ran it.
    pub operator: Person,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub version: i64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunPage {
    pub rows: Vec<RunSummary>,
    pub total: u64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Review {
    pub by: Person,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `confirmed` or `returned`
    pub decision: RunState,
    pub note: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Run {
    #[serde(flatten)]
    pub summary: RunSummary,
    /// The conclusion as the engine wrote it, digit for digit.
    #[schema(value_type = Object)]
    pub conclusion: Box<RawValue>,
    pub evidence_sha256: String,
    pub procedure_sha256: String,
    pub engine: String,
    pub review: Option<Review>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    #[serde(default)]
    pub note: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Return {
    pub reason: String,
}

impl RunSummary {
    pub(crate) fn new(kept: &runs::Run, people: &People) -> Self {
        Self {
            id: kept.id,
            kind: kept.kind.into(),
            site_id: kept.site_id,
            instrument: kept.instrument.clone().into(),
            reference: kept.reference.clone().map(Into::into),
            window: kept.window.into(),
            state: kept.state.into(),
            verdict: kept.verdict.into(),
            operator: people.person(kept.operator.clone()),
            created_at: kept.created,
            version: kept.version,
        }
    }
}

impl Run {
    /// # Errors
    /// `unreadable-record` for a conclusion that is no JSON.
    pub(crate) fn new(kept: runs::Run, people: &People) -> Result<Self, LedgerError> {
        let summary = RunSummary::new(&kept, people);
        let review = match (kept.reviewer, kept.reviewed) {
            (Some(by), Some(at)) => Some(Review {
                by: people.person(by),
                at,
                decision: kept.state.into(),
                note: kept.note,
            }),
            _ => None,
        };
        let conclusion = RawValue::from_string(kept.conclusion.clone()).map_err(|error| {
            LedgerError::unreadable("run", kept.id, "conclusion", &kept.conclusion, error)
        })?;
        Ok(Self {
            summary,
            conclusion,
            evidence_sha256: kept.evidence_sha256,
            procedure_sha256: kept.procedure_sha256,
            engine: kept.engine,
            review,
        })
    }
}
