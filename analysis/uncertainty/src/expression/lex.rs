//! From characters to tokens, look-alikes included.

use super::{ExpressionError, MAX_TEXT, Place};
use numbers::number::Exact;
use numbers::unit::Unit;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(Exact, Option<Unit>),
    Name(String),
    /// Raised digits: `²`, `⁻³`.
    Raised(i32),
    /// `+ - * / ^ ( ) , |`
    Sign(char),
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) place: Place,
}

struct Cursor {
    characters: Vec<(char, Place)>,
    at: usize,
    end: Place,
}

pub(super) fn tokens(text: &str) -> Result<Vec<Lexeme>, ExpressionError> {
    let mut place = Place { line: 1, column: 1 };
    let mut characters = Vec::new();
    for c in text.chars() {
        if characters.len() >= MAX_TEXT {
            return Err(place.error(format!("longer than {MAX_TEXT} characters, split the formula")));
        }
        characters.push((plain(c), place));
        if c == '\n' {
            place = Place {
                line: place.line + 1,
                column: 1,
            };
        } else {
            place.column += 1;
        }
    }
    let mut cursor = Cursor {
        characters,
        at: 0,
        end: place,
    };
    let mut found = Vec::new();
    loop {
        cursor.skip_blanks();
        let place = cursor.place();
        let token = cursor.next()?;
        let last = token == Token::End;
        found.push(Lexeme { token, place });
        if last {
            return Ok(found);
        }
    }
}

fn plain(c: char) -> char {
    match c {
        '−' | '－' | '–' | '﹣' => '-',
        '＋' | '﹢' => '+',
        '×' | '·' | '∙' | '⋅' | '＊' | '∗' => '*',
        '÷' | '／' | '∕' => '/',
        '（' => '(',
        '）' => ')',
        '，' => ',',
        '｜' | '∣' => '|',
        '［' => '[',
        '］' => ']',
        '\u{00B5}' => 'μ',
        '\u{2126}' => 'Ω',
        other => other,
    }
}

fn raised(c: char) -> Option<char> {
    let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    match c {
        '⁻' => Some('-'),
        '⁺' => Some('+'),
        _ => digits
            .chars()
            .position(|d| d == c)
            .and_then(|n| char::from_digit(u32::try_from(n).ok()?, 10)),
    }
}

fn in_name(c: char) -> bool {
    (c.is_alphanumeric() || c == '_') && raised(c).is_none()
}

impl Cursor {
    fn peek(&self) -> Option<char> {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> Option<char> {
        self.characters.get(self.at + by).map(|(c, _)| *c)
    }

    fn place(&self) -> Place {
        self.characters.get(self.at).map_or(self.end, |(_, place)| *place)
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.peek().filter(|c| keep(*c)) {
            taken.push(c);
            self.at += 1;
        }
        taken
    }

    fn next(&mut self) -> Result<Token, ExpressionError> {
        let place = self.place();
        let Some(c) = self.peek() else {
            return Ok(Token::End);
        };
        if c.is_ascii_digit() || (c == '.' && self.ahead(1).is_some_and(|c| c.is_ascii_digit())) {
            let number = self.number()?;
            let unit = self.unit()?;
            return Ok(Token::Number(number, unit));
        }
        if raised(c).is_some() {
            let text: String = self
                .take_while(|c| raised(c).is_some())
                .chars()
                .filter_map(raised)
                .collect();
            let power = text.parse().ok().filter(|n: &i32| n.abs() <= 64);
            return power
                .map(Token::Raised)
                .ok_or_else(|| place.error("a raised power is an integer of at most ±64"));
        }
        if in_name(c) {
            return Ok(Token::Name(self.take_while(in_name)));
        }
        self.at += 1;
        if c == '*' && self.peek() == Some('*') {
            self.at += 1;
            return Ok(Token::Sign('^'));
        }
        match c {
            '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' | '|' => Ok(Token::Sign(c)),
            '[' => Err(place.error("a unit in brackets stands directly behind a number, as in 9.8 [m/s²]")),
            '%' | '‰' | '℃' | '°' => Err(place.error(format!(
                "{c} stands behind a number only; divide by 1 {c} or drop it"
            ))),
            _ => Err(place.error(format!(
                "{c:?} has no meaning here; use letters, digits, + - * / ^ ( ) , |"
            ))),
        }
    }

    fn number(&mut self) -> Result<Exact, ExpressionError> {
        let place = self.place();
        let mut text = self.take_while(|c| c.is_ascii_digit());
        if self.peek() == Some('.') {
            self.at += 1;
            let places = self.take_while(|c| c.is_ascii_digit());
            if places.is_empty() {
                return Err(self.place().error("digits must follow the decimal point"));
            }
            text = format!("{text}.{places}");
        }
        if text.starts_with('.') {
            text.insert(0, '0');
        }
        let signed = matches!(self.ahead(1), Some('+' | '-'));
        let digit = self.ahead(1 + usize::from(signed));
        if matches!(self.peek(), Some('e' | 'E')) && digit.is_some_and(|c| c.is_ascii_digit()) {
            text.push('e');
            self.at += 1;
            if signed {
                text.extend(self.peek());
                self.at += 1;
            }
            text += &self.take_while(|c| c.is_ascii_digit());
        }
        if self.peek() == Some('.') {
            return Err(self.place().error("second decimal point, a number has one"));
        }
        Exact::parse(&text).map_err(|e| place.error(e.reason))
    }

    fn unit(&mut self) -> Result<Option<Unit>, ExpressionError> {
        let before = self.at;
        self.skip_blanks();
        let place = self.place();
        if self.peek() == Some('[') {
            self.at += 1;
            let text = self.take_while(|c| c != ']' && c != '\n');
            if self.peek() != Some(']') {
                return Err(place.error("the bracket of the unit is not closed, add ]"));
            }
            self.at += 1;
            let unit = super::unit(&text.replace('*', "·"));
            return unit
                .map(Some)
                .map_err(|e| place.error(format!("unit [{text}]: {}", e.reason)));
        }
        let starts = |c: char| matches!(c, '%' | '‰' | '℃' | '°' | '′' | '″') || in_name(c);
        if !self.peek().is_some_and(starts) {
            self.at = before;
            return Ok(None);
        }
        let mut text = self.take_while(|c| matches!(c, '%' | '‰' | '℃' | '°' | '′' | '″'));
        text += &self.take_while(in_name);
        let unit = Unit::new(&text).map_err(|_| {
            place.error(format!(
                "{text:?} behind a number is read as a unit and is none; write * for a product"
            ))
        })?;
        if self
            .peek()
            .is_some_and(|c| raised(c).is_some() || c == '^' || c == '[')
        {
            return Err(self
                .place()
                .error("put a unit with a power into brackets, as in 2 [m²]"));
        }
        Ok(Some(unit))
    }
}
