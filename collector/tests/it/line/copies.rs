//! Answers and exceptions that come twice, or belong to another request.

use super::*;

/// How the registers of a sound meter behave.
#[derive(Clone, Copy, PartialEq)]
enum Registers {
    Change,
    StandStill,
    /// All the same: spans of one length cannot be told apart.
    AreZero,
}

/// A sound meter at 9600 baud that takes 20 ms to think, and whose last register is 199.
async fn sound_meter(mut line: DuplexStream, registers: Registers) {
    let characters = |count: usize| Duration::from_micros(count as u64 * 11_000_000 / 9_600);
    let mut request = [0; 8];
    let mut turn = 0;
    // Timers go by whole milliseconds: what one sleep was too long, the next is shorter.
    let mut too_long = Duration::ZERO;
    while line.read_exact(&mut request).await.is_ok() {
        turn += 1;
        let end = u16::from_be_bytes([request[2], request[3]]) + u16::from_be_bytes([request[4], request[5]]);
        let frame = match registers {
            _ if end > 200 => sealed(vec![request[0], request[1] | 0x80, 2]),
            Registers::Change => answer(&request, turn),
            Registers::StandStill => answer(&request, 0),
            Registers::AreZero => {
                let bytes = request[5] * 2;
                sealed([vec![request[0], request[1], bytes], vec![0; usize::from(bytes)]].concat())
            }
        };
        let takes = characters(8) + Duration::from_millis(20) + characters(frame.len()) - too_long;
        let began = Instant::now();
        sleep(takes).await;
        too_long = began.elapsed() - takes;
        if line.write_all(&frame).await.is_err() {
            return;
        }
    }
}

/// Reads two spans of ten registers from each of twenty meters, round after round, without a pause. The time of
/// `count` rounds, once what is doubted for the first time has been forgotten again (two minutes).
async fn rounds(count: u32, registers: Registers, second: u16) -> (Duration, Arc<Health>) {
    let (mut line, theirs, health) = line_pair();
    let meter = tokio::spawn(sound_meter(theirs, registers));
    let mut unanswered = Unanswered::default();
    let mut began = Instant::now();
    const LEARNING: u32 = 60;
    for round in 0..LEARNING + count {
        if round == LEARNING {
            began = Instant::now();
        }
        for unit in 1..=20 {
            for address in [0, second] {
                let span = Span { address, ..span(10) };
                let words = line.read(unit, span, &mut unanswered).await.unwrap();
                assert_eq!(words.len(), 10, "no reading is lost");
            }
        }
    }
    meter.abort();
    (began.elapsed(), health)
}

/// The rules against copies cost a sound line nothing, unless two spans of one length truly read the same: then two
/// bytes, which is below 2 % of two answers of ten registers.
#[tokio::test(start_paused = true)]
async fn a_sound_line_loses_at_most_two_percent_to_the_rules_against_copies() {
    let (changing, health) = rounds(500, Registers::Change, 100).await;
    assert_eq!(health.counters.answers_doubted.get(), 0);
    let (still, health) = rounds(500, Registers::StandStill, 100).await;
    assert_eq!(health.counters.answers_doubted.get(), 0);
    assert_eq!(still, changing);
    let (zero, health) = rounds(500, Registers::AreZero, 100).await;
    assert_eq!(
        health.counters.answers_doubted.get(),
        20,
        "once a day for each meter"
    );
    let loss = zero.as_secs_f64() / changing.as_secs_f64() - 1.0;
    println!(
        "20,000 reads: {changing:?}; all registers alike: {zero:?}, {:.2} % more",
        loss * 100.0
    );
    assert!(loss <= 0.02, "{loss}");
}

/// Where the second span ends with the last register, it cannot be told apart by a longer read: then by time.
#[tokio::test(start_paused = true)]
async fn spans_alike_at_the_end_of_the_registers_are_read_with_a_pause_between() {
    let (elapsed, health) = rounds(50, Registers::AreZero, 190).await;
    assert_eq!(health.counters.answers_doubted.get(), 20);
    let pauses = Duration::from_millis(500) * 20 * 50;
    assert!(elapsed < pauses * 2, "{elapsed:?}");
}

/// A copy that comes when the answer never does, for the same span and for another.
#[tokio::test(start_paused = true)]
async fn a_copy_in_place_of_an_answer_that_never_comes_is_not_taken() {
    for after in [5, 20, 100, 200, 300] {
        for second in [0, 50] {
            let (mut line, mut theirs, health) = line_pair();
            let slave = tokio::spawn(async move {
                let mut request = [0; 8];
                theirs.read_exact(&mut request).await.unwrap();
                let first = answer(&request, 1);
                theirs.write_all(&first).await.unwrap();
                let sent = Instant::now();
                // This one is lost on its way.
                theirs.read_exact(&mut request).await.unwrap();
                tokio::time::sleep_until(sent + Duration::from_millis(after)).await;
                theirs.write_all(&first).await.unwrap();
                while theirs.read_exact(&mut request).await.is_ok() {
                    theirs.write_all(&answer(&request, 2)).await.unwrap();
                }
            });
            let mut unanswered = Unanswered::default();
            line.read(1, span(2), &mut unanswered).await.unwrap();
            let again = Span {
                address: second,
                ..span(2)
            };
            if let Ok(words) = line.read(1, again, &mut unanswered).await {
                assert_eq!(words, [word(1, second, 2), word(1, second + 1, 2)], "{after} ms");
                assert_eq!(health.counters.answers_doubted.get(), 1);
            }
            slave.abort();
        }
    }
}

/// An exception that comes twice is no answer to the next request; the answer that follows belongs to none.
#[tokio::test(start_paused = true)]
async fn a_copy_of_an_exception_moves_no_answer_to_the_next_request() {
    let (mut line, mut theirs, _) = line_pair();
    let slave = tokio::spawn(async move {
        let mut request = [0; 8];
        theirs.read_exact(&mut request).await.unwrap();
        let busy = sealed(vec![request[0], 0x83, 6]);
        theirs.write_all(&busy).await.unwrap();
        theirs.read_exact(&mut request).await.unwrap();
        let answer_to_second = answer(&request, 2);
        theirs.write_all(&busy).await.unwrap();
        // The answer comes while the third is out.
        theirs.read_exact(&mut request).await.unwrap();
        theirs.write_all(&answer_to_second).await.unwrap();
        while theirs.read_exact(&mut request).await.is_ok() {
            theirs.write_all(&answer(&request, 3)).await.unwrap();
        }
    });
    let mut unanswered = Unanswered::default();
    for address in [0, 10] {
        let asked = Span { address, ..span(2) };
        assert!(line.read(1, asked, &mut unanswered).await.is_err());
    }
    let third = Span {
        address: 20,
        ..span(2)
    };
    let words = line.read(1, third, &mut unanswered).await.unwrap();
    assert_eq!(words, [word(1, 20, 3), word(1, 21, 3)]);
    slave.abort();
}

/// The exception belongs to a request that had timed out; the one that is out is answered later, when the next is out.
#[tokio::test(start_paused = true)]
async fn a_late_exception_settles_no_other_debt() {
    let (mut line, mut theirs, _) = line_pair();
    let slave = tokio::spawn(async move {
        let mut request = [0; 8];
        let mut next = async |theirs: &mut DuplexStream| {
            theirs.read_exact(&mut request).await.unwrap();
            request
        };
        let timed_out = next(&mut theirs).await;
        let fence = next(&mut theirs).await;
        theirs.write_all(&answer(&fence, 1)).await.unwrap();
        let second = next(&mut theirs).await;
        theirs
            .write_all(&sealed(vec![timed_out[0], 0x83, 6]))
            .await
            .unwrap();
        next(&mut theirs).await;
        theirs.write_all(&answer(&second, 2)).await.unwrap();
        loop {
            let request = next(&mut theirs).await;
            theirs.write_all(&answer(&request, 3)).await.unwrap();
        }
    });
    let mut unanswered = Unanswered::default();
    let at = |address: u16| Span { address, ..span(2) };
    for address in [0, 10] {
        assert!(line.read(1, at(address), &mut unanswered).await.is_err());
    }
    let words = line.read(1, at(20), &mut unanswered).await.unwrap();
    assert_eq!(words, [word(1, 20, 3), word(1, 21, 3)]);
    slave.abort();
}
