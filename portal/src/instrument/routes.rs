//! The instrument ledger (台账).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ledger::instruments::InstrumentFilter;
use ledger::{InstrumentId, SiteId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::instrument::registration;
use crate::instrument::wire::{
    CommunicationState, InstrumentCard, InstrumentDraft, InstrumentPage, InstrumentStatus, ValidityState,
};
use crate::problem::{Answer, Problem};
use crate::request::page;
use crate::request::{Body, Path, Query, SeenVersion};

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InstrumentQuery {
    #[param(value_type = Option<i64>)]
    pub site: Option<SiteId>,
    pub status: Option<InstrumentStatus>,
    pub communication: Option<CommunicationState>,
    pub validity: Option<ValidityState>,
    /// Part of the device, name or serial number.
    pub q: Option<String>,
    /// From 1.
    pub page: Option<u32>,
    /// At most 200; 50 unless told.
    pub per_page: Option<u32>,
}

/// Instruments of the sites that the caller sees.
#[utoipa::path(get, path = "/instruments", tag = "instruments", operation_id = "list_instruments",
    params(InstrumentQuery),
    responses((status = 200, body = InstrumentPage), (status = 401, body = Problem)))]
pub async fn list(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Query(query): Query<InstrumentQuery>,
) -> Answer<Json<InstrumentPage>> {
    let of = InstrumentFilter {
        site: query.site,
        status: query.status.map(Into::into),
        text: query.q,
    };
    let page = page(query.page, query.per_page);
    portal
        .instrument_page(&caller, of, query.communication, query.validity, page)
        .await
        .map(Json)
}

/// Register an instrument.
#[utoipa::path(post, path = "/instruments", tag = "instruments", operation_id = "register_instrument",
    request_body = InstrumentDraft,
    responses((status = 201, body = InstrumentCard), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub async fn register(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Body(draft): Body<InstrumentDraft>,
) -> Answer<(StatusCode, Json<InstrumentCard>)> {
    let today = portal.ledger.zones().await?.today(draft.site_id, portal.now());
    registration::check(&draft, portal.catalogue, today)?;
    portal.check_reach(&draft.collector, &draft.access)?;
    let id = portal
        .ledger
        .register(&caller.actor, &draft.into(), portal.now())
        .await?;
    portal.instruments_changed().await;
    Ok((StatusCode::CREATED, Json(portal.card_of(&caller, id).await?)))
}

/// One instrument.
#[utoipa::path(get, path = "/instruments/{id}", tag = "instruments", operation_id = "get_instrument",
    params(("id" = i64, Path)),
    responses((status = 200, body = InstrumentCard), (status = 404, body = Problem)))]
pub async fn get(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<InstrumentId>,
) -> Answer<Json<InstrumentCard>> {
    portal.card_of(&caller, id).await.map(Json)
}

/// Change an instrument. A stale page gets 412.
#[utoipa::path(put, path = "/instruments/{id}", tag = "instruments", operation_id = "change_instrument",
    request_body = InstrumentDraft,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "the version seen, in quotes")),
    responses((status = 200, body = InstrumentCard), (status = 404, body = Problem), (status = 412, body = Problem),
        (status = 422, body = Problem)))]
pub async fn change(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<InstrumentId>,
    SeenVersion(version): SeenVersion,
    Body(draft): Body<InstrumentDraft>,
) -> Answer<Json<InstrumentCard>> {
    let today = portal.ledger.zones().await?.today(draft.site_id, portal.now());
    registration::check(&draft, portal.catalogue, today)?;
    portal.check_reach(&draft.collector, &draft.access)?;
    portal
        .ledger
        .change_instrument(&caller.actor, id, version, &draft.into(), portal.now())
        .await?;
    portal.instruments_changed().await;
    portal.card_of(&caller, id).await.map(Json)
}
