//! The second pair of eyes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::refusal;
use crate::request::{Body, Path, SeenVersion};
use crate::run::wire::{Confirmation, Return, Run};

/// Confirm a conclusion; only now the instrument's status and next check date move.
#[utoipa::path(post, path = "/runs/{id}/confirm", tag = "runs", operation_id = "confirm_run",
    request_body = Confirmation,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "the version seen, in quotes")),
    responses((status = 200, body = Run), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 412, body = Problem)))]
pub async fn confirm(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<i64>,
    SeenVersion(version): SeenVersion,
    Body(given): Body<Confirmation>,
) -> Answer<Json<Run>> {
    portal
        .records
        .confirm(&caller, id, version, &given.note, portal.now())
        .await?;
    portal.records.run(&caller, id).await.map(Json)
}

/// Return a conclusion to the laboratory with a reason; the instrument stays as it is.
#[utoipa::path(post, path = "/runs/{id}/return", tag = "runs", operation_id = "return_run",
    request_body = Return,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "the version seen, in quotes")),
    responses((status = 200, body = Run), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn send_back(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<i64>,
    SeenVersion(version): SeenVersion,
    Body(given): Body<Return>,
) -> Answer<Json<Run>> {
    if given.reason.trim().is_empty() {
        return Err(refusal::run::return_without_reason().on_field("reason"));
    }
    portal
        .records
        .send_back(&caller, id, version, &given.reason, portal.now())
        .await?;
    portal.records.run(&caller, id).await.map(Json)
}
