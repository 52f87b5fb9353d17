//! Sites.

use ledger::{SiteId, accounts};
use serde::Serialize;
use utoipa::ToSchema;

use crate::session::wire::PartyRef;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Site {
    #[schema(value_type = i64)]
    pub id: SiteId,
    pub name: String,
    pub party: PartyRef,
    pub description: String,
    /// IANA name of the zone whose days due dates and certificates are.
    pub time_zone: String,
}

impl From<accounts::Site> for Site {
    fn from(site: accounts::Site) -> Self {
        Self {
            id: site.id,
            name: site.name,
            party: PartyRef {
                id: site.party_id,
                name: site.party_name,
            },
            description: site.description,
            time_zone: site.time_zone,
        }
    }
}
