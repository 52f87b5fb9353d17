//! The start page.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::Portal;
use crate::access::Caller;
use crate::overview::wire::Overview;
use crate::problem::{Answer, Problem};

/// What needs attention, within what the caller sees.
#[utoipa::path(get, path = "/overview", tag = "overview", operation_id = "get_overview",
    responses((status = 200, body = Overview), (status = 401, body = Problem)))]
pub async fn overview(State(portal): State<Arc<Portal>>, caller: Caller) -> Answer<Json<Overview>> {
    let counts = portal.ledger.counts(&caller.actor, portal.now()).await?;
    let mut overview = Overview::new(counts, portal.collectors(&caller).await?);
    portal.count_conditions(&caller, &mut overview).await?;
    Ok(Json(overview))
}
