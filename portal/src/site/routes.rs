//! Sites.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::site::wire::Site;

/// The sites that the caller sees.
#[utoipa::path(get, path = "/sites", tag = "overview", operation_id = "list_sites",
    responses((status = 200, body = Vec<Site>), (status = 401, body = Problem)))]
pub async fn sites(State(portal): State<Arc<Portal>>, caller: Caller) -> Answer<Json<Vec<Site>>> {
    let sites = portal.ledger.sites(&caller.actor).await?;
    Ok(Json(sites.into_iter().map(Into::into).collect()))
}
