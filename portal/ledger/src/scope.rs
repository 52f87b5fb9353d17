//! Who acts, and what of the ledger he sees: whole sites, or sites within a period.

use devices::Window;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::database::{Bind, Statement, Value};
use crate::{AccountId, SiteId};

/// A site that somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenSite {
    pub id: SiteId,
    /// Of what happened there, only what falls into it, the end not included; `None`: all.
    pub period: Option<(Timestamp, Timestamp)>,
}

impl SeenSite {
    pub fn whole(id: SiteId) -> Self {
        Self { id, period: None }
    }
}

/// Who acts, and at which sites.
#[derive(Clone, Debug)]
pub struct Actor {
    pub account_id: AccountId,
    pub login: String,
    /// `None`: everywhere.
    pub sites: Option<Vec<SeenSite>>,
}

impl Actor {
    pub(crate) fn sees(&self, site: SiteId) -> bool {
        self.sites
            .as_ref()
            .is_none_or(|sites| sites.iter().any(|seen| seen.id == site))
    }

    /// Whether the whole of a window may be seen: half a run is no run.
    pub(crate) fn covers(&self, site: SiteId, window: Window) -> bool {
        self.sites.as_ref().is_none_or(|sites| {
            sites.iter().any(|seen| {
                seen.id == site
                    && seen
                        .period
                        .is_none_or(|(first, last)| first <= window.from && window.to <= last)
            })
        })
    }
}

/// Gives a value its name in a statement.
type Naming<'a> = &'a mut dyn FnMut(Value) -> String;

/// What an actor sees as a condition, so that a page and its total count the same. Comes after the statement's own values.
impl Statement {
    /// `{sites}`: the actor sees something at this site.
    pub(crate) fn at_sites(self, actor: &Actor, site: &str) -> Self {
        self.with("{sites}", |name| {
            condition(actor, site, name, |_, _, _| "TRUE".to_owned())
        })
    }

    /// `{seen}`: a window that the actor sees as a whole.
    pub(crate) fn over_windows(self, actor: &Actor, site: &str, from: &str, to: &str) -> Self {
        self.with("{seen}", |name| {
            condition(actor, site, name, |name, first, last| {
                format!(
                    "{from} >= {} AND {to} <= {}",
                    name(first.value()),
                    name(last.value())
                )
            })
        })
    }

    /// `{seen}`: an instant that the actor sees.
    pub(crate) fn at_times(self, actor: &Actor, site: &str, at: &str) -> Self {
        self.with("{seen}", |name| {
            condition(actor, site, name, |name, first, last| {
                format!(
                    "{at} >= {} AND {at} < {}",
                    name(first.value()),
                    name(last.value())
                )
            })
        })
    }

    /// `{seen}`: a day whose first instant the actor sees. What is no day lies in every period, so that reading it says so.
    pub(crate) fn on_days(self, actor: &Actor, site: &str, day: &str) -> Self {
        self.with("{seen}", |name| {
            condition(actor, site, name, |name, first, last| {
                let (first, last) = (name(day_from(first).value()), name(day_from(last).value()));
                format!("({day} >= {first} AND {day} < {last} OR {day} NOT LIKE '____-__-__')")
            })
        })
    }
}

fn condition(
    actor: &Actor,
    site: &str,
    name: Naming<'_>,
    within: impl Fn(Naming<'_>, Timestamp, Timestamp) -> String,
) -> String {
    let Some(sites) = &actor.sites else {
        return "TRUE".to_owned();
    };
    let mut any = vec!["FALSE".to_owned()];
    for seen in sites {
        let id = name(seen.id.value());
        any.push(match seen.period {
            None => format!("{site} = {id}"),
            Some((first, last)) => format!("({site} = {id} AND {})", within(name, first, last)),
        });
    }
    format!("({})", any.join(" OR "))
}

/// The first day (UTC) that begins at this instant or later.
fn day_from(at: Timestamp) -> Date {
    let at = TimeZone::UTC.to_datetime(at);
    if at.time() == Time::midnight() {
        at.date()
    } else {
        at.date().saturating_add(1.day())
    }
}
