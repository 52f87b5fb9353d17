//! A draft becomes approved: edition, clause and date enter the file, nothing else changes.

use jiff::civil::Date;
use toml_edit::{DocumentMut, value};
use uncertainty::document::{FileError, Source};

use super::Procedure;

/// What an approver has read in the official text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Edition of the document, such as `2012`.
    pub edition: String,
    /// Clauses that the limits and conditions were compared with.
    pub clause: String,
    /// Day from which the document applies.
    pub effective: Date,
}

impl Approval {
    /// The text of the approved procedure, comments and order kept, read again from its first line.
    ///
    /// ```
    /// use verification::procedure::{Approval, Procedure, SHIPPED};
    /// let approval = Approval {
    ///     edition: "2005".into(),
    ///     clause: "5.1, 6.2".into(),
    ///     effective: "2006-06-20".parse().unwrap(),
    /// };
    /// let gauge = SHIPPED.iter().find(|(id, _)| *id == "digital-pressure-gauge-online").unwrap();
    /// let approved = Procedure::parse(&approval.of(gauge.1).unwrap()).unwrap();
    /// assert_eq!(approved.basis().edition, "2005");
    /// let nothing = Approval { clause: " ".into(), ..approval };
    /// assert!(nothing.of(gauge.1).unwrap_err().to_string().contains("clause"));
    /// ```
    ///
    /// # Errors
    /// Line, column and reason: a file that is refused, an empty edition or clause.
    pub fn of(&self, draft: &str) -> Result<String, FileError> {
        let source = Source::new(draft);
        let mut document: DocumentMut = draft.parse().map_err(|e: toml_edit::TomlError| {
            source.error(e.span().map_or(0, |s| s.start), "", e.message().to_owned())
        })?;
        let Some(basis) = document.get_mut("basis").and_then(|b| b.as_table_mut()) else {
            return Err(source.error(0, "", "no [basis] to approve"));
        };
        let entries = [
            ("edition", self.edition.trim().to_owned()),
            ("effective", self.effective.to_string()),
            ("clause", self.clause.trim().to_owned()),
            ("status", "approved".to_owned()),
        ];
        for (key, text) in entries {
            basis.insert(key, value(text));
        }
        let text = document.to_string();
        Procedure::parse(&text)?;
        Ok(text)
    }
}
