//! Refusals with stable codes, and failures of the database.

use std::fmt::Display;

use crate::Word;
use crate::accounts::Role;
use crate::database::DatabaseFailure;
use crate::rule::Rule;

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("the ledger cannot be opened at {place}: {reason}")]
    Open { place: String, reason: String },
    #[error(transparent)]
    Database(#[from] DatabaseFailure),
    /// A row that something else than this program wrote, or that the disk lost.
    #[error(
        "the ledger holds a row that cannot be read: table {table}, row {id}, column {column}: {found:?} ({reason}); restore \
         it from a backup"
    )]
    Unreadable {
        table: &'static str,
        id: String,
        column: String,
        found: String,
        reason: String,
    },
    #[error("no {what} with this id is visible here")]
    NotFound { what: &'static str },
    #[error("the record was changed meanwhile; it is at version {current}")]
    Stale { current: i64 },
    #[error("a conclusion is reviewed by someone other than the person who ran it")]
    OwnWork,
    #[error("this conclusion has been reviewed; it cannot be changed any more")]
    AlreadyReviewed,
    #[error("this plan has been closed; it cannot be changed any more")]
    AlreadyClosed,
    #[error("the job was claimed by somebody else meanwhile, or it has ended; nothing was changed")]
    ClaimLost,
    #[error("the job's present state does not allow this; look at the job again")]
    JobEnded,
    #[error("this needs the role {}", role.word())]
    NotPermitted { role: Role },
    #[error("another instrument has the device name \"{0}\"")]
    DeviceTaken(String),
    #[error("{field}: {rule}")]
    Invalid { field: &'static str, rule: Rule },
    #[error("the password cannot be hashed: {0}")]
    Password(String),
}

/// Characters of a text that an error quotes.
const LONGEST_SHOWN: usize = 80;

impl LedgerError {
    /// What stands in a column is not what this program wrote there.
    pub fn unreadable(
        table: &'static str,
        id: impl Display,
        column: &str,
        found: &str,
        reason: impl Display,
    ) -> Self {
        Self::Unreadable {
            table,
            id: id.to_string(),
            column: column.to_owned(),
            found: found.chars().take(LONGEST_SHOWN).collect(),
            reason: reason.to_string(),
        }
    }

    pub(crate) fn invalid(field: &'static str, rule: Rule) -> Self {
        Self::Invalid { field, rule }
    }

    /// The code that pages and clients rely on.
    pub const fn code(&self) -> &'static str {
        match self {
            LedgerError::Database(
                DatabaseFailure::Unreachable(_) | DatabaseFailure::Full(_) | DatabaseFailure::Busy(_),
            ) => "unavailable",
            LedgerError::Database(DatabaseFailure::Uncertain(_)) => "uncertain",
            LedgerError::Open { .. } | LedgerError::Database(_) | LedgerError::Password(_) => "internal",
            LedgerError::Unreadable { .. } => "unreadable-record",
            LedgerError::NotFound { .. } => "not-found",
            LedgerError::Stale { .. } => "stale",
            LedgerError::OwnWork => "own-work",
            LedgerError::AlreadyReviewed => "already-reviewed",
            LedgerError::AlreadyClosed => "already-closed",
            LedgerError::ClaimLost => "claim-lost",
            LedgerError::JobEnded => "job-ended",
            LedgerError::NotPermitted { .. } => "not-permitted",
            LedgerError::DeviceTaken(_) => "device-taken",
            LedgerError::Invalid { .. } => "invalid-field",
        }
    }
}
