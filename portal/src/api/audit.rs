//! Who changed what.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::api::page;
use crate::input::Asked;
use crate::problem::{Answer, Problem};
use crate::records::PageOf;
use crate::wire::AuditPage;

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// e.g. `instrument/7` or `run/3`
    pub object: Option<String>,
    /// From 1, 50 rows each.
    pub page: Option<u32>,
}

/// Audit entries, newest first, within what the caller sees.
#[utoipa::path(get, path = "/audit", tag = "audit", operation_id = "list_audit",
    params(AuditQuery),
    responses((status = 200, body = AuditPage), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn list(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Asked(query): Asked<AuditQuery>,
) -> Answer<Json<AuditPage>> {
    let (number, rows) = page(query.page, None);
    portal
        .records
        .audit(&caller, query.object.as_deref(), PageOf { number, rows })
        .await
        .map(Json)
}
