//! Answers heard a moment ago: one that comes again is no new answer.
//!
//! Repeaters, converters and radio links send a frame twice now and then. The copy has the unit, the function, the
//! length and the check sum of an answer, so that only its bytes tell it from the answer to the request that is out.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::plan::Span;

/// A frame with the same bytes as one heard within this time is taken for its copy. Copies come within 0.3 s; the
/// same span is not read twice within 1 s, so that an instrument whose values stand still is not doubted.
pub(super) const COPIES_WITHIN: Duration = Duration::from_millis(500);

/// How long it is remembered that a span answers with the same bytes as another, or that no register follows it.
const REMEMBERED: Duration = Duration::from_secs(24 * 3_600);

/// Frames of each unit, oldest first, and what was learned about its spans.
#[derive(Debug, Default)]
pub(super) struct Heard {
    frames: HashMap<u8, VecDeque<(Instant, Vec<u8>)>>,
    doubted: HashMap<(u8, Span), Instant>,
    last: HashMap<(u8, Span), Instant>,
}

impl Heard {
    /// Remembers a whole frame that came at `at`. Whether it may be a copy of one before.
    pub(super) fn note(&mut self, frame: &[u8], at: Instant) -> bool {
        let Some(unit) = frame.first() else { return false };
        let frames = self.frames.entry(*unit).or_default();
        while frames
            .front()
            .is_some_and(|(before, _)| *before + COPIES_WITHIN <= at)
        {
            frames.pop_front();
        }
        let again = frames.iter().any(|(_, before)| before == frame);
        frames.push_back((at, frame.to_vec()));
        again
    }

    /// Whether an answer with so many bytes of data was heard from the unit a moment ago.
    pub(super) fn has_length(&self, unit: u8, bytes: u16) -> bool {
        let now = Instant::now();
        let lately = self.frames.get(&unit).into_iter().flatten();
        lately
            .filter(|(at, _)| now < *at + COPIES_WITHIN)
            .any(|(_, frame)| usize::from(bytes) + 5 == frame.len())
    }

    /// Whether anything was heard from the unit a moment ago.
    pub(super) fn any(&self, unit: u8) -> bool {
        let now = Instant::now();
        let lately = self.frames.get(&unit).into_iter().flatten();
        lately.into_iter().any(|(at, _)| now < *at + COPIES_WITHIN)
    }

    /// From now on an answer to this span is to have a length of its own from the beginning.
    pub(super) fn doubt(&mut self, unit: u8, span: Span) {
        self.doubted.insert((unit, span), Instant::now());
    }

    /// Behind this span there is no register: it cannot be read longer than it is.
    pub(super) fn is_last(&mut self, unit: u8, span: Span) {
        self.last.insert((unit, span), Instant::now());
    }

    pub(super) fn was_doubted(&self, unit: u8, span: Span) -> bool {
        known(&self.doubted, unit, span)
    }

    pub(super) fn can_be_longer(&self, unit: u8, span: Span) -> bool {
        !known(&self.last, unit, span)
    }
}

fn known(spans: &HashMap<(u8, Span), Instant>, unit: u8, span: Span) -> bool {
    spans
        .get(&(unit, span))
        .is_some_and(|since| since.elapsed() < REMEMBERED)
}
