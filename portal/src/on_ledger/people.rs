//! Who asks and what they see; which collector may send what.

use std::collections::BTreeMap;

use devices::Window;
use ledger::accounts;
use uplink::DeviceAssignment;

use super::rows::{named, registered};
use super::{OnLedger, actor, refused};
use crate::access::{Caller, Role, Scope};
use crate::field::CollectorGrant;
use crate::problem::Answer;
use crate::records::Grants;
use crate::session::wire::{Me, PartyRef, SiteRef};

impl OnLedger {
    /// Roles and scope as they are now.
    pub(super) async fn caller_of(&self, user: i64) -> Answer<Option<Caller>> {
        let Some(account) = self.0.account(user.into()).await.map_err(refused)? else {
            return Ok(None);
        };
        let accounts::Account {
            id,
            login,
            name,
            party_id,
            party_name,
            roles,
            sites,
        } = account;
        let roles = roles
            .iter()
            .map(|role| named(*role))
            .collect::<Answer<Vec<Role>>>()?;
        let mut scope = Scope {
            everything: roles.contains(&Role::Administrator),
            sites: BTreeMap::new(),
        };
        for site in sites {
            let granted = match site.period.map(|(from, to)| Window::new(from, to)) {
                None => None,
                Some(Some(window)) => Some(window),
                // A period that ends before it begins grants nothing, and above all not everything.
                Some(None) => continue,
            };
            // A person with two roles keeps the wider of the two views.
            let seen = scope.sites.entry(site.id.into()).or_insert(granted);
            if granted.is_none() {
                *seen = None;
            }
        }
        Ok(Some(Caller {
            user_id: id.into(),
            login,
            name,
            party_id: party_id.into(),
            party_name,
            roles,
            scope,
        }))
    }

    pub(super) async fn me_of(&self, caller: &Caller) -> Answer<Me> {
        let sites = self.0.sites(&actor(caller)).await.map_err(refused)?;
        Ok(Me {
            login: caller.login.clone(),
            name: caller.name.clone(),
            roles: caller.roles.clone(),
            party: PartyRef {
                id: caller.party_id,
                name: caller.party_name.clone(),
            },
            sites: sites
                .into_iter()
                .map(|site| SiteRef {
                    id: site.id.into(),
                    name: site.name,
                })
                .collect(),
        })
    }

    /// Collectors and what each may send. A row that cannot be read is left out and named: it must not silence the others.
    pub(super) async fn every_grant(&self) -> Answer<Grants> {
        let mut unreadable = Vec::new();
        let mut devices: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for row in self.0.every_instrument().await.map_err(refused)? {
            let draft = match row.and_then(registered) {
                Ok(instrument) => instrument.draft,
                Err(error) => {
                    unreadable.push(error.to_string());
                    continue;
                }
            };
            let assignment = DeviceAssignment {
                device: draft.device,
                profile: draft.profile,
                access: draft.access.into(),
                period_seconds: draft.period_seconds,
            };
            devices
                .entry(draft.collector)
                .or_default()
                .push((assignment, draft.plausible));
        }
        let mut collectors = Vec::new();
        for row in self.0.every_collector().await.map_err(refused)? {
            match row {
                Ok(row) => collectors.push(CollectorGrant {
                    devices: devices.remove(&row.id).unwrap_or_default(),
                    collector: row.id,
                    token_sha256: row.token_sha256,
                }),
                Err(error) => unreadable.push(error.to_string()),
            }
        }
        Ok(Grants {
            collectors,
            unreadable,
        })
    }
}
