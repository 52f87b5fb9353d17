//! Reading what is kept: a value that cannot be read is an error that names its place, never another value.

use std::fmt::Display;

use devices::Window;

use crate::LedgerError;
use crate::database::{Read, Row};

/// Characters of a text that an error quotes.
const LONGEST_SHOWN: usize = 80;

/// A row of a table, with the column that tells it from the others.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'r> {
    row: &'r Row,
    table: &'static str,
    key: &'static str,
}

impl<'r> Kept<'r> {
    pub(crate) fn of(table: &'static str, row: &'r Row) -> Self {
        Self::by(table, "id", row)
    }

    /// A row that another column than `id` names.
    pub(crate) fn by(table: &'static str, key: &'static str, row: &'r Row) -> Self {
        Self { row, table, key }
    }

    pub(crate) fn get<T: Read>(self, column: &str) -> Result<T, LedgerError> {
        let value = self.row.value(column)?;
        T::read(value).map_err(|reason| self.unreadable(column, value.shown(), reason))
    }

    pub(crate) fn window(self, from: &str, to: &str) -> Result<Window, LedgerError> {
        let window = Window::new(self.get(from)?, self.get(to)?);
        window.ok_or_else(|| self.unreadable(to, self.shown(to), format!("it is before {from}")))
    }

    pub(crate) fn unreadable(self, column: &str, found: String, reason: impl Display) -> LedgerError {
        LedgerError::Unreadable {
            table: self.table,
            id: self.shown(self.key),
            column: column.to_owned(),
            found: found.chars().take(LONGEST_SHOWN).collect(),
            reason: reason.to_string(),
        }
    }

    /// What stands in a column, whatever it is.
    fn shown(self, column: &str) -> String {
        self.row
            .value(column)
            .map_or_else(|_| "?".to_owned(), |value| value.shown())
    }
}
