//! The grammar of numbers that all kinds of notation share.

use num_bigint::BigInt;

use super::{NotationError, Result, Scan};
use crate::glyph::superscript;
use crate::number::{Exact, MAX_DIGITS, MAX_EXPONENT};

impl Scan {
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
