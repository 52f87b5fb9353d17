//! The state machine of one RTU line. A late answer never becomes a reading.
//!
//! Modbus RTU answers carry no transaction id, so an answer that comes after its time-out looks
//! like the answer to the next request; so does one that comes twice. Five rules keep them out:
//! 1. *Quarantine*: after a time-out or any unexpected byte the line is left alone until it has
//!    been silent for a whole response time-out.
//! 2. *Frame gap*: before each request the line must be silent for 3.5 characters.
//! 3. *Fence*: a unit that owes an answer is first asked for another number of registers. Instruments
//!    answer in order, so once the answer of that length is there, nothing older can follow; and
//!    the words of a fence are never used.
//! 4. *A length of its own*: should an instrument (or a link before it) answer out of order after all, an owed answer
//!    that was never seen still stands out, because for two minutes no read of that unit has its length: the span is
//!    read with a few registers more. Where there are none, the line is left silent for long once instead.
//! 5. *No copy is an answer*: a frame with the same bytes as one heard from that unit within half a second is not taken;
//!    the span is asked for again in a length of its own, and for a day in such a length from the beginning, so that
//!    two spans that truly read the same cost two bytes. Where no register follows, the line is left silent for that
//!    half second instead.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::frame::{self, Answer};
use super::heard::COPIES_WITHIN;
pub use super::owed::Unanswered;
use super::settings::{characters, frame_gap};
use crate::health::Health;
use crate::plan::Span;
use crate::source::ReadFault;

/// Times of a line.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    pub baud: u32,
    /// Time for an answer, without its time on the wire.
    pub response: Duration,
}

impl Timing {
    fn answer_within(&self, span: Span) -> Duration {
        self.response + characters(8 + u32::from(frame::answer_bytes(span)), self.baud)
    }

    /// Silence that ends a quarantine.
    fn quiet(&self) -> Duration {
        self.response
            .max(Duration::from_millis(50))
            .max(frame_gap(self.baud))
    }

    /// A line that chatters longer than this is reported instead of waited for.
    fn most_quarantine(&self) -> Duration {
        (self.quiet() * 10).max(Duration::from_secs(2))
    }
}

/// Response time-outs of silence after which an answer is given up for good.
const LONG_SILENCE: u32 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    /// A request is out. Found at the beginning of a read, its caller has gone: as after a time-out.
    Awaiting,
    Quarantine,
    Lost,
}

/// A whole answer to the request that is out, by its form.
enum Reply {
    Words(Vec<u16>),
    Exception(u8),
}

/// What an exchange brought.
enum Taken {
    Words(Vec<u16>),
    /// Perhaps a copy of an answer before.
    Doubtful,
}

fn copy_of_another(unit: u8) -> ReadFault {
    ReadFault::Malformed {
        unit,
        reason: "it may be a copy of an answer before; is there a repeater or a second master on the line?"
            .to_owned(),
    }
}

/// One line and what is going on there.
pub struct Line<S> {
    stream: S,
    timing: Timing,
    state: State,
    /// Bytes thrown away since the line was last silent, and when the first of them came.
    strays: Option<(Vec<u8>, Instant)>,
    health: Arc<Health>,
}

/// More than two answers of the greatest length; strays beyond are noise.
const MOST_STRAYS: usize = 1024;

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    /// A newly opened line begins in quarantine: nobody knows what is on it.
    pub fn new(stream: S, timing: Timing, health: Arc<Health>) -> Self {
        Self {
            stream,
            timing,
            state: State::Quarantine,
            strays: None,
            health,
        }
    }

    /// Whether the port must be opened anew.
    pub fn is_lost(&self) -> bool {
        self.state == State::Lost
    }

    /// Reads `span` from `unit`.
    pub async fn read(
        &mut self,
        unit: u8,
        span: Span,
        unanswered: &mut Unanswered,
    ) -> Result<Vec<u16>, ReadFault> {
        if let Taken::Words(words) = self.attempt(unit, span, unanswered).await? {
            return Ok(words);
        }
        unanswered.heard.doubt(unit, span);
        match self.attempt(unit, span, unanswered).await? {
            Taken::Words(words) => Ok(words),
            Taken::Doubtful => Err(copy_of_another(unit)),
        }
    }

    async fn attempt(
        &mut self,
        unit: u8,
        span: Span,
        unanswered: &mut Unanswered,
    ) -> Result<Taken, ReadFault> {
        self.settle(unanswered).await?;
        let mut fence = None;
        if unanswered.owes(unit) {
            fence = Some(self.fence(unit, span, unanswered).await?);
            self.settle(unanswered).await?;
        }
        let mut own = unanswered.distinct(unit, span, fence);
        if own.is_none() && unanswered.heard.any(unit) {
            // Perhaps no length is free only because of what was heard a moment ago.
            self.quarantine(self.timing.quiet().max(COPIES_WITHIN), unanswered)
                .await?;
            own = unanswered.distinct(unit, span, None);
        }
        if let Some(asked) = own {
            match self.exchange(unit, asked, unanswered).await {
                Ok(Taken::Words(mut words)) => {
                    words.truncate(usize::from(span.words));
                    return Ok(Taken::Words(words));
                }
                // The registers behind the span do not exist.
                Err(ReadFault::Exception { code: 2 | 3, .. }) if asked != span => {
                    unanswered.heard.is_last(unit, span);
                }
                other => return other,
            }
        }
        if unanswered.owes_like(unit, span) {
            self.quarantine(self.timing.quiet() * LONG_SILENCE, unanswered)
                .await?;
            unanswered.forget(unit);
        } else {
            self.quarantine(self.timing.quiet().max(COPIES_WITHIN), unanswered)
                .await?;
            unanswered.forget_refused(unit);
        }
        self.exchange(unit, span, unanswered).await
    }

    /// Waits until the line is free for a request.
    async fn settle(&mut self, unanswered: &mut Unanswered) -> Result<(), ReadFault> {
        if self.state == State::Idle {
            let mut chunk = [0; 256];
            match timeout(frame_gap(self.timing.baud), self.stream.read(&mut chunk)).await {
                Err(_) => return Ok(()),
                Ok(read) => {
                    let count = self.received(read)?;
                    self.health.counters.bytes_unsolicited.add(count as u64);
                    self.stray(&chunk[..count]);
                }
            }
        }
        self.quarantine(self.timing.quiet(), unanswered).await
    }

    /// Throws away what comes, until the line has been silent for `quiet`.
    async fn quarantine(&mut self, quiet: Duration, unanswered: &mut Unanswered) -> Result<(), ReadFault> {
        self.state = State::Quarantine;
        self.health.counters.quarantines.one();
        let give_up = Instant::now() + self.timing.most_quarantine().max(quiet * 2);
        let mut chunk = [0; 256];
        loop {
            match timeout(quiet, self.stream.read(&mut chunk)).await {
                Err(_) => {
                    if let Some((bytes, at)) = self.strays.take() {
                        unanswered.strays(&bytes, at);
                    }
                    self.state = State::Idle;
                    return Ok(());
                }
                Ok(read) => {
                    let count = self.received(read)?;
                    self.health.counters.bytes_discarded.add(count as u64);
                    self.stray(&chunk[..count]);
                    if Instant::now() > give_up {
                        let reason = "the line never falls silent; is there another master on it?";
                        return Err(ReadFault::NoConnection(reason.to_owned()));
                    }
                }
            }
        }
    }

    fn stray(&mut self, bytes: &[u8]) {
        let (strays, _) = self.strays.get_or_insert_with(|| (Vec::new(), Instant::now()));
        let room = MOST_STRAYS.saturating_sub(strays.len());
        strays.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Makes sure that the unit, if it answers in order, owes nothing any more. Returns what was read for it.
    async fn fence(&mut self, unit: u8, span: Span, unanswered: &mut Unanswered) -> Result<Span, ReadFault> {
        self.health.counters.fences.one();
        let fence = unanswered.fence(unit, span);
        match self.exchange(unit, fence, unanswered).await {
            Ok(Taken::Words(_)) => {}
            Ok(Taken::Doubtful) => return Err(copy_of_another(unit)),
            // An exception has one length for all requests: wait once more.
            Err(ReadFault::Exception { .. }) => self.state = State::Quarantine,
            Err(fault) => return Err(fault),
        }
        unanswered.passed(unit);
        Ok(fence)
    }

    async fn exchange(
        &mut self,
        unit: u8,
        span: Span,
        unanswered: &mut Unanswered,
    ) -> Result<Taken, ReadFault> {
        let request = frame::request(unit, span);
        // Owed from the moment on which the instrument may have seen the request.
        let asked = unanswered.ask(unit, span);
        self.state = State::Awaiting;
        let deadline = Instant::now() + self.timing.answer_within(span);
        let sent = timeout_at(deadline, async {
            self.stream.write_all(&request).await?;
            self.stream.flush().await
        });
        match sent.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.lost(&error.to_string())),
            Err(_) => return Err(self.lost("the request could not be written within the time-out")),
        }
        let (frame, reply) = self.await_answer(unit, span, &request, deadline).await?;
        let copy = unanswered.heard.note(&frame, Instant::now());
        match reply {
            Reply::Words(_) if copy || unanswered.seemed_refused(unit, span) => {
                // The answer that is asked for may still come.
                self.state = State::Quarantine;
                self.health.counters.answers_doubted.one();
                Ok(Taken::Doubtful)
            }
            Reply::Words(words) => {
                unanswered.answered(unit, asked);
                Ok(Taken::Words(words))
            }
            Reply::Exception(code) => {
                // An exception does not say to which request it belongs: it may be that to an older one.
                if copy || unanswered.owes_beside(unit, asked) {
                    unanswered.refused(unit, asked);
                } else {
                    unanswered.answered(unit, asked);
                }
                Err(ReadFault::Exception { unit, code })
            }
        }
    }

    async fn await_answer(
        &mut self,
        unit: u8,
        span: Span,
        request: &[u8; 8],
        deadline: Instant,
    ) -> Result<(Vec<u8>, Reply), ReadFault> {
        let mut received = Vec::with_capacity(usize::from(frame::answer_bytes(span)));
        let mut may_be_echo = true;
        let mut chunk = [0; 256];
        loop {
            let Ok(read) = timeout_at(deadline, self.stream.read(&mut chunk)).await else {
                self.state = State::Quarantine;
                self.stray(&received);
                return Err(self.too_late(unit, span, &received));
            };
            let count = self.received(read)?;
            received.extend_from_slice(&chunk[..count]);
            if may_be_echo {
                if received.len() < request.len() && request.starts_with(&received) {
                    continue;
                }
                may_be_echo = false;
                // Two-wire adapters often hear themselves. No answer to a read has eight such bytes.
                if received.starts_with(request) {
                    received.drain(..request.len());
                    self.health.counters.echoes.one();
                }
            }
            match frame::answer(&received, unit, span) {
                Answer::Incomplete => {}
                Answer::Words(words) => {
                    self.state = State::Idle;
                    return Ok((received, Reply::Words(words)));
                }
                Answer::Exception(code) => {
                    self.state = State::Idle;
                    return Ok((received, Reply::Exception(code)));
                }
                Answer::Malformed(reason) => {
                    self.state = State::Quarantine;
                    self.stray(&received);
                    return Err(ReadFault::Malformed { unit, reason });
                }
            }
        }
    }

    fn too_late(&self, unit: u8, span: Span, received: &[u8]) -> ReadFault {
        if received.is_empty() {
            let milliseconds = u64::try_from(self.timing.response.as_millis()).unwrap_or(u64::MAX);
            return ReadFault::NoAnswer { unit, milliseconds };
        }
        let reason = format!(
            "only {} of {} bytes came",
            received.len(),
            frame::answer_bytes(span)
        );
        ReadFault::Malformed { unit, reason }
    }

    fn received(&mut self, read: std::io::Result<usize>) -> Result<usize, ReadFault> {
        match read {
            Ok(0) => Err(self.lost("the port was closed")),
            Ok(count) => Ok(count),
            Err(error) => Err(self.lost(&error.to_string())),
        }
    }

    fn lost(&mut self, reason: &str) -> ReadFault {
        self.state = State::Lost;
        ReadFault::NoConnection(format!("the line was lost: {reason}"))
    }
}
