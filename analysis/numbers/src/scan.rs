//! A cursor over cleaned text.

mod number;

use crate::glyph::{Glyph, clean};

/// Why a text is not the notation that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {reason}")]
pub struct NotationError {
    /// 1-based column (in characters) of the input.
    pub column: usize,
    /// What is wrong, and what to write instead.
    pub reason: String,
}

impl NotationError {
    pub(crate) fn new(column: usize, reason: impl Into<String>) -> Self {
        Self {
            column,
            reason: reason.into(),
        }
    }
}

/// Longest accepted text; beyond it nothing is a notation of this crate.
const MAX_TEXT: usize = 4_000;

#[derive(Clone, Debug)]
pub(crate) struct Scan {
    glyphs: Vec<Glyph>,
    at: usize,
    pub(crate) warnings: Vec<String>,
}

pub(crate) type Result<T> = std::result::Result<T, NotationError>;

impl Scan {
    pub(crate) fn new(text: &str) -> Result<Self> {
        if text.chars().count() > MAX_TEXT {
            return Err(NotationError::new(
                1,
                format!("longer than {MAX_TEXT} characters"),
            ));
        }
        let mut warnings = Vec::new();
        let glyphs = clean(text, &mut warnings);
        if glyphs.is_empty() {
            return Err(NotationError::new(1, "empty text"));
        }
        Ok(Self {
            glyphs,
            at: 0,
            warnings,
        })
    }

    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }

    pub(crate) fn column(&self) -> usize {
        let end = || self.glyphs.last().map_or(1, |g| g.column + 1);
        self.glyphs.get(self.at).map_or_else(end, |g| g.column)
    }

    pub(crate) fn fail<T>(&self, reason: impl Into<String>) -> Result<T> {
        Err(NotationError::new(self.column(), reason))
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    pub(crate) fn peek_at(&self, ahead: usize) -> Option<char> {
        self.glyphs.get(self.at + ahead).map(|g| g.c)
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn reset(&mut self, position: usize) {
        self.at = position;
    }

    pub(crate) fn skip_spaces(&mut self) {
        while self.peek() == Some(' ') {
            self.at += 1;
        }
    }

    pub(crate) fn at_end(&mut self) -> bool {
        self.skip_spaces();
        self.at >= self.glyphs.len()
    }

    pub(crate) fn expect_end(&mut self) -> Result<()> {
        if self.at_end() {
            return Ok(());
        }
        let rest = self.rest();
        self.fail(format!("{rest:?} does not belong here, remove it"))
    }

    /// What was read from a position up to here.
    pub(crate) fn written_since(&self, start: usize) -> String {
        self.glyphs[start.min(self.at)..self.at]
            .iter()
            .map(|g| g.c)
            .collect()
    }

    pub(crate) fn rest(&self) -> String {
        self.glyphs[self.at.min(self.glyphs.len())..]
            .iter()
            .map(|g| g.c)
            .collect()
    }

    /// Takes `text` (after spaces) when it comes next.
    pub(crate) fn eat(&mut self, text: &str) -> bool {
        let start = self.at;
        self.skip_spaces();
        for wanted in text.chars() {
            if self.peek() != Some(wanted) {
                self.at = start;
                return false;
            }
            self.at += 1;
        }
        true
    }

    pub(crate) fn eat_any<'a>(&mut self, texts: &[&'a str]) -> Option<&'a str> {
        texts.iter().find(|text| self.eat(text)).copied()
    }

    /// Whether `text` occurs in what is left.
    pub(crate) fn ahead(&self, text: &str) -> bool {
        self.rest().contains(text)
    }

    /// Refuses brackets that do not pair.
    pub(crate) fn check_brackets(&self) -> Result<()> {
        let mut open: Vec<Glyph> = Vec::new();
        for glyph in &self.glyphs[self.at..] {
            match glyph.c {
                '(' | '{' | '[' => open.push(*glyph),
                ')' | '}' | ']' => {
                    let pairs = |g: &Glyph| matches!((g.c, glyph.c), ('(', ')') | ('{', '}') | ('[', ']'));
                    if !open.pop().as_ref().is_some_and(pairs) {
                        let reason = format!("unbalanced {:?}, its opening is missing", glyph.c);
                        return Err(NotationError::new(glyph.column, reason));
                    }
                }
                _ => {}
            }
        }
        match open.pop() {
            Some(g) => Err(NotationError::new(
                g.column,
                format!("unbalanced {:?}, close it", g.c),
            )),
            None => Ok(()),
        }
    }
}
