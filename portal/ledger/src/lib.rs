//! The relational records: who, which instrument, what was concluded, who confirmed it.
//!
//! **Architecture invariant:** the only package that knows SQL for these records; it knows no HTTP. Every change and its
//! audit entry are one transaction. Times are passed in.

use std::path::Path;

use devices::Window;
use jiff::Timestamp;
use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

pub mod accounts;
pub mod audit;
mod error;
pub mod estimates;
pub mod form;
mod id;
pub mod instruments;
pub mod metering;
mod page;
pub mod plans;
mod probes;
pub mod procedures;
mod row;
mod rule;
pub mod runs;
pub mod seed;
mod word;
pub mod zones;

pub use error::LedgerError;
pub use id::{AccountId, EstimateId, InstrumentId, PartyId, PlanId, RunId, SiteId};
pub use page::Page;
pub use rule::Rule;
pub use word::Word;

/// The ledger (台账) in one SQLite file.
pub struct Ledger {
    /// One connection: writers wait for each other here rather than fail.
    writer: SqlitePool,
    readers: SqlitePool,
}

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
    /// The form in which queries take the sites: a JSON list of `[site, from, to]` in microseconds, `None` for
    /// everywhere. What a page shows and what its total counts are then one condition.
    fn sites_json(&self) -> Option<String> {
        let row = |site: &SeenSite| match site.period {
            Some((from, to)) => (site.id, from.as_microsecond(), to.as_microsecond()),
            // Also what is no time at all: reading it says so, leaving it out would not.
            None => (site.id, i64::MIN, i64::MAX),
        };
        self.sites.as_ref().map(|sites| {
            let rows: Vec<_> = sites.iter().map(row).collect();
            serde_json::to_string(&rows).expect("numbers serialise")
        })
    }

    fn sees(&self, site: SiteId) -> bool {
        self.sites
            .as_ref()
            .is_none_or(|sites| sites.iter().any(|seen| seen.id == site))
    }

    /// Whether the whole of a window may be seen: half a run is no run.
    fn covers(&self, site: SiteId, window: Window) -> bool {
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

impl Ledger {
    /// Opens or creates the ledger and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        let failed = |source| LedgerError::Open {
            path: path.display().to_string(),
            source,
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(std::time::Duration::from_secs(10));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        migrations()
            .run(&writer)
            .await
            .map_err(|error| failed(error.into()))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true))
            .await
            .map_err(failed)?;
        Ok(Self { writer, readers })
    }

    /// Closes the connections, so that the write-ahead log is folded in.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, LedgerError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// A released file is never edited: an existing ledger refuses to open when the text of a migration it ran has changed.
const MIGRATIONS: [(i64, &str, &str); 6] = [
    (1, "records", include_str!("../migrations/0001_records.sql")),
    (2, "guards", include_str!("../migrations/0002_guards.sql")),
    (3, "plans", include_str!("../migrations/0003_plans.sql")),
    (
        4,
        "error_estimates",
        include_str!("../migrations/0004_error_estimates.sql"),
    ),
    (5, "procedures", include_str!("../migrations/0005_procedures.sql")),
    (6, "site_zone", include_str!("../migrations/0006_site_zone.sql")),
];

fn migrations() -> Migrator {
    let migration = |(version, name, text): (i64, &'static str, &'static str)| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            SqlStr::from_static(text),
            false,
        )
    };
    Migrator::with_migrations(MIGRATIONS.into_iter().map(migration).collect())
}
