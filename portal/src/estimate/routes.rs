//! Estimates of the errors behind a master, from ordinary readings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::estimate::wire::{ErrorEstimate, ErrorEstimatePage, ErrorEstimateRequest};
use crate::estimate::work;
use crate::problem::{Answer, Problem};
use crate::records::PageOf;
use crate::request::page;
use crate::request::{Body, Path, Query};

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EstimateQuery {
    /// Id of the master.
    pub master: Option<i64>,
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
    let (number, rows) = page(query.page, query.per_page);
    portal
        .records
        .estimates(&caller, query.master, PageOf { number, rows })
        .await
        .map(Json)
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
    let estimate = portal.records.estimate(&caller, id).await?;
    Ok((StatusCode::CREATED, Json(estimate)))
}

/// One estimate, as it was made.
#[utoipa::path(get, path = "/error-estimates/{id}", tag = "error-estimates", operation_id = "get_error_estimate",
    params(("id" = i64, Path)),
    responses((status = 200, body = ErrorEstimate), (status = 404, body = Problem)))]
pub async fn get(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<i64>,
) -> Answer<Json<ErrorEstimate>> {
    portal.records.estimate(&caller, id).await.map(Json)
}
