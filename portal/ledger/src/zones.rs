//! The clocks of the sites: which day it is there decides what is due, and on which day a certificate ends.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sqlx::SqliteConnection;

use crate::row::Kept;
use crate::{Ledger, LedgerError, Rule, SiteId};

/// Of a site that says nothing else.
pub const USUAL: &str = "Asia/Shanghai";

/// The zone of each site.
#[derive(Clone, Debug)]
pub struct Zones(BTreeMap<SiteId, TimeZone>);

impl Zones {
    /// A site that is not there has no days; whoever asks for it is refused elsewhere.
    pub fn at(&self, site: SiteId) -> TimeZone {
        self.0.get(&site).cloned().unwrap_or(TimeZone::UTC)
    }

    pub fn today(&self, site: SiteId, now: Timestamp) -> Date {
        self.at(site).to_datetime(now).date()
    }

    /// The form in which queries take them: a JSON list of `[site, today]`.
    pub(crate) fn todays(&self, now: Timestamp) -> String {
        let today = |(site, zone): (&SiteId, &TimeZone)| (*site, zone.to_datetime(now).date().to_string());
        let all: Vec<_> = self.0.iter().map(today).collect();
        serde_json::to_string(&all).expect("numbers and dates serialise")
    }
}

/// # Errors
/// `invalid-field` for a name that no zone has.
pub(crate) fn known(name: &str) -> Result<(), LedgerError> {
    TimeZone::get(name)
        .map(|_| ())
        .map_err(|_| LedgerError::invalid("time_zone", Rule::KnownZone(name.to_owned())))
}

fn zone_of(row: Kept<'_>) -> Result<TimeZone, LedgerError> {
    let name: &str = row.get("time_zone")?;
    TimeZone::get(name).map_err(|error| row.unreadable("time_zone", name.to_owned(), error))
}

pub(crate) async fn of_site(
    connection: &mut SqliteConnection,
    site: SiteId,
) -> Result<TimeZone, LedgerError> {
    let row = sqlx::query("SELECT id, time_zone FROM site WHERE id = ?1")
        .bind(site)
        .fetch_one(connection)
        .await?;
    zone_of(Kept::of("site", &row))
}

impl Ledger {
    pub async fn zones(&self) -> Result<Zones, LedgerError> {
        let rows = sqlx::query("SELECT id, time_zone FROM site")
            .fetch_all(&self.readers)
            .await?;
        let zone = |row| {
            let row = Kept::of("site", row);
            Ok((row.get("id")?, zone_of(row)?))
        };
        rows.iter().map(zone).collect::<Result<_, _>>().map(Zones)
    }
}
