//! Answers that units still owe, by the one thing that tells them apart: their length. Beside them, those heard a
//! moment ago.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::frame;
use super::heard::Heard;
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
    /// An exception came that may have been a copy of one before.
    refused: bool,
}

/// Answers that units still owe, and those heard a moment ago.
#[derive(Debug, Default)]
pub struct Unanswered {
    owed: HashMap<u8, Vec<Owed>>,
    pub(super) heard: Heard,
}

/// One request in the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked(Owed);

impl Unanswered {
    fn of(&mut self, unit: u8) -> &mut Vec<Owed> {
        let owed = self.owed.entry(unit).or_default();
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
            refused: false,
        };
        self.of(unit).push(owed);
        Asked(owed)
    }

    pub(super) fn answered(&mut self, unit: u8, asked: Asked) {
        self.of(unit).retain(|one| *one != asked.0);
    }

    /// Whether anything but this request has not been answered.
    pub(super) fn owes_beside(&mut self, unit: u8, asked: Asked) -> bool {
        self.of(unit).iter().any(|one| *one != asked.0)
    }

    /// An exception came, but perhaps for the second time, or for an older request. A healthy instrument without these registers says so each
    /// time and must not be held up for it; should an answer of this length come after all, it is doubted.
    pub(super) fn refused(&mut self, unit: u8, asked: Asked) {
        for one in self.of(unit).iter_mut().filter(|one| **one == asked.0) {
            one.passed = true;
            one.refused = true;
        }
    }

    /// Whether an answer to this span may be that to an older request which seemed refused.
    pub(super) fn seemed_refused(&mut self, unit: u8, span: Span) -> bool {
        let bytes = frame::data_bytes(span.table, span.words);
        self.of(unit).iter().any(|one| one.refused && one.bytes == bytes)
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
        self.owed.remove(&unit);
    }

    /// After a silence in which a prompt answer would have come.
    pub(super) fn forget_refused(&mut self, unit: u8) {
        self.of(unit).retain(|one| !one.refused);
    }

    /// Looks for whole frames among bytes that were thrown away, the first of which came at `at`: what came too late
    /// is not to come again, unless as a copy.
    pub(super) fn strays(&mut self, bytes: &[u8], at: Instant) {
        let mut rest = bytes;
        while rest.len() >= 5 {
            let exception = matches!(rest[1], 0x81..=0x84);
            let length = if exception { 5 } else { usize::from(rest[2]) + 5 };
            if (exception || matches!(rest[1], 1..=4)) && rest.len() >= length {
                let (body, sum) = rest[..length].split_at(length - 2);
                if frame::crc(body).to_le_bytes() == sum {
                    // A copy of an answer before settles no debt.
                    let copy = self.heard.note(&rest[..length], at);
                    if !copy && !exception {
                        self.came(rest[0], u16::from(rest[2]));
                    }
                    rest = &rest[length..];
                    continue;
                }
            }
            rest = &rest[1..];
        }
    }

    fn came(&mut self, unit: u8, bytes: u16) {
        let owed = self.of(unit);
        if let Some(one) = owed.iter_mut().find(|one| one.bytes == bytes && !one.seen) {
            one.seen = true;
        }
    }

    /// Fewer registers than the span, so that they are certain to exist, with an answer of no owed length and of
    /// none heard a moment ago. More may not exist, but an exception serves a fence as well.
    pub(super) fn fence(&mut self, unit: u8, span: Span) -> Span {
        let wanted = frame::data_bytes(span.table, span.words);
        let owed: Vec<u16> = self.of(unit).iter().map(|one| one.bytes).collect();
        let free = |words: &u16| {
            let bytes = frame::data_bytes(span.table, *words);
            bytes != wanted && !owed.contains(&bytes) && !self.heard.has_length(unit, bytes)
        };
        let words = (1..=MOST_WORDS).find(free).unwrap_or(1);
        Span { words, ..span }
    }

    /// The span, if need be with registers behind it that nobody wants, so that its answer has a length that no
    /// owed answer has: right even if the instrument, or a radio link before it, answers out of order. Where answers
    /// to this span were doubted, it is also a length that was not heard a moment ago; and it is not that of the fence
    /// before it, which has just read from the same register: the same request twice looks like an answer and its copy.
    /// `None` if there is no such length within reach.
    pub(super) fn distinct(&mut self, unit: u8, span: Span, fence: Option<Span>) -> Option<Span> {
        let doubted = self.heard.was_doubted(unit, span);
        let counts = |one: &&Owed| doubted || !one.refused;
        let mut barred: Vec<u16> = self.of(unit).iter().filter(counts).map(|one| one.bytes).collect();
        barred.extend(fence.map(|fence| frame::data_bytes(fence.table, fence.words)));
        let beyond = u32::from(u16::MAX) + 1 - u32::from(span.address);
        let wider = if self.heard.can_be_longer(unit, span) {
            MOST_WIDENED
        } else {
            0
        };
        (span.words..=span.words.saturating_add(wider).min(MOST_WORDS))
            .take_while(|words| u32::from(*words) <= beyond)
            .find(|words| {
                let bytes = frame::data_bytes(span.table, *words);
                !(barred.contains(&bytes) || doubted && self.heard.has_length(unit, bytes))
            })
            .map(|words| Span { words, ..span })
    }

    /// Whether an answer as long as that to this span is still to come.
    pub(super) fn owes_like(&mut self, unit: u8, span: Span) -> bool {
        let bytes = frame::data_bytes(span.table, span.words);
        self.of(unit).iter().any(|one| one.bytes == bytes && !one.refused)
    }
}
