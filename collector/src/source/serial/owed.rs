//! Answers that units still owe, by the one thing that tells them apart: their length.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::frame;
use crate::plan::{MOST_WORDS, Span};

/// An answer later than this is not expected any more.
const FORGET_AFTER: Duration = Duration::from_secs(120);

/// Registers that a read may be longer than it needs to be, for the sake of a length of its own.
const MOST_WIDENED: u16 = 8;

/// A request whose answer has not been taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owed {
    /// Bytes of data that its answer has.
    bytes: u16,
    asked: Instant,
    /// The unit has answered a younger request since: an instrument that answers in order owes this no more.
    passed: bool,
    /// A frame that can only be this answer was seen, too late, and thrown away.
    seen: bool,
}

/// Answers that units still owe.
#[derive(Debug, Default)]
pub struct Unanswered(HashMap<u8, Vec<Owed>>);

/// One request in the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked(Owed);

impl Unanswered {
    fn of(&mut self, unit: u8) -> &mut Vec<Owed> {
        let owed = self.0.entry(unit).or_default();
        let now = Instant::now();
        owed.retain(|one| now.duration_since(one.asked) < FORGET_AFTER);
        owed
    }

    pub(super) fn ask(&mut self, unit: u8, span: Span) -> Asked {
        let owed = Owed {
            bytes: frame::data_bytes(span.table, span.words),
            asked: Instant::now(),
            passed: false,
            seen: false,
        };
        self.of(unit).push(owed);
        Asked(owed)
    }

    pub(super) fn answered(&mut self, unit: u8, asked: Asked) {
        self.of(unit).retain(|one| *one != asked.0);
    }

    /// Whether the next answer of this unit might be an old one.
    pub(super) fn owes(&mut self, unit: u8) -> bool {
        self.of(unit).iter().any(|one| !one.passed)
    }

    /// The unit has answered a request that no older answer can be mistaken for.
    pub(super) fn passed(&mut self, unit: u8) {
        let owed = self.of(unit);
        owed.retain(|one| !one.seen);
        for one in owed {
            one.passed = true;
        }
    }

    /// After a silence so long that nothing is expected any more.
    pub(super) fn forget(&mut self, unit: u8) {
        self.0.remove(&unit);
    }

    /// Looks for whole answers among bytes that were thrown away: what came too late is not to come again.
    pub(super) fn strays(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while rest.len() >= 5 {
            let length = usize::from(rest[2]) + 5;
            if matches!(rest[1], 1..=4) && rest.len() >= length {
                let (body, sum) = rest[..length].split_at(length - 2);
                if frame::crc(body).to_le_bytes() == sum {
                    let (unit, data) = (rest[0], u16::from(rest[2]));
                    if let Some(one) = self
                        .of(unit)
                        .iter_mut()
                        .find(|one| one.bytes == data && !one.seen)
                    {
                        one.seen = true;
                        rest = &rest[length..];
                        continue;
                    }
                }
            }
            rest = &rest[1..];
        }
    }

    /// Fewer registers than the span, so that they are certain to exist, with an answer of no owed length.
    /// More may not exist, but an exception serves a fence as well.
    pub(super) fn fence(&mut self, unit: u8, span: Span) -> Span {
        let wanted = frame::data_bytes(span.table, span.words);
        let owed = self.of(unit);
        let free = |words: &u16| {
            let bytes = frame::data_bytes(span.table, *words);
            bytes != wanted && owed.iter().all(|one| one.bytes != bytes)
        };
        let words = (1..=MOST_WORDS).find(free).unwrap_or(1);
        Span { words, ..span }
    }

    /// The span, if need be with registers behind it that nobody wants, so that its answer has a length that no
    /// owed answer has: right even if the instrument, or a radio link before it, answers out of order. `None` if
    /// there is no such length within reach.
    pub(super) fn distinct(&mut self, unit: u8, span: Span) -> Option<Span> {
        let owed = self.of(unit);
        let beyond = u32::from(u16::MAX) + 1 - u32::from(span.address);
        (span.words..=span.words.saturating_add(MOST_WIDENED).min(MOST_WORDS))
            .take_while(|words| u32::from(*words) <= beyond)
            .find(|words| {
                let bytes = frame::data_bytes(span.table, *words);
                owed.iter().all(|one| one.bytes != bytes)
            })
            .map(|words| Span { words, ..span })
    }
}
