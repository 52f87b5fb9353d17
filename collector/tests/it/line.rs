//! The first test of the collector: whatever a line does, no wrong value is ever accepted.
//!
//! Every register of the slave answers a value that depends on unit, address and the number of
//! the request, so a word of an older or other answer is always recognised.

mod copies;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use collector::health::Health;
use collector::plan::Span;
use collector::source::ReadFault;
use collector::source::serial::frame::crc;
use collector::source::serial::line::{Line, Timing, Unanswered};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, WriteHalf};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use uplink::RegisterTable;

const RESPONSE: Duration = Duration::from_millis(200);

/// Small and repeatable.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What the registers of a unit say at one time; both ends know the rule.
fn word(unit: u8, address: u16, turn: u64) -> u16 {
    let mixed = (u64::from(unit) << 40 | u64::from(address) << 20 | turn).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 48) as u16
}

fn sealed(mut body: Vec<u8>) -> Vec<u8> {
    let sum = crc(&body);
    body.extend_from_slice(&sum.to_le_bytes());
    body
}

fn answer(request: &[u8], turn: u64) -> Vec<u8> {
    let (unit, address) = (request[0], u16::from_be_bytes([request[2], request[3]]));
    let count = u16::from_be_bytes([request[4], request[5]]);
    let mut body = vec![unit, request[1], (count * 2) as u8];
    for register in address..address + count {
        body.extend_from_slice(&word(unit, register, turn).to_be_bytes());
    }
    sealed(body)
}

type Out = Arc<Mutex<WriteHalf<DuplexStream>>>;

/// Sends a frame again, as a repeater does: after 5 to 300 ms, whatever else happens meanwhile.
fn again(line: &Out, frame: &[u8], dice: &mut Dice) {
    let (line, frame) = (Arc::clone(line), frame.to_vec());
    let wait = Duration::from_millis(5 + dice.roll(296));
    tokio::spawn(async move {
        sleep(wait).await;
        // The line may be gone by then.
        let _ = line.lock().await.write_all(&frame).await;
    });
}

/// A slave that serves one request after the other, each with a fault in one of four, and the link sends one frame
/// in twenty twice.
async fn slave(line: DuplexStream, seed: u64, turn: Arc<AtomicU64>) {
    let mut dice = Dice(seed);
    let mut request = [0; 8];
    let (mut requests, line) = tokio::io::split(line);
    let line = Arc::new(Mutex::new(line));
    while requests.read_exact(&mut request).await.is_ok() {
        // The moment of measuring: the master's caller counts on.
        let frame = answer(&request, turn.load(Ordering::SeqCst));
        let sent = match dice.roll(40) {
            // Late, from just after the time-out to many seconds.
            0 | 1 => {
                sleep(RESPONSE + Duration::from_millis(1 + dice.roll(400))).await;
                frame
            }
            2 => {
                sleep(Duration::from_millis(500 + dice.roll(5_000))).await;
                frame
            }
            // Never.
            3 => continue,
            // Twice.
            4 => [frame.clone(), frame].concat(),
            // From another unit.
            5 => {
                let mut other = request;
                other[0] ^= 1;
                answer(&other, 999)
            }
            // Cut off.
            6 => frame[..dice.roll(frame.len() as u64) as usize].to_vec(),
            // Echo, then the answer.
            7 => [request.to_vec(), frame].concat(),
            // Wrong length with a good check sum.
            8 => {
                let mut short = request;
                short[5] = short[5].saturating_sub(1).max(1);
                if short == request {
                    sealed(vec![request[0], request[1], 8, 0, 0, 0, 0, 0, 0, 0, 0])
                } else {
                    answer(&short, 999)
                }
            }
            // A flipped bit.
            9 => {
                let mut bytes = frame;
                let bit = dice.roll(bytes.len() as u64 * 8) as usize;
                bytes[bit / 8] ^= 1 << (bit % 8);
                bytes
            }
            // Noise before it.
            10 => {
                let mut bytes = vec![dice.roll(256) as u8; 1 + dice.roll(5) as usize];
                bytes.extend(frame);
                bytes
            }
            11 => sealed(vec![request[0], request[1] | 0x80, 6]),
            // In pieces.
            12 => {
                let middle = frame.len() / 2;
                let _ = line.lock().await.write_all(&frame[..middle]).await;
                sleep(Duration::from_millis(30)).await;
                frame[middle..].to_vec()
            }
            _ => frame,
        };
        if line.lock().await.write_all(&sent).await.is_err() {
            return;
        }
        if dice.roll(20) == 0 {
            again(&line, &sent, &mut dice);
        }
    }
}

#[derive(Debug, Default)]
struct Outcome {
    reads: u64,
    good: u64,
    wrong: u64,
}

async fn storm(reads: u64, seed: u64) -> (Outcome, Arc<Health>) {
    let (ours, theirs) = tokio::io::duplex(4096);
    let turn = Arc::new(AtomicU64::new(0));
    let slave = tokio::spawn(slave(theirs, seed, Arc::clone(&turn)));
    let health = Arc::new(Health::default());
    let timing = Timing {
        baud: 115_200,
        response: RESPONSE,
    };
    let mut line = Line::new(ours, timing, Arc::clone(&health));
    let mut unanswered = Unanswered::default();
    let mut dice = Dice(!seed);
    let mut outcome = Outcome::default();
    for number in 0..reads {
        turn.store(number, Ordering::SeqCst);
        // Few units and few lengths: confusion has every chance.
        let unit = 1 + dice.roll(2) as u8;
        let span = Span {
            table: RegisterTable::Holding,
            address: dice.roll(3) as u16 * 10,
            words: [2, 2, 2, 4][dice.roll(4) as usize],
        };
        outcome.reads += 1;
        if let Ok(words) = line.read(unit, span, &mut unanswered).await {
            let expected: Vec<u16> = (span.address..span.address + span.words)
                .map(|register| word(unit, register, number))
                .collect();
            if words == expected {
                outcome.good += 1;
            } else {
                outcome.wrong += 1;
            }
        }
    }
    slave.abort();
    (outcome, health)
}

#[tokio::test(start_paused = true)]
async fn a_million_reads_of_a_faulty_line_bring_no_wrong_value() {
    let reads = std::env::var("HENGLIAN_LINE_READS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000);
    let (outcome, health) = storm(reads, 20_261_123).await;
    println!("{outcome:?} {:?}", health.counters);
    assert_eq!(outcome.wrong, 0, "{outcome:?}");
    // One request in three has a fault and a late slave delays those behind it; the line must
    // still bring much of what could be read.
    assert!(outcome.good * 5 > outcome.reads * 2, "{outcome:?}");
    assert!(health.counters.quarantines.get() > 0 && health.counters.fences.get() > 0);
    assert!(health.counters.echoes.get() > 0);
    assert!(health.counters.answers_doubted.get() > 0);
}

fn span(words: u16) -> Span {
    Span {
        table: RegisterTable::Holding,
        address: 0,
        words,
    }
}

fn line_pair() -> (Line<DuplexStream>, DuplexStream, Arc<Health>) {
    let (ours, theirs) = tokio::io::duplex(4096);
    let health = Arc::new(Health::default());
    (
        Line::new(
            ours,
            Timing {
                baud: 9_600,
                response: RESPONSE,
            },
            Arc::clone(&health),
        ),
        theirs,
        health,
    )
}

#[tokio::test(start_paused = true)]
async fn an_answer_later_than_any_silence_is_caught_by_the_fence() {
    let (mut line, mut theirs, health) = line_pair();
    let slave = tokio::spawn(async move {
        let mut request = [0; 8];
        theirs.read_exact(&mut request).await.unwrap();
        let late = answer(&request, 1);
        // Answers only when the next request is already out: no silence can keep it apart.
        let mut next = [0; 8];
        theirs.read_exact(&mut next).await.unwrap();
        theirs.write_all(&late).await.unwrap();
        theirs.write_all(&answer(&next, 2)).await.unwrap();
        while theirs.read_exact(&mut request).await.is_ok() {
            theirs.write_all(&answer(&request, 3)).await.unwrap();
        }
    });
    let mut unanswered = Unanswered::default();
    assert!(matches!(
        line.read(1, span(2), &mut unanswered).await,
        Err(ReadFault::NoAnswer { .. })
    ));
    // The fence meets the late answer: refused, not taken for its own.
    assert!(matches!(
        line.read(1, span(2), &mut unanswered).await,
        Err(ReadFault::Malformed { .. })
    ));
    let words = line.read(1, span(2), &mut unanswered).await.unwrap();
    assert_eq!(words, [word(1, 0, 3), word(1, 1, 3)]);
    assert_eq!(health.counters.fences.get(), 2);
    slave.abort();
}

/// Radio modems and multi-threaded slaves do that: the fence is answered at once, the older request much later.
#[tokio::test(start_paused = true)]
async fn an_instrument_that_answers_out_of_order_brings_no_wrong_value() {
    for delay in [401_u64, 410, 500, 900, 2_000, 10_000] {
        let (mut line, mut theirs, _) = line_pair();
        let slave = tokio::spawn(async move {
            let mut request = [0; 8];
            theirs.read_exact(&mut request).await.unwrap();
            let (late, due) = (
                answer(&request, 999),
                Instant::now() + Duration::from_millis(delay),
            );
            let mut sent = false;
            loop {
                tokio::select! {
                    biased;
                    () = tokio::time::sleep_until(due), if !sent => {
                        sent = true;
                        theirs.write_all(&late).await.unwrap();
                    }
                    read = theirs.read_exact(&mut request) => {
                        if read.is_err() { return }
                        // The late one comes just before this answer, as often as it can.
                        sleep(Duration::from_millis(20)).await;
                        if !sent && Instant::now() >= due { continue }
                        theirs.write_all(&answer(&request, 1)).await.unwrap();
                    }
                }
            }
        });
        let mut unanswered = Unanswered::default();
        assert!(line.read(1, span(2), &mut unanswered).await.is_err());
        let mut good = 0;
        for _ in 0..400 {
            if let Ok(words) = line.read(1, span(2), &mut unanswered).await {
                assert_eq!(words, [word(1, 0, 1), word(1, 1, 1)], "late by {delay} ms");
                good += 1;
            }
        }
        assert!(good > 390, "{good} with {delay} ms");
        slave.abort();
    }
}

/// An instrument whose last register is the span's last refuses a longer read: the line waits instead.
#[tokio::test(start_paused = true)]
async fn where_no_register_follows_a_long_silence_serves() {
    let (mut line, mut theirs, _) = line_pair();
    let slave = tokio::spawn(async move {
        let mut request = [0; 8];
        let mut first = true;
        while theirs.read_exact(&mut request).await.is_ok() {
            if std::mem::take(&mut first) {
                continue;
            }
            let sent = if request[5] > 2 {
                sealed(vec![request[0], request[1] | 0x80, 2])
            } else {
                answer(&request, 1)
            };
            theirs.write_all(&sent).await.unwrap();
        }
    });
    let mut unanswered = Unanswered::default();
    assert!(line.read(1, span(2), &mut unanswered).await.is_err());
    let began = Instant::now();
    let words = line.read(1, span(2), &mut unanswered).await.unwrap();
    assert_eq!(words, [word(1, 0, 1), word(1, 1, 1)]);
    assert!(began.elapsed() > RESPONSE * 5);
    // The next poll.
    sleep(Duration::from_secs(1)).await;
    let began = Instant::now();
    line.read(1, span(2), &mut unanswered).await.unwrap();
    assert!(began.elapsed() < RESPONSE, "the price is paid once");
    slave.abort();
}

#[tokio::test(start_paused = true)]
async fn a_read_that_was_given_up_half_way_leaves_the_line_in_quarantine() {
    let (mut line, mut theirs, _) = line_pair();
    let mut unanswered = Unanswered::default();
    let slave = tokio::spawn(async move {
        let mut request = [0; 8];
        let mut turn = 0;
        while theirs.read_exact(&mut request).await.is_ok() {
            turn += 1;
            sleep(Duration::from_millis(100)).await;
            theirs.write_all(&answer(&request, turn)).await.unwrap();
        }
    });
    // Longer than the opening quarantine, shorter than the answer.
    let given_up = tokio::time::timeout(
        RESPONSE + Duration::from_millis(60),
        line.read(1, span(2), &mut unanswered),
    );
    assert!(given_up.await.is_err());
    let words = line.read(1, span(2), &mut unanswered).await.unwrap();
    // 1 was given up, 2 is the fence.
    assert_eq!(words, [word(1, 0, 3), word(1, 1, 3)]);
    slave.abort();
}

#[tokio::test(start_paused = true)]
async fn a_line_that_never_falls_silent_is_reported_within_bounds() {
    let (mut line, mut theirs, _) = line_pair();
    let noise = tokio::spawn(async move {
        while theirs.write_all(&[0x55]).await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    });
    let began = Instant::now();
    let fault = line
        .read(1, span(2), &mut Unanswered::default())
        .await
        .unwrap_err();
    assert!(fault.to_string().contains("another master"), "{fault}");
    assert!(began.elapsed() < Duration::from_secs(5));
    noise.abort();
}

#[tokio::test(start_paused = true)]
async fn exceptions_are_named_and_cost_no_quarantine() {
    let (mut line, mut theirs, health) = line_pair();
    let slave = tokio::spawn(async move {
        let mut request = [0; 8];
        while theirs.read_exact(&mut request).await.is_ok() {
            theirs
                .write_all(&sealed(vec![request[0], 0x83, 2]))
                .await
                .unwrap();
        }
    });
    let mut unanswered = Unanswered::default();
    for _ in 0..3 {
        let fault = line.read(7, span(2), &mut unanswered).await.unwrap_err();
        assert_eq!(fault, ReadFault::Exception { unit: 7, code: 2 });
    }
    assert_eq!(health.counters.quarantines.get(), 1, "only the one at opening");
    slave.abort();
}
