//! Procedures: list them, read them, enter a laboratory's own, approve one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::procedure::wire::{ProcedureApproval, ProcedureCard, ProcedureDetail, ProcedureFile};
use crate::procedure::work;
use crate::request::{Body, Path};

/// Every procedure with its status; of each id the current one first.
#[utoipa::path(get, path = "/procedures", tag = "procedures", operation_id = "list_procedures",
    responses((status = 200, body = Vec<ProcedureCard>), (status = 401, body = Problem)))]
pub async fn list(State(portal): State<Arc<Portal>>) -> Answer<Json<Vec<ProcedureCard>>> {
    work::cards(&portal).await.map(Json)
}

/// One procedure with everything that it checks, and its text.
#[utoipa::path(get, path = "/procedures/{sha256}", tag = "procedures", operation_id = "get_procedure",
    params(("sha256" = String, Path)),
    responses((status = 200, body = ProcedureDetail), (status = 404, body = Problem)))]
pub async fn get(
    State(portal): State<Arc<Portal>>,
    Path(sha256): Path<String>,
) -> Answer<Json<ProcedureDetail>> {
    work::by_sha256(&portal, &sha256).await.map(Json)
}

/// Enter a procedure file as a draft. A file that does not fit is refused with line, column and reason.
#[utoipa::path(post, path = "/procedures", tag = "procedures", operation_id = "enter_procedure",
    request_body = ProcedureFile,
    responses((status = 201, body = ProcedureDetail), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn enter(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Body(file): Body<ProcedureFile>,
) -> Answer<(StatusCode, Json<ProcedureDetail>)> {
    let entered = work::enter(&portal, &caller, file).await?;
    Ok((StatusCode::CREATED, Json(entered)))
}

/// Approve a draft by entering edition, clause and date of the official text. Nobody approves an own draft.
#[utoipa::path(post, path = "/procedures/{sha256}/approve", tag = "procedures", operation_id = "approve_procedure",
    params(("sha256" = String, Path)), request_body = ProcedureApproval,
    responses((status = 201, body = ProcedureDetail), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn approve(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(sha256): Path<String>,
    Body(approval): Body<ProcedureApproval>,
) -> Answer<(StatusCode, Json<ProcedureDetail>)> {
    let approved = work::approve(&portal, &caller, &sha256, approval).await?;
    Ok((StatusCode::CREATED, Json(approved)))
}
