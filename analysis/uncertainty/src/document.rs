//! Files that people write: TOML read with the line and column of whatever does not fit, and sentences in both
//! languages.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::expression::ExpressionError;

/// A sentence in the two languages of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

impl Text {
    /// Both languages at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FileError {
    /// 1-based line of the file.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
    /// The part of the file, such as `input V`; empty when the line says enough.
    pub place: String,
    /// What is wrong and what to write instead.
    pub reason: String,
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)?;
        if !self.place.is_empty() {
            write!(f, ", {}", self.place)?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// The text of a file, for turning offsets into lines.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    text: &'a str,
}

/// A file longer than this was not written by a person.
const MAX_BYTES: usize = 4 << 20;

impl<'a> Source<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text }
    }

    pub fn read<T: DeserializeOwned>(self) -> Result<T, FileError> {
        if self.text.len() > MAX_BYTES {
            return Err(self.error(0, "", "larger than 4 MiB"));
        }
        toml::from_str(self.text).map_err(|e| {
            let start = e.span().map_or(0, |span| span.start);
            let message = e.message().trim();
            let cure =
                if message.contains("expected a string") || message.contains("expected a borrowed string") {
                    "; numbers are written in quotes, so that their digits are kept"
                } else {
                    ""
                };
            self.error(start, "", format!("{message}{cure}"))
        })
    }

    fn line_column(self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        let column = before.get(start..).map_or(0, |t| t.chars().count()) + 1;
        (line, column)
    }

    pub fn error(self, offset: usize, place: impl Into<String>, reason: impl Into<String>) -> FileError {
        let (line, column) = self.line_column(offset);
        FileError {
            line,
            column,
            place: place.into(),
            reason: reason.into(),
        }
    }

    /// The place inside a quoted formula.
    pub fn inside(
        self,
        span: Range<usize>,
        place: impl Into<String>,
        (line, column): (usize, usize),
        reason: impl Into<String>,
    ) -> FileError {
        let quoted = self.text.get(span.clone()).unwrap_or("");
        let mark = quoted.chars().next().unwrap_or('"');
        let quotes = quoted.chars().take(3).take_while(|c| *c == mark).count();
        let quotes = match quotes {
            // A newline behind three quotes is not part of the text.
            3 if quoted.get(3..4) == Some("\n") => 4,
            3 => 3,
            _ => 1,
        };
        let mut error = self.error(span.start + quotes, place, reason);
        if line == 1 {
            error.column += column - 1;
        } else {
            error.line += line - 1;
            error.column = column;
        }
        error
    }

    pub fn formula(self, span: Range<usize>, place: impl Into<String>, error: ExpressionError) -> FileError {
        self.inside(span, place, (error.line, error.column), error.reason)
    }
}
