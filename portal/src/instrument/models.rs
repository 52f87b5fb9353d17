//! The catalogue of models.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::Portal;
use crate::instrument::wire::{ProfileCard, ProfilePoint};
use crate::problem::Problem;

/// Instrument models that can be registered.
#[utoipa::path(get, path = "/profiles", tag = "overview", operation_id = "list_profiles",
    responses((status = 200, body = Vec<ProfileCard>), (status = 401, body = Problem)))]
pub async fn profiles(State(portal): State<Arc<Portal>>) -> Json<Vec<ProfileCard>> {
    Json(portal.catalogue.iter().map(|profile| card(profile)).collect())
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
