//! The two databases of the ledger: a file of its own (SQLite), or a server (PostgreSQL).
//!
//! **Architecture invariant:** outside this file and its folder nothing names a database or one of its types. The subjects
//! write one SQL text in the common subset: `$1` for values, `RETURNING`, `ON CONFLICT`, integers for truth and time.

use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Postgres, SqlStr, Sqlite};

mod address;
mod failure;
mod migrations;
mod statement;
mod value;

pub use address::{Address, AddressError};
pub use failure::DatabaseFailure;
pub(crate) use statement::{Row, Statement, sql};
pub(crate) use value::{Bind, Read, Type, Value};

/// How long a writer waits for the one before it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a request waits for a connection, and so for a server that is not there.
const CONNECTING: Duration = Duration::from_secs(15);
/// Writers of all servers on one database wait for each other at this lock, as those of a file do at the file.
const WRITERS: i64 = 0x68_656e_676c; // "hengl"

/// One connection for writing, so that the writers of a process wait here rather than fail; a few for reading.
pub(crate) enum Database {
    File { writer: SqlitePool, readers: SqlitePool },
    Server { writer: PgPool, readers: PgPool },
}

/// A change under way. Dropped without [`Transaction::commit`] it leaves nothing behind.
pub(crate) enum Transaction {
    File(sqlx::Transaction<'static, Sqlite>),
    Server(sqlx::Transaction<'static, Postgres>),
}

impl Database {
    /// Connects and brings the tables up to date; the reason why not, in words.
    pub(crate) async fn open(address: &Address) -> Result<Self, String> {
        let opened = match address {
            Address::File(path) => Self::of_file(path).await,
            Address::Server(server) => Self::of_server(server.options()?).await,
        };
        opened.map_err(|error| match error {
            Opening::Failed(error) => DatabaseFailure::from(error).to_string(),
            Opening::Unfit(reason) => reason,
        })
    }

    async fn of_file(path: &std::path::Path) -> Result<Self, Opening> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        migrator(migrations::FILE)
            .run(&writer)
            .await
            .map_err(sqlx::Error::from)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self::File { writer, readers })
    }

    async fn of_server(options: PgConnectOptions) -> Result<Self, Opening> {
        let writing = [
            ("lock_timeout", "10s"),
            // A server process that hangs in a change must not hold up all others for ever.
            ("idle_in_transaction_session_timeout", "60s"),
            ("synchronous_commit", "on"),
        ];
        let writer = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(CONNECTING)
            .connect_with(options.clone().options(writing))
            .await?;
        check_fit(&writer).await?;
        migrator(migrations::SERVER)
            .run(&writer)
            .await
            .map_err(sqlx::Error::from)?;
        let readers = PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(CONNECTING)
            .connect_with(options.options([("default_transaction_read_only", "on")]))
            .await?;
        Ok(Self::Server { writer, readers })
    }

    /// Closes the connections; a file's write-ahead log is folded in.
    pub(crate) async fn close(&self) {
        match self {
            Self::File { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Server { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }

    /// Waits until nobody else writes.
    pub(crate) async fn begin(&self) -> Result<Transaction, DatabaseFailure> {
        match self {
            Self::File { writer, .. } => Ok(Transaction::File(writer.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Server { writer, .. } => {
                let mut transaction = writer.begin().await?;
                sqlx::query("SELECT pg_advisory_xact_lock($1)")
                    .bind(WRITERS)
                    .execute(&mut *transaction)
                    .await?;
                Ok(Transaction::Server(transaction))
            }
        }
    }
}

impl Transaction {
    pub(crate) async fn commit(self) -> Result<(), DatabaseFailure> {
        let committed = match self {
            Self::File(transaction) => transaction.commit().await,
            Self::Server(transaction) => transaction.commit().await,
        };
        committed.map_err(|error| DatabaseFailure::from(error).while_committing())
    }
}

enum Opening {
    Failed(sqlx::Error),
    /// Connected, but to something that this program cannot work with.
    Unfit(String),
}

impl From<sqlx::Error> for Opening {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}

async fn check_fit(pool: &PgPool) -> Result<(), Opening> {
    let (version, encoding): (i32, String) = sqlx::query_as(
        "SELECT current_setting('server_version_num')::int4, current_setting('server_encoding')",
    )
    .fetch_one(pool)
    .await?;
    if version < 150_000 {
        let reason = format!("it is PostgreSQL {}; 15 or later is needed", version / 10_000);
        return Err(Opening::Unfit(reason));
    }
    if encoding != "UTF8" {
        let reason = format!("the database is encoded as {encoding}; create it with ENCODING 'UTF8'");
        return Err(Opening::Unfit(reason));
    }
    Ok(())
}

fn migrator(list: &[migrations::Step]) -> Migrator {
    let migration = |step: &migrations::Step| {
        Migration::new(
            step.number,
            step.name.into(),
            MigrationType::Simple,
            SqlStr::from_static(step.text),
            false,
        )
    };
    Migrator::with_migrations(list.iter().map(migration).collect())
}
