//! Estimates of the errors behind a master, from ordinary readings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ledger::{EstimateId, InstrumentId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::estimate::wire::{ErrorEstimate, ErrorEstimatePage, ErrorEstimateRequest, ErrorEstimateSummary};
use crate::estimate::work;
use crate::problem::{Answer, Problem};
use crate::request::page;
use crate::request::{Body, Path, Query};

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EstimateQuery {
    /// Id of the master.
    #[param(value_type = Option<i64>)]
    pub master: Option<InstrumentId>,
    /// From 1.
    pub page: Option<u32>,
    /// At most 200; 50 unless told.
    pub per_page: Option<u32>,
}

/// Estimates that the caller sees, newest first: those whose whole window was granted.
#[utoipa::path(get, path = "/error-estimates", tag = "error-estimates", operation_id = "list_error_estimates",
    params(EstimateQuery),
    responses((status = 200, body = ErrorEstimatePage), (status = 401, body = Problem)))]
pub async fn list(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Query(query): Query<EstimateQuery>,
) -> Answer<Json<ErrorEstimatePage>> {
    let page = page(query.page, query.per_page);
    let (rows, total) = portal.ledger.estimates(&caller.actor, query.master, page).await?;
    let people = portal.people().await?;
    let rows = rows
        .into_iter()
        .map(|row| ErrorEstimateSummary::new(row, &people))
        .collect();
    Ok(Json(ErrorEstimatePage { rows, total }))
}

/// Estimate the errors of the sub-meters behind a master from the readings of a window. A suspicion: no status and no
/// date changes; a verification is planned by a person.
#[utoipa::path(post, path = "/error-estimates", tag = "error-estimates", operation_id = "make_error_estimate",
    request_body = ErrorEstimateRequest,
    responses((status = 201, body = ErrorEstimate), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn make(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Body(asked): Body<ErrorEstimateRequest>,
) -> Answer<(StatusCode, Json<ErrorEstimate>)> {
    let id = work::estimate(&portal, &caller, &asked).await?;
    Ok((StatusCode::CREATED, Json(one(&portal, &caller, id).await?)))
}

/// One estimate, as it was made.
#[utoipa::path(get, path = "/error-estimates/{id}", tag = "error-estimates", operation_id = "get_error_estimate",
    params(("id" = i64, Path)),
    responses((status = 200, body = ErrorEstimate), (status = 404, body = Problem)))]
pub async fn get(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<EstimateId>,
) -> Answer<Json<ErrorEstimate>> {
    one(&portal, &caller, id).await.map(Json)
}

async fn one(portal: &Portal, caller: &Caller, id: EstimateId) -> Answer<ErrorEstimate> {
    let kept = portal.ledger.estimate(&caller.actor, id).await?;
    Ok(ErrorEstimate::new(kept, &portal.people().await?)?)
}
