//! What all procedure files begin with: format, id, version and the document they rest on.

use serde::Deserialize;
use toml::Spanned;
use uncertainty::document::{FileError, Source, Text};

use crate::canonical;
use crate::conclusion::{Basis, RuleStatus};

/// Format of a procedure file.
pub const FORMAT: u32 = 2;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BasisTable {
    pub(crate) document: String,
    title_zh: String,
    title_en: String,
    edition: String,
    effective: String,
    clause: String,
    status: RuleStatus,
    source: String,
    confidence: String,
}

impl BasisTable {
    /// What an approved procedure still lacks.
    fn missing_for_approval(&self) -> Option<&'static str> {
        if self.status == RuleStatus::Draft {
            return None;
        }
        let lacks = [
            (&self.edition, "edition"),
            (&self.clause, "clause"),
            (&self.effective, "effective date"),
        ];
        let missing = lacks.iter().find(|(text, _)| text.trim().is_empty());
        missing.map(|(_, name)| *name)
    }
}

/// The keys at the beginning of a file.
pub(crate) struct HeadTable<'a> {
    pub(crate) format: &'a Spanned<u32>,
    pub(crate) id: &'a Spanned<String>,
    pub(crate) version: u32,
    pub(crate) basis: &'a Spanned<BasisTable>,
}

impl HeadTable<'_> {
    /// Refuses what no procedure may begin with.
    pub(crate) fn check(&self, source: Source<'_>) -> Result<(), FileError> {
        let refuse = |start: usize, place: &str, reason: String| Err(source.error(start, place, reason));
        let found = self.format.get_ref();
        if *found != FORMAT {
            let reason = format!("{found} is not known, this engine reads {FORMAT}");
            return refuse(self.format.span().start, "format", reason);
        }
        let id = self.id.get_ref();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(plain) {
            let reason = format!("{id:?}: small letters, digits and -, as in water-meter-online");
            return refuse(self.id.span().start, "id", reason);
        }
        if self.version == 0 {
            return refuse(
                self.id.span().start,
                "version",
                "versions count from 1".to_owned(),
            );
        }
        if let Some(missing) = self.basis.get_ref().missing_for_approval() {
            let reason = format!(
                "an approved procedure needs its {missing}; keep status = \"draft\" until it is entered"
            );
            return refuse(self.basis.span().start, "basis", reason);
        }
        Ok(())
    }

    /// `statement` says what a run by this document is.
    pub(crate) fn head(&self, text: &str, statement: Text) -> Head {
        let basis = self.basis.get_ref();
        Head {
            text: text.to_owned(),
            basis: Basis {
                document: basis.document.clone(),
                title: Text::new(&*basis.title_zh, &*basis.title_en),
                edition: basis.edition.clone(),
                effective: basis.effective.clone(),
                clause: basis.clause.clone(),
                status: basis.status,
                source: basis.source.clone(),
                confidence: basis.confidence.clone(),
                statement,
                procedure: self.id.get_ref().clone(),
                procedure_version: self.version,
            },
        }
    }
}

/// A procedure's text and what it says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) text: String,
    pub(crate) basis: Basis,
}

impl Head {
    pub(crate) fn sha256(&self) -> String {
        canonical::sha256(self.text.as_bytes())
    }
}
