//! Who may do what: the one table of permissions, and the scope in which a caller sees anything at all.

use std::collections::BTreeMap;

use devices::Window;
use jiff::Timestamp;
use ledger::accounts::{Account, Role};
use ledger::{Actor, PartyId, SeenSite, SiteId, Word};

use crate::problem::Answer;
use crate::refusal::{self, Thing};

/// What a route demands. A route cannot be added without one (see [`crate::router`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// No session needed.
    Anyone,
    /// Any session.
    SignedIn,
    /// Sites, instruments, readings, runs, evidence: within the caller's scope.
    Read,
    RegisterInstrument,
    Probe,
    /// Suspicions from ordinary readings; they change nothing.
    Estimate,
    Plan,
    StartRun,
    WriteProcedure,
    ApproveProcedure,
    ReviewRun,
    ReadAudit,
}

impl Permission {
    /// `None`: no session needed.
    pub const fn roles(self) -> Option<&'static [Role]> {
        match self {
            Permission::Anyone => None,
            Permission::SignedIn | Permission::Read => Some(Role::ALL),
            Permission::RegisterInstrument | Permission::Probe => {
                Some(&[Role::Enterprise, Role::Administrator])
            }
            Permission::Estimate => Some(&[Role::Enterprise, Role::Operator, Role::Administrator]),
            Permission::Plan | Permission::StartRun => Some(&[Role::Operator]),
            Permission::WriteProcedure => Some(&[Role::Operator, Role::Administrator]),
            Permission::ApproveProcedure => Some(&[Role::Administrator]),
            Permission::ReviewRun => Some(&[Role::Reviewer]),
            Permission::ReadAudit => {
                Some(&[Role::Operator, Role::Reviewer, Role::Auditor, Role::Administrator])
            }
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Permission::Anyone => "anyone",
            Permission::SignedIn => "signed-in",
            Permission::Read => "read",
            Permission::RegisterInstrument => "register-instrument",
            Permission::Probe => "probe",
            Permission::Estimate => "estimate",
            Permission::Plan => "plan",
            Permission::StartRun => "start-run",
            Permission::WriteProcedure => "write-procedure",
            Permission::ApproveProcedure => "approve-procedure",
            Permission::ReviewRun => "review-run",
            Permission::ReadAudit => "read-audit",
        }
    }
}

/// The sites that a caller sees, each with the period it was granted for (`None`: without limit).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub everything: bool,
    pub sites: BTreeMap<SiteId, Option<Window>>,
}

impl Scope {
    pub fn sees_site(&self, site: SiteId) -> bool {
        self.everything || self.sites.contains_key(&site)
    }

    /// The part of `asked` that may be read at this site.
    ///
    /// # Errors
    /// `outside-grant` if nothing of it is granted; `not-found` if the site itself is not visible.
    pub fn within(&self, site: SiteId, asked: Window) -> Answer<Window> {
        if self.everything {
            return Ok(asked);
        }
        match self.sites.get(&site) {
            None => Err(refusal::request::not_found(Thing::Site)),
            Some(None) => Ok(asked),
            Some(Some(granted)) => {
                let from = asked.from.max(granted.from);
                let to = asked.to.min(granted.to);
                Window::new(from, to)
                    .filter(|part| part.from < part.to)
                    .ok_or_else(refusal::request::outside_grant)
            }
        }
    }

    /// Whether the whole of `window` may be seen: half a run is no run.
    pub fn covers(&self, site: SiteId, window: Window) -> bool {
        self.within(site, window).is_ok_and(|part| part == window)
    }

    pub fn sees_now(&self, site: SiteId, now: Timestamp) -> bool {
        self.everything
            || self
                .sites
                .get(&site)
                .is_some_and(|granted| granted.is_none_or(|granted| granted.contains(now)))
    }
}

impl Scope {
    fn of(account: &Account) -> Self {
        let mut scope = Scope {
            everything: account.roles.contains(&Role::Administrator),
            sites: BTreeMap::new(),
        };
        for site in &account.sites {
            let granted = match site.period.map(|(from, to)| Window::new(from, to)) {
                None => None,
                Some(Some(window)) => Some(window),
                // A period that ends before it begins grants nothing, and above all not everything.
                Some(None) => continue,
            };
            // A person with two roles keeps the wider of the two views.
            let seen = scope.sites.entry(site.id).or_insert(granted);
            if granted.is_none() {
                *seen = None;
            }
        }
        scope
    }

    /// As the ledger takes it.
    fn seen_sites(&self) -> Option<Vec<SeenSite>> {
        let seen = |(id, granted): (&SiteId, &Option<Window>)| SeenSite {
            id: *id,
            period: granted.map(|window| (window.from, window.to)),
        };
        (!self.everything).then(|| self.sites.iter().map(seen).collect())
    }
}

/// The person behind a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// As whom the ledger is asked.
    pub actor: Actor,
    pub name: String,
    pub party_id: PartyId,
    pub party_name: String,
    pub roles: Vec<Role>,
    pub scope: Scope,
}

impl From<Account> for Caller {
    fn from(account: Account) -> Self {
        let scope = Scope::of(&account);
        Self {
            actor: Actor {
                account_id: account.id,
                login: account.login,
                sites: scope.seen_sites(),
            },
            name: account.name,
            party_id: account.party_id,
            party_name: account.party_name,
            roles: account.roles,
            scope,
        }
    }
}

impl Caller {
    /// The program itself: it sees everything, and without an account no role lets it through a route.
    pub fn system() -> Self {
        let scope = Scope {
            everything: true,
            sites: BTreeMap::new(),
        };
        Self {
            actor: Actor {
                account_id: 0.into(),
                login: "system".to_owned(),
                sites: scope.seen_sites(),
            },
            name: "system".to_owned(),
            party_id: 0.into(),
            party_name: String::new(),
            roles: Vec::new(),
            scope,
        }
    }

    pub fn may(&self, permission: Permission) -> bool {
        permission
            .roles()
            .is_none_or(|allowed| self.roles.iter().any(|role| allowed.contains(role)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: i64, to: i64) -> Window {
        Window::new(
            Timestamp::from_second(from).unwrap(),
            Timestamp::from_second(to).unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn a_grant_cuts_the_window_and_hides_other_sites() {
        let scope = Scope {
            everything: false,
            sites: BTreeMap::from([(7.into(), Some(window(100, 200)))]),
        };
        assert_eq!(scope.within(7.into(), window(50, 150)).unwrap(), window(100, 150));
        assert_eq!(
            scope.within(7.into(), window(200, 300)).unwrap_err().code,
            "outside-grant"
        );
        assert_eq!(
            scope.within(8.into(), window(100, 150)).unwrap_err().code,
            "not-found"
        );
        assert!(scope.covers(7.into(), window(100, 200)));
        assert!(!scope.covers(7.into(), window(99, 200)));
    }
}
