//! The relational records: who, which instrument, what was concluded, who confirmed it.
//!
//! **Architecture invariant:** the only package that knows SQL for these records; it knows no HTTP. Every change and its
//! audit entry are one transaction. Times are passed in.

pub mod accounts;
pub mod audit;
mod body;
mod database;
mod error;
pub mod estimates;
pub mod form;
mod id;
pub mod instruments;
pub mod jobs;
pub mod metering;
pub mod outbox;
mod page;
pub mod plans;
mod probes;
pub mod procedures;
mod row;
mod rule;
pub mod runs;
mod scope;
pub mod seed;
mod word;
pub mod zones;

pub use body::Body;
pub use database::{Address, AddressError, DatabaseFailure};
pub use error::LedgerError;
pub use id::{AccountId, EntryId, EstimateId, InstrumentId, JobId, OutboxId, PartyId, PlanId, RunId, SiteId};
pub use page::Page;
pub use rule::Rule;
pub use scope::{Actor, SeenSite};
pub use word::Word;

use database::{Database, Transaction};

/// The ledger (台账).
pub struct Ledger {
    database: Database,
}

impl Ledger {
    /// Opens or creates the ledger in a file or on a server, and brings its tables up to date.
    pub async fn open(at: impl Into<Address>) -> Result<Self, LedgerError> {
        let at = at.into();
        let database = Database::open(&at).await.map_err(|reason| LedgerError::Open {
            place: at.to_string(),
            reason,
        })?;
        Ok(Self { database })
    }

    /// Closes the connections, so that a file's write-ahead log is folded in.
    pub async fn close(&self) {
        self.database.close().await;
    }

    async fn begin(&self) -> Result<Transaction, LedgerError> {
        Ok(self.database.begin().await?)
    }
}
