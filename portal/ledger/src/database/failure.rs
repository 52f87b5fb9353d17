//! What goes wrong with a database, by what a person does about it.

use sqlx::Error;
use sqlx::error::DatabaseError;

#[derive(Debug, thiserror::Error)]
pub enum DatabaseFailure {
    /// Also while it is being started or stopped; with the next request it is tried again.
    #[error("the ledger's database cannot be reached: {0}; look whether it runs")]
    Unreachable(String),
    /// The connection broke between the request to commit and the answer.
    #[error(
        "the connection to the ledger's database was lost while a change was committed: {0}; look whether it stands \
             before it is repeated"
    )]
    Uncertain(String),
    #[error("the disk of the ledger's database is full: {0}; nothing was written, make room")]
    Full(String),
    #[error("others were writing to the ledger for too long: {0}; nothing was written, try again")]
    Busy(String),
    #[error("the ledger has a row with these keys already: {0}")]
    Twice(String),
    #[error("the ledger's database failed: {0}")]
    Other(String),
}

impl DatabaseFailure {
    pub(super) fn while_committing(self) -> Self {
        match self {
            Self::Unreachable(reason) => Self::Uncertain(reason),
            other => other,
        }
    }

    fn of(error: &dyn DatabaseError) -> Self {
        let message = error.message().to_owned();
        if error.is_unique_violation() {
            return Self::Twice(message);
        }
        // Two digits and a letter of SQLSTATE, or SQLite's extended code, whose last byte is the primary one.
        let code = error.code().unwrap_or_default();
        match code.as_ref() {
            "53100" => Self::Full(message),
            "55P03" | "40P01" => Self::Busy(message),
            "57P01" | "57P02" | "57P03" | "53300" | "25P03" => Self::Unreachable(message),
            code if code.len() == 5 && code.starts_with("08") => Self::Unreachable(message),
            code => match code.parse::<u32>().map(|number| number & 0xff) {
                Ok(13) if code.len() < 5 => Self::Full(message),
                Ok(5 | 6) if code.len() < 5 => Self::Busy(message),
                _ => Self::Other(message),
            },
        }
    }
}

impl From<Error> for DatabaseFailure {
    fn from(error: Error) -> Self {
        match &error {
            Error::Database(database) => Self::of(database.as_ref()),
            Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => {
                Self::Unreachable(error.to_string())
            }
            _ => Self::Other(error.to_string()),
        }
    }
}
