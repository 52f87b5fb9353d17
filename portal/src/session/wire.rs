//! Who signs in, and who is signed in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Role;

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    pub login: String,
    pub password: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartyRef {
    pub id: i64,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SiteRef {
    pub id: i64,
    pub name: String,
}

/// The signed-in person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    pub login: String,
    pub name: String,
    pub roles: Vec<Role>,
    pub party: PartyRef,
    pub sites: Vec<SiteRef>,
}
