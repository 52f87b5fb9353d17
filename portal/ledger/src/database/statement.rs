//! One statement with its values, and the rows that it brings.

use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Column, Executor, Postgres, Row as _, Sqlite, TypeInfo, ValueRef};

use super::value::{Bind, Read, Type, Value};
use super::{Database, DatabaseFailure, Transaction};

/// The text of a statement, written in this program, and the values that it is run with.
pub(crate) struct Statement {
    text: String,
    values: Vec<Value>,
}

pub(crate) fn sql(text: &str) -> Statement {
    Statement {
        text: text.to_owned(),
        values: Vec::new(),
    }
}

/// Where a statement runs: beside all changes, or as part of one.
pub(crate) enum On<'a> {
    Reader(&'a Database),
    Writer(&'a mut Transaction),
}

impl<'a> From<&'a Database> for On<'a> {
    fn from(database: &'a Database) -> Self {
        Self::Reader(database)
    }
}

impl<'a> From<&'a mut Transaction> for On<'a> {
    fn from(transaction: &'a mut Transaction) -> Self {
        Self::Writer(transaction)
    }
}

impl Statement {
    /// The next value: the first one is `$1`.
    pub(crate) fn bind(mut self, value: impl Bind) -> Self {
        self.values.push(value.value());
        self
    }

    /// Puts a piece of SQL in the place of every `mark`; `piece` is given a way to add values, which answers with the
    /// value's name.
    pub(crate) fn with(
        mut self,
        mark: &str,
        piece: impl FnOnce(&mut dyn FnMut(Value) -> String) -> String,
    ) -> Self {
        let values = &mut self.values;
        let text = piece(&mut |value| {
            values.push(value);
            format!("${}", values.len())
        });
        self.text = self.text.replace(mark, &text);
        self
    }

    /// Every row that it brings; none for a statement without `RETURNING`.
    pub(crate) async fn all<'a>(self, on: impl Into<On<'a>>) -> Result<Vec<Row>, DatabaseFailure> {
        match on.into() {
            On::Reader(Database::File { readers, .. }) => in_file(self, readers).await,
            On::Reader(Database::Server { readers, .. }) => on_server(self, readers).await,
            On::Writer(Transaction::File(transaction)) => in_file(self, &mut **transaction).await,
            On::Writer(Transaction::Server(transaction)) => on_server(self, &mut **transaction).await,
        }
    }

    pub(crate) async fn optional<'a>(self, on: impl Into<On<'a>>) -> Result<Option<Row>, DatabaseFailure> {
        Ok(self.all(on).await?.into_iter().next())
    }

    pub(crate) async fn one<'a>(self, on: impl Into<On<'a>>) -> Result<Row, DatabaseFailure> {
        let text = self.text.clone();
        let row = self.optional(on).await?;
        row.ok_or_else(|| DatabaseFailure::Other(format!("no row for: {text}")))
    }

    /// The only column of the only row: a count, or the number that a row was given.
    pub(crate) async fn value<'a, T: Read>(self, on: impl Into<On<'a>>) -> Result<T, DatabaseFailure> {
        let row = self.one(on).await?;
        T::read(&row.values[0]).map_err(DatabaseFailure::Other)
    }

    pub(crate) async fn run<'a>(self, on: impl Into<On<'a>>) -> Result<(), DatabaseFailure> {
        self.all(on).await.map(drop)
    }

    /// A server takes no U+0000 in a text, so a file does not either.
    fn check(&self) -> Result<(), DatabaseFailure> {
        let torn = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
        if self.values.iter().any(torn) {
            let reason = "a text with the character U+0000 cannot be kept; take it out".to_owned();
            return Err(DatabaseFailure::Other(reason));
        }
        Ok(())
    }
}

/// Runs a statement on one of the databases.
macro_rules! running {
    ($name:ident, $database:ty, $row:ty, $value:ident) => {
        async fn $name<'e>(
            statement: Statement,
            executor: impl Executor<'e, Database = $database>,
        ) -> Result<Vec<Row>, DatabaseFailure> {
            statement.check()?;
            // Written in this program; what people typed is bound.
            let mut query = sqlx::query::<$database>(AssertSqlSafe(statement.text));
            for value in statement.values {
                query = match value {
                    Value::Integer(number) => query.bind(number),
                    Value::Text(text) => query.bind(text),
                    Value::Bytes(bytes) => query.bind(bytes),
                    Value::Null(Type::Integer) => query.bind(None::<i64>),
                    Value::Null(Type::Text) => query.bind(None::<String>),
                    Value::Null(Type::Bytes) => query.bind(None::<Vec<u8>>),
                };
            }
            let rows = query.fetch_all(executor).await?;
            let names: Option<Arc<[String]>> = rows.first().map(|row| {
                let names = row.columns().iter().map(|column| column.name().to_owned());
                names.collect()
            });
            let Some(names) = names else {
                return Ok(Vec::new());
            };
            let row = |row: $row| {
                let values = (0..names.len()).map(|place| $value(&row, place));
                Ok(Row {
                    names: names.clone(),
                    values: values.collect::<Result<_, sqlx::Error>>()?,
                })
            };
            rows.into_iter().map(row).collect()
        }
    };
}
running!(in_file, Sqlite, SqliteRow, value_in_file);
running!(on_server, Postgres, PgRow, value_on_server);

/// One row, by the names of its columns.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    pub(crate) fn value(&self, column: &str) -> Result<&Value, DatabaseFailure> {
        let place = self.names.iter().position(|name| name == column);
        place
            .map(|place| &self.values[place])
            // A column that a statement does not ask for is a fault of the program.
            .ok_or_else(|| DatabaseFailure::Other(format!("a row without the column {column}")))
    }
}

fn value_in_file(row: &SqliteRow, place: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(place)?;
    if raw.is_null() {
        return Ok(Value::Null(Type::Text));
    }
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INTEGER" => Value::Integer(row.try_get_unchecked(place)?),
        "TEXT" => text_or_bytes(row.try_get_unchecked(place)?),
        _ => Value::Bytes(row.try_get_unchecked(place)?),
    })
}

fn value_on_server(row: &PgRow, place: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(place)?;
    if raw.is_null() {
        return Ok(Value::Null(Type::Text));
    }
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INT8" => Value::Integer(row.try_get(place)?),
        "INT4" => Value::Integer(row.try_get::<i32, _>(place)?.into()),
        "BOOL" => Value::Integer(row.try_get::<bool, _>(place)?.into()),
        "BYTEA" => Value::Bytes(row.try_get(place)?),
        _ => Value::Text(row.try_get(place)?),
    })
}

/// A damaged file may hold as text what is none.
fn text_or_bytes(bytes: Vec<u8>) -> Value {
    String::from_utf8(bytes).map_or_else(|error| Value::Bytes(error.into_bytes()), Value::Text)
}
