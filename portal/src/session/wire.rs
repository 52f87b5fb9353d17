//! Who signs in, and who is signed in.

use std::collections::BTreeMap;

use ledger::accounts;
use ledger::{PartyId, SiteId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::request::mirrors;

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    pub login: String,
    pub password: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartyRef {
    #[schema(value_type = i64)]
    pub id: PartyId,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SiteRef {
    #[schema(value_type = i64)]
    pub id: SiteId,
    pub name: String,
    /// IANA name; times of this site are shown in it.
    pub time_zone: String,
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 企业
    Enterprise,
    /// 检测员
    Operator,
    /// 核验员
    Reviewer,
    /// 能源审计员
    Auditor,
    /// 管理员
    Administrator,
}

mirrors!(
    Role,
    accounts::Role {
        Enterprise,
        Operator,
        Reviewer,
        Auditor,
        Administrator
    }
);

/// A person as records name them: by name, and by the login that tells two of one name apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    pub login: String,
    pub name: String,
}

/// Everybody's name by login.
pub(crate) struct People(pub BTreeMap<String, String>);

impl People {
    /// The program itself, `system`, has no account and is its own name.
    pub(crate) fn person(&self, login: String) -> Person {
        let name = self.0.get(&login).unwrap_or(&login).clone();
        Person { login, name }
    }
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

impl Me {
    pub(crate) fn new(caller: &Caller, sites: Vec<accounts::Site>) -> Self {
        Self {
            login: caller.actor.login.clone(),
            name: caller.name.clone(),
            roles: caller.roles.iter().copied().map(Into::into).collect(),
            party: PartyRef {
                id: caller.party_id,
                name: caller.party_name.clone(),
            },
            sites: sites
                .into_iter()
                .map(|site| SiteRef {
                    id: site.id,
                    name: site.name,
                    time_zone: site.time_zone,
                })
                .collect(),
        }
    }
}
