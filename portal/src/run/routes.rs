//! Runs: start one, read it, take its bundle away.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::runs::RunFilter;
use ledger::{InstrumentId, RunId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::request::page;
use crate::request::{Body, Path, Query};
use crate::run::wire::{Run, RunKind, RunPage, RunRequest, RunState, RunSummary};
use crate::run::work;

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunQuery {
    pub state: Option<RunState>,
    pub kind: Option<RunKind>,
    #[param(value_type = Option<i64>)]
    pub instrument: Option<InstrumentId>,
    /// From 1, 50 rows each.
    pub page: Option<u32>,
}

/// Runs that the caller sees, newest first.
#[utoipa::path(get, path = "/runs", tag = "runs", operation_id = "list_runs",
    params(RunQuery),
    responses((status = 200, body = RunPage), (status = 401, body = Problem)))]
pub async fn list(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Query(query): Query<RunQuery>,
) -> Answer<Json<RunPage>> {
    let of = RunFilter {
        state: query.state.map(Into::into),
        kind: query.kind.map(Into::into),
        instrument: query.instrument,
    };
    let page = page(query.page, None);
    let (rows, total) = portal.ledger.runs(&caller.actor, &of, page).await?;
    let people = portal.people().await?;
    let rows = rows.iter().map(|row| RunSummary::new(row, &people)).collect();
    Ok(Json(RunPage { rows, total }))
}

/// Run a verification or period check over a window. The conclusion waits for a second person.
#[utoipa::path(post, path = "/runs", tag = "runs", operation_id = "start_run",
    request_body = RunRequest,
    responses((status = 201, body = Run), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn start(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Body(asked): Body<RunRequest>,
) -> Answer<(StatusCode, Json<Run>)> {
    let id = work::run(&portal, &caller, asked).await?;
    Ok((StatusCode::CREATED, Json(portal.run(&caller, id).await?)))
}

/// One run with its conclusion, digit for digit.
#[utoipa::path(get, path = "/runs/{id}", tag = "runs", operation_id = "get_run",
    params(("id" = i64, Path)),
    responses((status = 200, body = Run), (status = 404, body = Problem)))]
pub async fn get(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<RunId>,
) -> Answer<Json<Run>> {
    portal.run(&caller, id).await.map(Json)
}

/// The frozen evidence, the very bytes that the digest is of.
#[utoipa::path(get, path = "/runs/{id}/evidence", tag = "runs", operation_id = "get_run_evidence",
    params(("id" = i64, Path)),
    responses((status = 200, body = Object, content_type = "application/json"), (status = 404, body = Problem)))]
pub async fn evidence(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<RunId>,
) -> Answer<Response> {
    let bytes = portal.ledger.frozen(&caller.actor, id).await?.evidence;
    Ok((
        [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        bytes,
    )
        .into_response())
}

/// Conclusion, evidence and procedure in one file for `henglian recheck`, with the record of the run: whether it was
/// reviewed, and by whom.
#[utoipa::path(get, path = "/runs/{id}/bundle", tag = "runs", operation_id = "get_run_bundle",
    params(("id" = i64, Path)),
    responses((status = 200, body = Object, content_type = "application/json"), (status = 404, body = Problem)))]
pub async fn bundle(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<RunId>,
) -> Answer<Response> {
    let bytes = work::bundle(&portal, &caller, id).await?;
    let name = format!("attachment; filename=\"henglian-run-{id}.json\"");
    let name = HeaderValue::from_str(&name).expect("a number is a header value");
    let kind = HeaderValue::from_static("application/json");
    Ok((
        StatusCode::OK,
        [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)],
        bytes,
    )
        .into_response())
}
