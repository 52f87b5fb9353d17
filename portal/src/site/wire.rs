//! Sites.

use serde::Serialize;
use utoipa::ToSchema;

use crate::session::wire::PartyRef;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Site {
    pub id: i64,
    pub name: String,
    pub party: PartyRef,
    pub description: String,
}
