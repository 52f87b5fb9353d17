//! Plans of verifications and checks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::Portal;
use crate::access::Caller;
use crate::input::Body;
use crate::problem::{Answer, Problem};
use crate::wire::{Plan, RunRequest};

/// Plans of the sites that the caller sees.
#[utoipa::path(get, path = "/plans", tag = "runs", operation_id = "list_plans",
    responses((status = 200, body = Vec<Plan>), (status = 401, body = Problem)))]
pub async fn list(State(portal): State<Arc<Portal>>, caller: Caller) -> Answer<Json<Vec<Plan>>> {
    portal.records.plans(&caller).await.map(Json)
}

/// Plan a verification or a period check.
#[utoipa::path(post, path = "/plans", tag = "runs", operation_id = "create_plan",
    request_body = RunRequest,
    responses((status = 201, body = Plan), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn create(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Body(asked): Body<RunRequest>,
) -> Answer<(StatusCode, Json<Plan>)> {
    let plan = portal.records.plan(&caller, asked, portal.now()).await?;
    Ok((StatusCode::CREATED, Json(plan)))
}
