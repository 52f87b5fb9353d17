//! Reading what is kept: a value that cannot be read is an error that names its place, never another value.

use std::fmt::Display;

use devices::Window;
use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type, ValueRef};

use crate::{LedgerError, Word};

/// A row of a table, with the column that tells it from the others.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'r> {
    row: &'r SqliteRow,
    table: &'static str,
    key: &'static str,
}

impl<'r> Kept<'r> {
    pub(crate) fn of(table: &'static str, row: &'r SqliteRow) -> Self {
        Self::by(table, "id", row)
    }

    /// A row that another column than `id` names.
    pub(crate) fn by(table: &'static str, key: &'static str, row: &'r SqliteRow) -> Self {
        Self { row, table, key }
    }

    pub(crate) fn get<T>(self, column: &str) -> Result<T, LedgerError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.row.try_get(column).map_err(|error| match error {
            sqlx::Error::ColumnDecode { source, .. } => self.unreadable(column, self.shown(column), source),
            // A column that a statement does not ask for is a fault of the program.
            other => other.into(),
        })
    }

    pub(crate) fn time(self, column: &str) -> Result<Timestamp, LedgerError> {
        let microseconds: i64 = self.get(column)?;
        self.instant(column, microseconds)
    }

    pub(crate) fn time_if_any(self, column: &str) -> Result<Option<Timestamp>, LedgerError> {
        let found: Option<i64> = self.get(column)?;
        found.map(|us| self.instant(column, us)).transpose()
    }

    fn instant(self, column: &str, microseconds: i64) -> Result<Timestamp, LedgerError> {
        Timestamp::from_microsecond(microseconds)
            .map_err(|error| self.unreadable(column, microseconds.to_string(), error))
    }

    pub(crate) fn window(self, from: &str, to: &str) -> Result<Window, LedgerError> {
        let (begin, end) = (self.time(from)?, self.time(to)?);
        Window::new(begin, end)
            .ok_or_else(|| self.unreadable(to, end.to_string(), format!("the window begins at {begin}")))
    }

    pub(crate) fn date(self, column: &str) -> Result<Date, LedgerError> {
        let text: &str = self.get(column)?;
        text.parse()
            .map_err(|error: jiff::Error| self.unreadable(column, text.to_owned(), error))
    }

    pub(crate) fn date_if_any(self, column: &str) -> Result<Option<Date>, LedgerError> {
        let found: Option<&str> = self.get(column)?;
        found.map(|_| self.date(column)).transpose()
    }

    /// One of the words that this program knows.
    pub(crate) fn word<W: Word>(self, column: &str) -> Result<W, LedgerError> {
        let text: &str = self.get(column)?;
        W::from_word(text).ok_or_else(|| {
            let known: Vec<_> = W::ALL.iter().map(|one| one.word()).collect();
            self.unreadable(column, text.to_owned(), format!("known are {}", known.join(", ")))
        })
    }

    pub(crate) fn word_if_any<W: Word>(self, column: &str) -> Result<Option<W>, LedgerError> {
        let found: Option<&str> = self.get(column)?;
        found.map(|_| self.word(column)).transpose()
    }

    pub(crate) fn unreadable(self, column: &str, found: String, reason: impl Display) -> LedgerError {
        LedgerError::unreadable(self.table, self.shown(self.key), column, &found, reason)
    }

    /// What stands in a column, whatever it is.
    fn shown(self, column: &str) -> String {
        let Ok(value) = self.row.try_get_raw(column) else {
            return "?".to_owned();
        };
        if value.is_null() {
            return "NULL".to_owned();
        }
        if let Ok(number) = self.row.try_get_unchecked::<i64, _>(column)
            && value.type_info().to_string() == "INTEGER"
        {
            return number.to_string();
        }
        let bytes = self.row.try_get_unchecked::<&[u8], _>(column);
        bytes.map_or_else(
            |_| "?".to_owned(),
            |bytes| String::from_utf8_lossy(bytes).into_owned(),
        )
    }
}
