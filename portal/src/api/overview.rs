//! The start page, sites, models and collectors.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::wire::{Collector, Overview, ProfileCard, ProfilePoint, Site};

/// What needs attention, within what the caller sees.
#[utoipa::path(get, path = "/overview", tag = "overview", operation_id = "get_overview",
    responses((status = 200, body = Overview), (status = 401, body = Problem)))]
pub async fn overview(State(portal): State<Arc<Portal>>, caller: Caller) -> Answer<Json<Overview>> {
    let mut overview = portal.records.overview(&caller, portal.now()).await?;
    overview.collectors = portal.collectors(&caller).await?;
    portal.count_conditions(&caller, &mut overview).await?;
    Ok(Json(overview))
}

/// The sites that the caller sees.
#[utoipa::path(get, path = "/sites", tag = "overview", operation_id = "list_sites",
    responses((status = 200, body = Vec<Site>), (status = 401, body = Problem)))]
pub async fn sites(State(portal): State<Arc<Portal>>, caller: Caller) -> Answer<Json<Vec<Site>>> {
    portal.records.sites(&caller).await.map(Json)
}

/// Instrument models that can be registered.
#[utoipa::path(get, path = "/profiles", tag = "overview", operation_id = "list_profiles",
    responses((status = 200, body = Vec<ProfileCard>), (status = 401, body = Problem)))]
pub async fn profiles(State(portal): State<Arc<Portal>>) -> Json<Vec<ProfileCard>> {
    Json(portal.catalogue.iter().map(|profile| card(profile)).collect())
}

/// Collectors of the sites that the caller sees.
#[utoipa::path(get, path = "/collectors", tag = "overview", operation_id = "list_collectors",
    responses((status = 200, body = Vec<Collector>), (status = 401, body = Problem)))]
pub async fn collectors(State(portal): State<Arc<Portal>>, caller: Caller) -> Answer<Json<Vec<Collector>>> {
    portal.collectors(&caller).await.map(Json)
}

fn card(profile: &devices::Profile) -> ProfileCard {
    ProfileCard {
        reference: profile.reference(),
        title_zh: profile.title_zh.clone(),
        title_en: profile.title_en.clone(),
        manufacturer: profile.manufacturer.clone(),
        accuracy_class: profile.accuracy_class.clone().map(|class| class.0),
        connection: profile.connection,
        instrument: profile.instrument,
        protocol: profile.protocol,
        points: profile
            .points
            .iter()
            .map(|point| ProfilePoint {
                name: point.name.to_string(),
                title_zh: point.title_zh.clone(),
                title_en: point.title_en.clone(),
                unit: point.unit.symbol().to_owned(),
                quantity: point.quantity,
                cumulative: point.cumulative,
            })
            .collect(),
    }
}
