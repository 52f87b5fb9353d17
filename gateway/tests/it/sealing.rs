//! Days are put away without a reading changing, whatever happens meanwhile.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use devices::{Doubt, Failure, Quality, Reading, SeriesId, Window};
use gateway::store::conformance::{batch, sweep};
use gateway::store::embedded::EmbeddedStore;
use gateway::store::{AdmittedBatch, Appended, Journal, SeriesStore, Step, Steps};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::{Connection, SqliteConnection};
use uplink::{Sweep, SweepValue};

/// 2026-09-21T00:00:00Z
const START: i64 = 1_789_948_800;
const DAY: i64 = 86_400;
const FOLDER: &str = "HENGLIAN_SEAL_TEST_FOLDER";

fn later() -> Timestamp {
    "2200-01-01T00:00:00Z".parse().unwrap()
}

fn always() -> Window {
    Window {
        from: Timestamp::UNIX_EPOCH,
        to: later(),
    }
}

/// Ten minutes of a device with three points, of which one fails now and then and one is wide.
fn meter(device: &str, index: i64) -> Sweep {
    let second = START + index * 600;
    let quality = match index % 11 {
        3 => Quality::Bad(Failure::NoAnswer),
        5 => Quality::Uncertain(Doubt::Stuck),
        _ => Quality::Good,
    };
    let number = (!quality.is_bad()).then_some((i128::from(index * 7919 % 401), 2));
    let mut one = sweep(device, second, number, quality);
    one.taken_us += index * 37 % 1_001;
    one.raw[0].words = vec![u16::try_from(index % 65_536).unwrap(); 3];
    one.message = format!("message {index}").into_bytes();
    let value = |point: &str, number| SweepValue {
        point: point.to_owned(),
        number: Some(number),
        quality: 0,
    };
    if index % 4 == 0 {
        one.values
            .push(value("frequency", (50_000 + i128::from(index), 3)));
    }
    one.values.push(value(
        "energy.active.import",
        (79_228_162_514_264_337_593_543_950_335 - i128::from(index), 28),
    ));
    one
}

fn nth(sequence: u64) -> AdmittedBatch {
    let index = i64::try_from(sequence).unwrap();
    let sweeps = ["m-1", "m-2"].map(|device| meter(device, index));
    batch("c-1", sequence, sweeps.to_vec())
}

fn series() -> Vec<SeriesId> {
    ["m-1", "m-2"]
        .iter()
        .flat_map(|device| {
            ["voltage.a", "frequency", "energy.active.import"]
                .map(|point| format!("{device}/{point}").parse().unwrap())
        })
        .collect()
}

async fn open(path: &Path) -> EmbeddedStore {
    EmbeddedStore::open(path).await.unwrap()
}

/// Everything that can be asked.
#[derive(Debug, PartialEq)]
struct Said {
    readings: Vec<Vec<Reading>>,
    sources: Vec<String>,
    latest: Vec<Option<Reading>>,
    before: Vec<Option<Reading>>,
}

async fn said(store: &EmbeddedStore) -> Said {
    let (mut readings, mut sources) = (Vec::new(), Vec::new());
    for one in series() {
        let found = store.range(&one, always(), 100_000).await.unwrap();
        for reading in found.iter().step_by(50) {
            let source = store.provenance(&one, reading.nominal).await.unwrap().unwrap();
            sources.push(format!("{source:?}"));
        }
        readings.push(found);
    }
    Said {
        readings,
        sources,
        latest: store.latest(&series()).await.unwrap(),
        before: store
            .at_or_before(&series(), Timestamp::from_second(START + DAY + 7).unwrap())
            .await
            .unwrap(),
    }
}

async fn rows(path: &Path) -> (i64, i64) {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    let rows = sqlx::query_as("SELECT COUNT(*), COALESCE(SUM(form), 0) FROM block");
    rows.fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn a_day_put_away_says_what_it_said_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.db");
    let store = open(&path).await;
    for sequence in 1..=400 {
        store.append(&nth(sequence)).await.unwrap();
    }
    let before = said(&store).await;
    assert_eq!(
        before.readings.iter().map(Vec::len).sum::<usize>(),
        2 * (400 + 100 + 400)
    );

    // The second day ended at 00:00; only the first has settled an hour later.
    let soon = Timestamp::from_second(START + 2 * DAY + 3_600).unwrap();
    let sealed = store.seal(soon).await.unwrap();
    assert_eq!((sealed.days, sealed.left), (2, 0));
    assert_eq!(rows(&path).await, (2 + 2 * (400 - 143), 2));
    assert_eq!(said(&store).await, before);
    assert_eq!(store.seal(soon).await.unwrap().days, 0, "once");

    assert_eq!(store.seal(later()).await.unwrap().days, 4);
    assert_eq!(rows(&path).await, (6, 6));
    assert_eq!(said(&store).await, before);
    store.close().await;

    // With a checkpoint and without one.
    for statement in ["SELECT 1", "DELETE FROM checkpoint"] {
        let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
            .await
            .unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let store = open(&path).await;
        assert_eq!(said(&store).await, before);
        assert_eq!(store.statistics().await.unwrap().readings, 1_800);
        store.close().await;
    }
}

#[tokio::test]
async fn what_comes_late_is_put_away_with_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.db");
    let (store, straight) = (open(&path).await, open(&folder.path().join("straight.db")).await);
    for sequence in (1..=200).step_by(2).chain((2..=200).step_by(2)) {
        store.append(&nth(sequence)).await.unwrap();
        if sequence % 40 < 2 {
            assert_eq!(store.seal(later()).await.unwrap().left, 0);
        }
    }
    store.seal(later()).await.unwrap();
    for sequence in 1..=200 {
        straight.append(&nth(sequence)).await.unwrap();
    }
    assert_eq!(rows(&path).await, (4, 4));
    assert_eq!(said(&store).await, said(&straight).await);
    // The number of the next block goes on behind the sealed one, also after a restart.
    store.close().await;
    let store = open(&path).await;
    store.append(&nth(201)).await.unwrap();
    straight.append(&nth(201)).await.unwrap();
    assert_eq!(said(&store).await, said(&straight).await);
}

#[tokio::test]
async fn a_fault_at_any_step_leaves_the_day_as_it_was() {
    for step in [
        "BEFORE DELETE ON block",
        "AFTER DELETE ON block",
        "BEFORE INSERT ON block",
        "AFTER INSERT ON block",
        "BEFORE INSERT ON raw",
        "AFTER INSERT ON raw",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("series.db");
        let store = open(&path).await;
        for sequence in 1..=60 {
            store.append(&nth(sequence)).await.unwrap();
        }
        let before = said(&store).await;
        let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
            .await
            .unwrap();
        let trigger = format!("CREATE TRIGGER fault {step} BEGIN SELECT RAISE(ABORT, 'fault'); END");
        sqlx::query(sqlx::AssertSqlSafe(trigger))
            .execute(&mut connection)
            .await
            .unwrap();
        assert!(store.seal(later()).await.is_err(), "{step}");
        assert_eq!(said(&store).await, before, "{step}");
        assert_eq!(rows(&path).await, (120, 0), "{step}");
        sqlx::query("DROP TRIGGER fault")
            .execute(&mut connection)
            .await
            .unwrap();
        store.append(&nth(61)).await.unwrap();
        let before = said(&store).await;
        assert_eq!(store.seal(later()).await.unwrap().days, 2, "{step}");
        assert_eq!(said(&store).await, before, "{step}");
    }
}

/// What a power cut or kill -9 leaves: the files as they stand at some moment.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_at_any_moment_of_sealing_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.db");
    let store = std::sync::Arc::new(open(&path).await);
    for sequence in 1..=150 {
        store.append(&nth(sequence)).await.unwrap();
    }
    let before = said(&store).await;
    let sealing = tokio::spawn({
        let store = store.clone();
        async move { store.seal(later()).await.unwrap() }
    });
    let mut images = Vec::new();
    while !sealing.is_finished() || images.is_empty() {
        let image = folder.path().join(format!("image-{}.db", images.len()));
        // The log of writes first: then the file is never older than it.
        for end in ["-wal", ""] {
            let (from, to) = (
                format!("{}{end}", path.display()),
                format!("{}{end}", image.display()),
            );
            std::fs::copy(from, to).unwrap();
        }
        images.push(image);
        tokio::task::yield_now().await;
    }
    assert_eq!(sealing.await.unwrap().days, 4);
    let step = images.len().div_ceil(12);
    for image in images.iter().step_by(step).chain(images.last()) {
        let left = open(image).await;
        assert_eq!(said(&left).await, before);
        left.seal(later()).await.unwrap();
        assert_eq!(rows(image).await, (4, 4));
        assert_eq!(said(&left).await, before);
        left.close().await;
    }
}

/// Not a test by itself: the victim, started by the test below.
#[tokio::test]
#[ignore = "started as a child process by a_store_killed_while_it_seals_is_whole"]
async fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let store = std::sync::Arc::new(open(&PathBuf::from(folder).join("series.db")).await);
    let next = store.received("c-1", u64::MAX - 7).await.unwrap().highest + 1;
    let sealer = store.clone();
    tokio::spawn(async move {
        loop {
            sealer.seal(later()).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    for sequence in next.. {
        store.append(&nth(sequence)).await.unwrap();
        println!("ack {sequence}");
    }
}

/// `HENGLIAN_KILLS=200` for the long version.
#[tokio::test]
async fn a_store_killed_while_it_seals_is_whole() {
    let kills: usize = std::env::var("HENGLIAN_KILLS").map_or(8, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sealing::victim", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let acks = lines
            .map_while(Result::ok)
            .filter_map(|line| line.split("ack ").nth(1)?.trim().parse::<u64>().ok());
        for ack in acks.take(5 + round * 7 % 23) {
            acknowledged = ack;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let path = folder.path().join("series.db");
    let store = open(&path).await;
    let received = store.received("c-1", u64::MAX - 7).await.unwrap();
    assert!(
        received.missing.is_empty() && received.highest >= acknowledged,
        "{received:?}"
    );
    assert_eq!(
        store.append(&nth(acknowledged)).await.unwrap(),
        Appended::Duplicate
    );
    let straight = open(&folder.path().join("straight.db")).await;
    for sequence in 1..=received.highest {
        straight.append(&nth(sequence)).await.unwrap();
    }
    let truth = said(&straight).await;
    assert_eq!(said(&store).await, truth);
    store.seal(later()).await.unwrap();
    assert_eq!(said(&store).await, truth);
    let (blocks, sealed) = rows(&path).await;
    assert_eq!(blocks, sealed);
    let checked = store.check().await.unwrap();
    assert_eq!((checked.batches, checked.damaged.len()), (received.highest, 0));
}

#[tokio::test]
async fn a_check_names_what_is_damaged_and_reads_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.db");
    let store = open(&path).await;
    for sequence in 1..=400 {
        store.append(&nth(sequence)).await.unwrap();
    }
    store
        .seal(Timestamp::from_second(START + 2 * DAY + 9_000).unwrap())
        .await
        .unwrap();
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    let before = said(&store).await;
    assert!(store.backup(&copy).await.is_err(), "nothing is written over");
    store.close().await;

    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    for damage in [
        "UPDATE block SET body = zeroblob(length(body)) WHERE device = 'm-1' AND day = (SELECT MIN(day) FROM block)",
        "UPDATE block SET summary = zeroblob(length(summary)) WHERE device = 'm-2' AND day = (SELECT MIN(day) FROM block)",
        "UPDATE raw SET body = zeroblob(length(body)) WHERE block = (SELECT MAX(block) FROM raw)",
        "UPDATE batch SET stored = 1 WHERE sequence = 17",
    ] {
        let done = sqlx::query(damage).execute(&mut connection).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{damage}");
    }
    connection.close().await.unwrap();
    let store = open(&path).await;
    let checked = store.check().await.unwrap();
    assert_eq!(checked.batches, 400);
    let expected = [
        "row 17 of the journal",
        "device m-1, 2026-09-21 (UTC): the readings of 143 times are damaged",
        "device m-2, 2026-09-21 (UTC): its summary is damaged",
        "device m-2, 2026-09-22 (UTC): raw words",
    ];
    assert_eq!(checked.damaged.len(), expected.len(), "{:#?}", checked.damaged);
    for (found, expected) in checked.damaged.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
    }
    // A damaged day stays as it is.
    let sealed = store.seal(later()).await.unwrap();
    assert_eq!((sealed.days, sealed.left), (2, 0));

    let copied = open(&copy).await;
    assert_eq!(said(&copied).await, before);
    assert_eq!(copied.check().await.unwrap().damaged, Vec::<String>::new());
}

/// Readers that were at it when their day was put away see each reading once.
#[tokio::test(flavor = "multi_thread")]
async fn reading_and_sealing_do_not_meet() {
    let folder = tempfile::tempdir().unwrap();
    let store = std::sync::Arc::new(open(&folder.path().join("series.db")).await);
    for sequence in 1..=600 {
        store.append(&nth(sequence)).await.unwrap();
    }
    let before = said(&store).await;
    let sealing = tokio::spawn({
        let store = store.clone();
        async move { store.seal(later()).await.unwrap() }
    });
    while !sealing.is_finished() {
        for (one, expected) in series().iter().zip(&before.readings) {
            assert_eq!(&store.range(one, always(), 100_000).await.unwrap(), expected);
        }
    }
    assert_eq!(sealing.await.unwrap().left, 0);
    assert_eq!(said(&store).await, before);
}

#[tokio::test]
async fn what_is_given_up_is_said_and_its_sums_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.db");
    let store = open(&path).await;
    let narrow = |device: &str, index: i64| {
        let mut one = meter(device, index);
        one.values.pop();
        one
    };
    for sequence in 1..=500 {
        let index = i64::try_from(sequence).unwrap();
        let mut sweeps: Vec<Sweep> = ["m-1", "m-2"].map(|device| narrow(device, index)).to_vec();
        // One device has a point that no summary holds.
        sweeps.push(meter("wide", index));
        store.append(&batch("c-1", sequence, sweeps)).await.unwrap();
    }
    store.seal(later()).await.unwrap();
    let asked: Vec<SeriesId> = ["m-1/voltage.a", "m-2/voltage.a", "m-1/frequency"]
        .map(|one| one.parse().unwrap())
        .to_vec();
    let at = |second: i64| Timestamp::from_second(second).unwrap();
    let days = Window {
        from: at(START),
        to: at(START + 3 * DAY),
    };
    let steps = Steps::new(days, Step::Minutes(180), &TimeZone::UTC).unwrap();
    let sums = store.aggregate(&asked, &steps).await.unwrap();

    let evidence = Window {
        from: at(START + DAY + 7_200),
        to: at(START + DAY + 7_201),
    };
    let kept = [("m-2".parse().unwrap(), evidence)];
    let retired = store.retire(at(START + 2 * DAY + 5), &kept).await.unwrap();
    assert_eq!((retired.days, retired.left), (3, 2));
    assert_eq!(store.aggregate(&asked, &steps).await.unwrap(), sums);
    for (series, from, there) in [
        ("m-1/voltage.a", 0, false),
        ("m-1/voltage.a", DAY, false),
        ("m-1/voltage.a", 2 * DAY, true),
        ("m-2/voltage.a", 0, false),
        ("m-2/voltage.a", DAY, true),
        ("wide/voltage.a", 0, true),
    ] {
        let window = Window {
            from: at(START + from),
            to: at(START + from + DAY),
        };
        let found = store.range(&series.parse().unwrap(), window, 1_000).await;
        match found {
            Ok(found) => assert!(there && found.len() > 100, "{series}"),
            Err(error) => assert!(!there && error.to_string().contains("given up"), "{error}"),
        }
    }
    assert_eq!(store.check().await.unwrap().damaged, Vec::<String>::new());
    assert_eq!(
        store.retire(at(START + 2 * DAY + 5), &kept).await.unwrap().days,
        0,
        "once"
    );
    store.close().await;
    // What comes so late stays beside the sums.
    let store = open(&path).await;
    store
        .append(&batch("c-2", 1, vec![narrow("m-1", 1)]))
        .await
        .unwrap();
    assert_eq!(store.seal(later()).await.unwrap().left, 0);
    assert_eq!(store.statistics().await.unwrap().batches, 501);
}
