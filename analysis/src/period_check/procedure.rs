//! The procedure of a period check as data.

use serde::Deserialize;

use crate::evidence::canonical;
use crate::number::Exact;
use crate::online_verification::{BasisTable, ProcedureError};
use crate::verdict::{Basis, Text};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    id: String,
    version: u32,
    basis: BasisTable,
    check: Check,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    least_pairs: usize,
    largest_skew_seconds: Exact,
    places: u32,
}

/// A checked procedure together with its text.
#[derive(Clone, Debug)]
pub struct Procedure {
    text: String,
    document: Document,
}

impl Procedure {
    /// The procedure that ships with this engine.
    ///
    /// # Errors
    /// None in a released build; a test reads it.
    pub fn shipped() -> Result<Self, ProcedureError> {
        Self::parse(include_str!("../../procedures/period-check.toml"))
    }

    /// Reads a procedure file.
    ///
    /// # Errors
    /// TOML errors with their line, unknown fields, more than 30 places.
    pub fn parse(text: &str) -> Result<Self, ProcedureError> {
        let document: Document = toml::from_str(text)?;
        if document.check.places > 30 {
            return Err(ProcedureError::Content {
                place: "check.places".to_owned(),
                reason: "more decimals than anybody can read".to_owned(),
            });
        }
        Ok(Self {
            text: text.to_owned(),
            document,
        })
    }

    /// The text, as it is stored beside a conclusion.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// SHA-256 of the text.
    pub fn sha256(&self) -> String {
        canonical::sha256(self.text.as_bytes())
    }
    pub(super) fn least_pairs(&self) -> usize {
        self.document.check.least_pairs
    }
    pub(super) fn largest_skew_seconds(&self) -> &Exact {
        &self.document.check.largest_skew_seconds
    }
    pub(super) fn places(&self) -> u32 {
        self.document.check.places
    }
    /// Document, edition, clause, status.
    pub fn basis(&self) -> Basis {
        let document = self.document.basis.document();
        self.document.basis.record(
            &self.document.id,
            self.document.version,
            Text::new(
                format!("依据 {document} 作期间核查，不具溯源性"),
                format!("Period check by {document}, without traceability"),
            ),
        )
    }
}
