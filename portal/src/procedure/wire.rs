//! Procedures: what is judged by which rules, and who approved them.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::run::wire::RunKind;
use crate::session::wire::Person;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProcedureState {
    /// Runs with it say 草案.
    Draft,
    Approved,
}

/// One procedure in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProcedureCard {
    pub id: String,
    /// What runs with it are.
    pub kind: RunKind,
    pub version: u32,
    pub state: ProcedureState,
    /// Digest of the text, by which conclusions name it.
    pub sha256: String,
    /// Runs of this id use it unless told otherwise.
    pub current: bool,
    pub document: String,
    pub title_zh: String,
    pub title_en: String,
    pub measurand_zh: String,
    pub measurand_en: String,
    pub edition: String,
    pub clause: String,
    /// Day from which the document applies; empty in a draft.
    pub effective: String,
    /// Where the numbers came from, and how sure that is.
    pub source: String,
    pub confidence: String,
    /// Who entered or approved it; `null` for what ships with the engine.
    pub by: Option<Person>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// Of an approved procedure, the digest of its draft.
    pub draft_sha256: Option<String>,
    pub note: String,
}

/// A procedure laid open.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProcedureDetail {
    #[serde(flatten)]
    pub card: ProcedureCard,
    /// Everything that is checked, as the engine understood it.
    #[schema(value_type = Object)]
    pub sheet: serde_json::Value,
    /// The file (TOML).
    pub text: String,
}

/// A procedure file that a laboratory wrote.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcedureFile {
    /// TOML, at most 200 kB. Its status must be `draft`.
    pub text: String,
    #[serde(default)]
    pub note: String,
}

/// What an approver has read in the official text.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcedureApproval {
    pub edition: String,
    pub clause: String,
    #[schema(value_type = String, format = Date)]
    pub effective_on: Date,
    #[serde(default)]
    pub note: String,
}
