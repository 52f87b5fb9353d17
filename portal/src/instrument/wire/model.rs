//! Models that can be registered.

use devices::{Connection, Quantity};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProfilePoint {
    pub name: String,
    pub title_zh: String,
    pub title_en: String,
    pub unit: String,
    #[schema(value_type = String)]
    pub quantity: Quantity,
    pub cumulative: bool,
}

/// An instrument model of the catalogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProfileCard {
    /// `model@version`
    pub reference: String,
    pub title_zh: String,
    pub title_en: String,
    pub manufacturer: String,
    pub accuracy_class: Option<String>,
    #[schema(value_type = Option<String>)]
    pub connection: Option<Connection>,
    #[schema(value_type = String)]
    pub instrument: devices::profile::InstrumentKind,
    #[schema(value_type = String)]
    pub protocol: devices::profile::Protocol,
    pub points: Vec<ProfilePoint>,
}
