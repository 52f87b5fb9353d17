//! What is wrong with a profile, where, and what to do.

use std::ops::Range;

/// The first thing wrong with a profile: `devices/profiles/x.toml:12: reason; cure`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}; {cure}")]
pub struct ProfileError {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    pub reason: String,
    pub cure: String,
}

/// A finding at a place of the text, before the place has become a line.
pub(super) struct Finding {
    pub(super) span: Range<usize>,
    pub(super) reason: String,
    pub(super) cure: String,
}

impl Finding {
    pub(super) fn new(span: Range<usize>, reason: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            span,
            reason: reason.into(),
            cure: cure.into(),
        }
    }

    pub(super) fn in_file(self, file: &str, text: &str) -> ProfileError {
        let before = text
            .as_bytes()
            .get(..self.span.start.min(text.len()))
            .unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        ProfileError {
            file: file.to_owned(),
            line,
            reason: self.reason,
            cure: self.cure,
        }
    }
}
