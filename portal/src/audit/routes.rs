//! Who changed what.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ledger::InstrumentId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::audit::wire::AuditPage;
use crate::problem::{Answer, Problem};
use crate::request::{Paging, page};
use crate::request::{Path, Query};

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
    Query(query): Query<AuditQuery>,
) -> Answer<Json<AuditPage>> {
    let page = page(query.page, None);
    let found = portal
        .ledger
        .audit(&caller.actor, query.object.as_deref(), page)
        .await?;
    Ok(Json(AuditPage::new(found, &portal.people().await?)?))
}

/// What happened to one instrument, newest first: its registration and changes, and the plans and runs that it was part
/// of. Whoever sees the instrument may read it.
#[utoipa::path(get, path = "/instruments/{id}/audit", tag = "audit", operation_id = "list_instrument_audit",
    params(("id" = i64, Path), Paging),
    responses((status = 200, body = AuditPage), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn of_instrument(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<InstrumentId>,
    Query(paging): Query<Paging>,
) -> Answer<Json<AuditPage>> {
    let page = page(paging.page, paging.per_page);
    let found = portal.ledger.audit_of_instrument(&caller.actor, id, page).await?;
    Ok(Json(AuditPage::new(found, &portal.people().await?)?))
}
