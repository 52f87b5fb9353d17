//! The bus over a scripted wire with the time in our hands.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use collector::Clock;
use collector::bus::{Bus, Command, Polled};
use collector::health::Health;
use collector::plan::{Span, read_plan};
use collector::source::modbus::TcpWire;
use collector::source::{ReadFault, Wire};
use collector::writer::Queued;
use devices::profile::catalogue;
use devices::{DeviceId, Failure, Quality};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use uplink::{RegisterTable, Sweep};

/// A unit answers after its time; a dead one never (the wire gives up after a second).
struct Script {
    dead: Vec<u8>,
    takes: Arc<Mutex<Duration>>,
}

impl Wire for Script {
    async fn read(&mut self, unit: u8, span: Span) -> Result<Vec<u16>, ReadFault> {
        if self.dead.contains(&unit) {
            sleep(Duration::from_secs(1)).await;
            return Err(ReadFault::NoAnswer {
                unit,
                milliseconds: 1_000,
            });
        }
        let takes = *self.takes.lock().unwrap();
        sleep(takes).await;
        Ok(vec![0; usize::from(span.words)])
    }
}

/// A wall clock that goes with the paused time of the runtime.
fn clock(start: &str) -> Clock {
    let start: Timestamp = start.parse().unwrap();
    let zero = Instant::now();
    Arc::new(move || start + SignedDuration::try_from(zero.elapsed()).unwrap())
}

fn polled(device: &str, unit: u8, seconds: i64) -> Polled {
    let profile = Arc::clone(catalogue().get("pt100k@1").unwrap());
    Polled {
        device: DeviceId::new(device).unwrap(),
        unit,
        spans: read_plan(&profile, 8),
        profile,
        period_us: seconds * 1_000_000,
    }
}

async fn sweeps_until(queue: &mut mpsc::Receiver<Queued>, enough: impl Fn(&[Sweep]) -> bool) -> Vec<Sweep> {
    let mut sweeps = Vec::new();
    while !enough(&sweeps) {
        sweeps.push(queue.recv().await.unwrap().sweep);
    }
    sweeps
}

fn quality(sweep: &Sweep) -> Quality {
    Quality::from_code(sweep.values[0].quality).unwrap()
}

#[tokio::test(start_paused = true)]
async fn dead_units_do_not_stop_their_neighbours() {
    let (out, mut queue) = mpsc::channel(10_000);
    let health = Arc::new(Health::default());
    let takes = Arc::new(Mutex::new(Duration::from_millis(30)));
    let wire = Script {
        dead: vec![1, 2, 3],
        takes,
    };
    let (commands, receiver) = mpsc::channel(4);
    let bus = Bus::new(wire, out, clock("2026-11-23T08:00:00.4Z"), Arc::clone(&health));
    let running = tokio::spawn(bus.run(receiver));
    let devices = (1..=8)
        .map(|unit| polled(&format!("p-{unit}"), unit, 5))
        .collect();
    commands.send(Command::Assign(devices)).await.unwrap();
    let minutes = 10 * 60 * 1_000_000;
    let end = "2026-11-23T08:00:00Z"
        .parse::<Timestamp>()
        .unwrap()
        .as_microsecond()
        + minutes;
    let sweeps = sweeps_until(&mut queue, |sweeps| {
        sweeps.last().is_some_and(|sweep| sweep.nominal_us > end)
    })
    .await;
    running.abort();
    let mut slots: BTreeMap<&str, Vec<&Sweep>> = BTreeMap::new();
    for sweep in sweeps.iter().filter(|sweep| sweep.nominal_us <= end) {
        slots.entry(sweep.device.as_str()).or_default().push(sweep);
    }
    for (device, sweeps) in slots {
        let nominal: Vec<i64> = sweeps.iter().map(|sweep| sweep.nominal_us % 5_000_000).collect();
        assert!(
            nominal.iter().all(|rest| *rest == 0),
            "{device}: aligned to the wall clock"
        );
        assert!(
            sweeps
                .windows(2)
                .all(|two| two[1].nominal_us - two[0].nominal_us == 5_000_000),
            "{device}: no slot without a word"
        );
        let good = sweeps
            .iter()
            .filter(|sweep| quality(sweep) == Quality::Good)
            .count();
        if ["p-1", "p-2", "p-3"].contains(&device) {
            assert_eq!(good, 0);
        } else {
            assert_eq!(good, sweeps.len(), "{device}");
            // Once the dead units are known, the others no longer wait behind them.
            let late = sweeps[10..]
                .iter()
                .map(|sweep| sweep.taken_us - sweep.nominal_us)
                .max()
                .unwrap();
            assert!(late < 500_000, "{device}: {late} µs late");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn slots_that_went_by_are_recorded_as_not_read() {
    let (out, mut queue) = mpsc::channel(10_000);
    let health = Arc::new(Health::default());
    let takes = Arc::new(Mutex::new(Duration::from_millis(1)));
    let wire = Script {
        dead: vec![],
        takes: Arc::clone(&takes),
    };
    let (commands, receiver) = mpsc::channel(4);
    let bus = Bus::new(wire, out, clock("2026-11-23T08:00:00Z"), Arc::clone(&health));
    let running = tokio::spawn(bus.run(receiver));
    commands
        .send(Command::Assign(vec![polled("p-1", 1, 1)]))
        .await
        .unwrap();
    sweeps_until(&mut queue, |sweeps| sweeps.len() == 3).await;
    // Two spans of 2.2 s: each read takes more than four periods.
    *takes.lock().unwrap() = Duration::from_millis(2_200);
    let sweeps = sweeps_until(&mut queue, |sweeps| sweeps.len() == 40).await;
    running.abort();
    assert!(
        sweeps
            .windows(2)
            .all(|two| two[1].nominal_us - two[0].nominal_us == 1_000_000),
        "no slot without a word"
    );
    let unread = sweeps
        .iter()
        .filter(|sweep| quality(sweep) == Quality::Bad(Failure::NotRead))
        .count();
    assert!((28..=32).contains(&unread), "{unread}");
    assert!(health.counters.slots_missed.get() >= unread as u64);
}

/// A Modbus TCP server that answers each request by a script.
async fn tcp_peer(answer: impl Fn(u32, &[u8; 12]) -> Option<Vec<u8>> + Send + 'static) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut turn = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 12];
            while stream.read_exact(&mut request).await.is_ok() {
                turn += 1;
                match answer(turn, &request) {
                    Some(bytes) if bytes.is_empty() => break,
                    Some(bytes) => stream.write_all(&bytes).await.unwrap(),
                    None => {}
                }
            }
        }
    });
    port
}

fn tcp_answer(request: &[u8; 12], words: &[u16]) -> Vec<u8> {
    let mut bytes = request[..4].to_vec();
    bytes.extend_from_slice(&(3 + words.len() as u16 * 2).to_be_bytes());
    bytes.extend_from_slice(&[request[6], request[7], (words.len() * 2) as u8]);
    bytes.extend(words.iter().flat_map(|word| word.to_be_bytes()));
    bytes
}

#[tokio::test]
async fn over_tcp_only_the_answer_to_the_request_is_taken() {
    let port = tcp_peer(|turn, request| {
        let mut good = tcp_answer(request, &[7, turn as u16]);
        match turn {
            // One register too few, and one too many.
            2 => Some(tcp_answer(request, &[7])),
            3 => Some(tcp_answer(request, &[7, 8, 9])),
            // The transaction id of another request.
            4 => {
                good[1] ^= 1;
                Some(good)
            }
            // From another unit.
            5 => {
                good[6] = 99;
                Some(good)
            }
            // Silence, then a cut.
            6 => None,
            7 => Some(Vec::new()),
            8 => Some(vec![request[0], request[1], 0, 0, 0, 3, request[6], 0x83, 2]),
            _ => Some(good),
        }
    })
    .await;
    let health = Arc::new(Health::default());
    let (connect, response) = (Duration::from_secs(2), Duration::from_millis(200));
    let mut wire = TcpWire::new(
        "127.0.0.1".to_owned(),
        port,
        connect,
        response,
        Arc::clone(&health),
    );
    let span = Span {
        table: RegisterTable::Holding,
        address: 0,
        words: 2,
    };
    let mut outcomes = Vec::new();
    let mut closed = String::new();
    for _ in 1..=9 {
        let outcome = wire.read(5, span).await;
        if let Err(fault @ ReadFault::NoConnection(_)) = &outcome {
            closed = fault.to_string();
        }
        outcomes.push(outcome.map_err(|fault| fault.failure()));
    }
    assert_eq!(
        outcomes,
        [
            Ok(vec![7, 1]),
            Err(Failure::MalformedAnswer),
            Err(Failure::MalformedAnswer),
            Err(Failure::MalformedAnswer),
            Err(Failure::MalformedAnswer),
            Err(Failure::NoAnswer),
            Err(Failure::NoConnection),
            Err(Failure::Exception),
            Ok(vec![7, 9]),
        ]
    );
    assert!(
        closed.contains("closed the connection"),
        "not whatever error the system had last: {closed}"
    );
    assert!(
        health.counters.connections_opened.get() >= 6,
        "a doubtful connection is not used again"
    );
}
