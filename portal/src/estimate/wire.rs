//! Estimates of the errors of the sub-meters behind a master. Suspicions, never verdicts.

use jiff::Timestamp;
use ledger::estimates::Estimate;
use ledger::{EstimateId, InstrumentId, LedgerError, SiteId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::ErrorEstimateBody;
use crate::instrument::wire::InstrumentRef;
use crate::run::wire::WindowCard;
use crate::session::wire::{People, Person};

/// What is asked for: the errors of everything directly behind this master.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorEstimateRequest {
    #[schema(value_type = i64)]
    pub master_id: InstrumentId,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorEstimate {
    #[schema(value_type = i64)]
    pub id: EstimateId,
    #[schema(value_type = i64)]
    pub site_id: SiteId,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `system` is the daily job.
    pub by: Person,
    pub engine: String,
    /// Of everything but `id`, `site_id`, `at`, `by`, `engine` and itself, as canonical JSON.
    pub body_sha256: String,
    #[serde(flatten)]
    pub body: ErrorEstimateBody,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorEstimateSummary {
    #[schema(value_type = i64)]
    pub id: EstimateId,
    #[schema(value_type = i64)]
    pub site_id: SiteId,
    pub master: InstrumentRef,
    pub window: WindowCard,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `system` is the daily job.
    pub by: Person,
    /// How many of `meters` should be verified on site.
    pub suspects: u32,
    pub meters: u32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorEstimatePage {
    pub rows: Vec<ErrorEstimateSummary>,
    pub total: u64,
}

impl ErrorEstimateSummary {
    pub(crate) fn new(kept: Estimate, people: &People) -> Self {
        Self {
            id: kept.id,
            site_id: kept.site_id,
            master: kept.master.into(),
            window: kept.window.into(),
            at: kept.made,
            by: people.person(kept.made_by),
            suspects: kept.suspects,
            meters: kept.meters,
        }
    }
}

impl ErrorEstimate {
    /// # Errors
    /// `unreadable-record` for a body of another format or shape.
    pub(crate) fn new((kept, body): (Estimate, String), people: &People) -> Result<Self, LedgerError> {
        let frozen = ErrorEstimateBody::parse(&body)
            .map_err(|error| LedgerError::unreadable("error_estimate", kept.id, "body", &body, error))?;
        Ok(Self {
            id: kept.id,
            site_id: kept.site_id,
            at: kept.made,
            by: people.person(kept.made_by),
            engine: kept.engine,
            body_sha256: kept.body_sha256,
            body: frozen,
        })
    }
}
