//! A cursor over cleaned text, with the number grammar that all kinds share.

use num_bigint::BigInt;

use crate::glyph::{Glyph, clean, superscript};
use crate::number::{Exact, MAX_DIGITS, MAX_EXPONENT};

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

    fn digit(&self, ahead: usize) -> bool {
        self.peek_at(ahead).is_some_and(|c| c.is_ascii_digit())
    }

    /// Whether a number, with or without its sign, starts here.
    pub(crate) fn number_ahead(&mut self) -> bool {
        self.skip_spaces();
        self.digit(0) || (matches!(self.peek(), Some('+' | '-')) && self.digit(1))
    }

    /// A run of digits, with thin-space groups of three (GB/T 15835).
    fn digits(&mut self, fraction: bool) -> String {
        let mut all = String::new();
        let mut group = 0;
        loop {
            while self.digit(0) {
                all.extend(self.bump());
                group += 1;
            }
            let run = (1..5).take_while(|i| self.digit(*i)).count();
            let fits = if fraction {
                group == 3 && (1..=3).contains(&run)
            } else {
                group <= 3 && run == 3
            };
            if self.peek() != Some(' ') || group == 0 || !fits {
                return all;
            }
            self.at += 1;
            group = 0;
        }
    }

    /// A number with optional sign, point and power of ten; keeps its digits.
    pub(crate) fn number(&mut self) -> Result<Exact> {
        let negative = match self.sign_word()? {
            Some(negative) => negative,
            None => match self.peek() {
                Some('-') => {
                    self.at += 1;
                    true
                }
                Some('+') => {
                    self.at += 1;
                    false
                }
                _ => return self.unsigned(),
            },
        };
        if matches!(self.peek(), Some('+' | '-')) || self.sign_word()?.is_some() {
            return self.fail("double sign, a number has one");
        }
        let value = self.unsigned()?;
        Ok(if negative { -value } else { value })
    }

    /// 负, 正 and, before a temperature, 零下, 零上: whether the number behind is below zero.
    fn sign_word(&mut self) -> Result<Option<bool>> {
        self.skip_spaces();
        let start = self.at;
        let Some(word) = self.eat_any(&["零下", "零上", "负", "正"]) else {
            return Ok(None);
        };
        self.skip_spaces();
        let of_temperature = word.starts_with('零');
        if of_temperature && !["℃", "°C", "摄氏度"].iter().any(|unit| self.ahead(unit)) {
            self.at = start;
            return self.fail(format!("{word} counts from the zero of ℃ only, write {word}5℃"));
        }
        Ok(Some(matches!(word, "零下" | "负")))
    }

    /// A number without a sign.
    pub(crate) fn unsigned(&mut self) -> Result<Exact> {
        self.skip_spaces();
        let start = self.column();
        let mantissa = self.mantissa()?;
        let power = self.power(&mantissa)?;
        let value = mantissa.scaled(power);
        if value.digit_count() > MAX_DIGITS {
            return Err(NotationError::new(
                start,
                format!("more than {MAX_DIGITS} digits, shorten the number"),
            ));
        }
        Ok(value)
    }

    /// Digits and point only, no power of ten.
    pub(crate) fn mantissa(&mut self) -> Result<Exact> {
        self.skip_spaces();
        let start = self.column();
        let whole = self.digits(false);
        if whole.is_empty() {
            return self.fail(match self.peek() {
                None => "no number, write one such as 12.5".to_owned(),
                Some(c @ ('+' | '-')) => format!("a sign {c} is not allowed here"),
                Some('.') => "write 0 before the decimal point".to_owned(),
                Some(c) => {
                    format!("no digit at {c:?} where a number should be; use ASCII digits, as in 12.5")
                }
            });
        }
        let mut places = String::new();
        if self.peek() == Some('.') && self.digit(1) {
            self.at += 1;
            places = self.digits(true);
        }
        if self.peek() == Some('.') && (!places.is_empty()) {
            return self.fail("second decimal point, a number has one");
        }
        if self.peek() == Some(',') && self.digit(1) {
            return self.fail(
                "comma inside a number: the decimal sign is a point and groups are thin spaces (GB/T 15835)",
            );
        }
        if matches!(self.peek(), Some('_')) {
            return self.fail("underscore inside a number, remove it");
        }
        let text = whole + &places;
        if text.len() > MAX_DIGITS {
            return Err(NotationError::new(
                start + MAX_DIGITS,
                format!("more than {MAX_DIGITS} digits, shorten the number"),
            ));
        }
        let exponent = -i32::try_from(places.len()).unwrap_or(0);
        let mantissa: BigInt = text.parse().unwrap_or_default();
        Ok(Exact::new(mantissa, exponent))
    }

    /// `×10^{n}`, `×10ⁿ`, `×100`, `E-3` after a mantissa; 0 when there is none.
    pub(crate) fn power(&mut self, mantissa: &Exact) -> Result<i32> {
        let start = self.at;
        if matches!(self.peek(), Some('E' | 'e')) {
            let signed = usize::from(matches!(self.peek_at(1), Some('+' | '-')));
            if self.digit(1 + signed) {
                self.at += 1;
                return self.integer();
            }
        }
        self.skip_spaces();
        let sign = match self.peek() {
            Some(c @ ('×' | '·' | '*' | 'x')) => c,
            _ => {
                self.at = start;
                return Ok(0);
            }
        };
        self.at += 1;
        self.skip_spaces();
        if !(self.peek() == Some('1') && self.peek_at(1) == Some('0')) {
            self.at = start;
            return Ok(0);
        }
        let ten = self.at;
        self.at += 2;
        let power = if let Some(power) = self.raised()? {
            power
        } else {
            // A plain power of ten, `14×100`.
            let mut zeros = 1;
            // `0x10` is hexadecimal elsewhere: a letter x needs a raised power behind its 10.
            while self.peek() == Some('0') {
                zeros += 1;
                self.at += 1;
            }
            if self.digit(0) || (self.peek() == Some('.') && self.digit(1)) {
                self.at = start;
                return Ok(0);
            }
            if sign == 'x' {
                self.at = start;
                return Ok(0);
            }
            if mantissa.exponent() != 0 {
                self.at = ten;
                return self.fail("the power of ten is missing: write ×10ⁿ (k×10 only with an integer k)");
            }
            let blanks = (0..4).take_while(|i| self.peek_at(*i) == Some(' ')).count();
            if matches!(self.peek_at(blanks), Some('%' | '‰')) {
                let product = mantissa.scaled(zeros);
                self.at = ten;
                return self.fail(format!(
                    "a product or a lost power of ten: write {product}%, or {mantissa}×10ⁿ%"
                ));
            }
            zeros
        };
        if sign != '×' {
            self.warn("GB 3101 uses × between number and power");
        }
        if power.abs() > MAX_EXPONENT {
            self.at = ten;
            return self.fail(format!("power of ten beyond ±{MAX_EXPONENT}"));
        }
        Ok(power)
    }

    /// An exponent: `²`, `⁻³`, `^2`, `^{-3}`, `^(-3)`; `None` when there is none.
    pub(crate) fn raised(&mut self) -> Result<Option<i32>> {
        let mut text = String::new();
        let column = self.column();
        if self.peek().and_then(superscript).is_some() {
            // A raised sign behind the digits is the mark of a reported value.
            let fits = |text: &str, c: char| c.is_ascii_digit() || text.is_empty();
            while let Some(c) = self.peek().and_then(superscript).filter(|c| fits(&text, *c)) {
                text.push(c);
                self.at += 1;
            }
            return text
                .parse()
                .map(Some)
                .map_err(|_| NotationError::new(column, "the raised part is not an integer"));
        }
        if self.peek() != Some('^') {
            return Ok(None);
        }
        self.at += 1;
        let close = match self.peek() {
            Some('{') => Some('}'),
            Some('(') => Some(')'),
            _ => None,
        };
        self.at += usize::from(close.is_some());
        let value = self.integer()?;
        if let Some(close) = close
            && self.bump() != Some(close)
        {
            return self.fail(format!("unbalanced brace, close the power with {close:?}"));
        }
        Ok(Some(value))
    }

    pub(crate) fn integer(&mut self) -> Result<i32> {
        let column = self.column();
        let mut text = String::new();
        if matches!(self.peek(), Some('+' | '-')) {
            text.extend(self.bump());
        }
        while self.digit(0) {
            text.extend(self.bump());
        }
        match text.parse::<i32>() {
            Ok(v) if v.abs() <= MAX_EXPONENT => Ok(v),
            Ok(_) => Err(NotationError::new(
                column,
                format!("power of ten beyond ±{MAX_EXPONENT}"),
            )),
            Err(_) if text.len() > 4 => Err(NotationError::new(
                column,
                format!("power of ten beyond ±{MAX_EXPONENT}"),
            )),
            Err(_) => Err(NotationError::new(column, "an integer is missing here")),
        }
    }
}
