//! Collectors.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::Portal;
use crate::access::Caller;
use crate::collector::wire::Collector;
use crate::problem::{Answer, Problem};

/// Collectors of the sites that the caller sees.
#[utoipa::path(get, path = "/collectors", tag = "overview", operation_id = "list_collectors",
    responses((status = 200, body = Vec<Collector>), (status = 401, body = Problem)))]
pub async fn collectors(State(portal): State<Arc<Portal>>, caller: Caller) -> Answer<Json<Vec<Collector>>> {
    portal.collectors(&caller).await.map(Json)
}
