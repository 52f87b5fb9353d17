//! The second pair of eyes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ledger::RunId;
use ledger::runs::Decision;

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
    Path(id): Path<RunId>,
    SeenVersion(version): SeenVersion,
    Body(given): Body<Confirmation>,
) -> Answer<Json<Run>> {
    decide(&portal, &caller, (id, version), Decision::Confirm, &given.note).await
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
    Path(id): Path<RunId>,
    SeenVersion(version): SeenVersion,
    Body(given): Body<Return>,
) -> Answer<Json<Run>> {
    if given.reason.trim().is_empty() {
        return Err(refusal::run::return_without_reason().on_field("reason"));
    }
    decide(&portal, &caller, (id, version), Decision::Return, &given.reason).await
}

async fn decide(
    portal: &Portal,
    caller: &Caller,
    (id, version): (RunId, i64),
    decision: Decision,
    note: &str,
) -> Answer<Json<Run>> {
    portal
        .ledger
        .review(&caller.actor, id, version, decision, note, portal.now())
        .await?;
    portal.run(caller, id).await.map(Json)
}
