//! Runs and their reviews.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    pub instrument_id: i64,
    pub reference_id: Option<i64>,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InstrumentRef {
    pub id: i64,
    pub device: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WindowCard {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunSummary {
    pub id: i64,
    pub kind: RunKind,
    pub instrument: InstrumentRef,
    pub reference: Option<InstrumentRef>,
    pub window: WindowCard,
    pub state: RunState,
    pub verdict: VerdictName,
    /// Login of the person who ran it.
    pub operator: String,
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
    pub by: String,
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
    pub conclusion: Box<serde_json::value::RawValue>,
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
