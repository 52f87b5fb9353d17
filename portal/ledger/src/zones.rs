//! The clocks of the sites: which day it is there decides what is due, and on which day a certificate ends.

use std::collections::BTreeMap;

use crate::database::{Bind, Statement, Transaction, sql};
use crate::row::Kept;
use crate::{Ledger, LedgerError, Rule, SiteId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Of a site that says nothing else.
pub const USUAL: &str = "Asia/Shanghai";

/// The zone of each site.
#[derive(Clone, Debug)]
pub struct Zones(BTreeMap<SiteId, Zone>);

#[derive(Clone, Debug)]
struct Zone {
    name: String,
    rules: TimeZone,
}

impl Zones {
    /// A site that is not there has no days; whoever asks for it is refused elsewhere.
    pub fn at(&self, site: SiteId) -> TimeZone {
        self.0.get(&site).map_or(TimeZone::UTC, |zone| zone.rules.clone())
    }

    pub fn today(&self, site: SiteId, now: Timestamp) -> Date {
        self.at(site).to_datetime(now).date()
    }
}

/// # Errors
/// `invalid-field` for a name that no zone has.
pub(crate) fn known(name: &str) -> Result<(), LedgerError> {
    TimeZone::get(name)
        .map(|_| ())
        .map_err(|_| LedgerError::invalid("time_zone", Rule::KnownZone(name.to_owned())))
}

fn zone_of(row: Kept<'_>) -> Result<Zone, LedgerError> {
    let name: String = row.get("time_zone")?;
    let rules = TimeZone::get(&name).map_err(|error| row.unreadable("time_zone", name.clone(), error))?;
    Ok(Zone { name, rules })
}

impl Statement {
    /// `{today}`: the day that it is at a site. Comes after the statement's own values.
    pub(crate) fn todays(self, zones: &Zones, site: &str, now: Timestamp) -> Self {
        let days: BTreeMap<&str, Date> = zones
            .0
            .values()
            .map(|zone| (zone.name.as_str(), zone.rules.to_datetime(now).date()))
            .collect();
        self.with("{today}", |name| {
            let mut cases = String::new();
            for (zone, today) in days {
                cases += &format!(" WHEN {} THEN {}", name(zone.value()), name(today.value()));
            }
            match cases.as_str() {
                // Without sites there is nothing that could be due.
                "" => "NULL".to_owned(),
                cases => format!("(CASE (SELECT time_zone FROM site WHERE site.id = {site}){cases} END)"),
            }
        })
    }
}

pub(crate) async fn of_site(transaction: &mut Transaction, site: SiteId) -> Result<TimeZone, LedgerError> {
    let row = sql("SELECT id, time_zone FROM site WHERE id = $1")
        .bind(site)
        .one(transaction)
        .await?;
    zone_of(Kept::of("site", &row)).map(|zone| zone.rules)
}

impl Ledger {
    pub async fn zones(&self) -> Result<Zones, LedgerError> {
        let rows = sql("SELECT id, time_zone FROM site").all(&self.database).await?;
        let zone = |row| {
            let row = Kept::of("site", row);
            Ok((row.get("id")?, zone_of(row)?))
        };
        rows.iter().map(zone).collect::<Result<_, _>>().map(Zones)
    }
}
