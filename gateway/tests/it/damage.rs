//! Bits that change on the disk: a value or a time is what was written, or it is named as damaged. Never another one,
//! never silently absent.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use devices::{Failure, Provenance, Quality, Reading, SeriesId, Window};
use gateway::store::conformance::{batch, sweep};
use gateway::store::embedded::EmbeddedStore;
use gateway::store::{
    AdmittedBatch, Appended, Bucket, Engine, Journal, Journaled, Quarantined, SeriesStore, Step, Steps,
    StoreError, StoreStatistics,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::{Connection, SqliteConnection};
use uplink::Sweep;

const START: i64 = 1_790_000_000;
const DEVICES: i64 = 4;
const DAMAGED: Quality = Quality::Bad(Failure::Damaged);

fn always() -> Window {
    Window {
        from: Timestamp::UNIX_EPOCH,
        to: "2200-01-01T00:00:00Z".parse().unwrap(),
    }
}

fn meter(device: i64, minute: i64) -> Sweep {
    let number = i128::from(5_050_000 + minute * 7 + device);
    let mut one = sweep(
        &format!("m-{device}"),
        START + minute * 60,
        Some((number, 2)),
        Quality::Good,
    );
    let mut energy = one.values[0].clone();
    energy.point = "energy.active.import".to_owned();
    one.values.push(energy);
    one
}

/// Both shapes: what came after an outage in large blocks, and sweep by sweep; two days, one batch late.
fn batches() -> Vec<AdmittedBatch> {
    let mut contents: Vec<Vec<Sweep>> = Vec::new();
    for device in 0..DEVICES {
        contents.push((0..300).map(|minute| meter(device, minute * 4)).collect());
    }
    for minute in 1200..1280 {
        contents.push((0..DEVICES).map(|device| meter(device, minute)).collect());
    }
    contents.push((1..40).map(|minute| meter(0, minute * 4 + 1)).collect());
    (1..)
        .zip(contents)
        .map(|(sequence, content)| batch("c-1", sequence, content))
        .collect()
}

fn series() -> Vec<SeriesId> {
    (0..DEVICES)
        .flat_map(|device| {
            ["voltage.a", "energy.active.import"].map(|point| format!("m-{device}/{point}").parse().unwrap())
        })
        .collect()
}

fn hours() -> Steps {
    let window = Window {
        from: Timestamp::from_second(START - 86_400).unwrap(),
        to: Timestamp::from_second(START + 2 * 86_400).unwrap(),
    };
    Steps::new(window, Step::Minutes(60), &TimeZone::UTC).unwrap()
}

/// Where some readings come from.
async fn sources(store: &EmbeddedStore) -> Vec<Result<Option<Provenance>, StoreError>> {
    let mut sources = Vec::new();
    for one in series() {
        for minute in [4, 600, 1_250] {
            let nominal = Timestamp::from_second(START + minute * 60).unwrap();
            sources.push(store.provenance(&one, nominal).await);
        }
    }
    sources
}

/// What an undamaged store says.
struct Truth {
    readings: BTreeMap<SeriesId, Vec<Reading>>,
    latest: Vec<Option<Reading>>,
    sums: Vec<Vec<Bucket>>,
    sources: Vec<Option<Provenance>>,
    journal: Vec<Option<Journaled>>,
    statistics: StoreStatistics,
}

impl Truth {
    async fn of(store: &EmbeddedStore) -> Self {
        let mut readings = BTreeMap::new();
        for one in series() {
            readings.insert(one.clone(), store.range(&one, always(), 10_000).await.unwrap());
        }
        let mut journal = Vec::new();
        for batch in batches() {
            journal.push(store.journaled(&batch.key).await.unwrap());
        }
        Self {
            readings,
            latest: store.latest(&series()).await.unwrap(),
            sums: store.aggregate(&series(), &hours()).await.unwrap(),
            sources: sources(store).await.into_iter().map(Result::unwrap).collect(),
            journal,
            statistics: store.statistics().await.unwrap(),
        }
    }
}

async fn stored(folder: &Path) -> PathBuf {
    let path = folder.join("series.db");
    let store = EmbeddedStore::open(&path).await.unwrap();
    for batch in batches() {
        store.append(&batch).await.unwrap();
    }
    store.close().await;
    path
}

/// The same, all but the late batch put away.
async fn put_away(folder: &Path) -> PathBuf {
    let path = folder.join("series.db");
    let store = EmbeddedStore::open(&path).await.unwrap();
    let (late, others) = batches()
        .split_last()
        .map(|(late, others)| (late.clone(), others.to_vec()))
        .unwrap();
    for batch in others {
        store.append(&batch).await.unwrap();
    }
    let sealed = store.seal(always().to).await.unwrap();
    assert_eq!((sealed.days, sealed.left), (8, 0));
    store.append(&late).await.unwrap();
    // Without the room that the log leaves.
    let copy = folder.join("copy.db");
    store.backup(&copy).await.unwrap();
    store.close().await;
    copy
}

async fn sql(path: &Path, statement: &'static str) {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    let done = sqlx::query(statement).execute(&mut connection).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
    connection.close().await.unwrap();
}

/// How a trial ended.
#[derive(Default, Debug)]
struct Tally {
    untouched: u32,
    /// Some readings say that they are damaged, all others are there.
    holes: u32,
    /// A named error instead of some series.
    errors: u32,
    /// The file was not opened, with a reason.
    not_opened: u32,
    silent: Vec<String>,
}

/// Anything in which a store without an error differs from the truth.
async fn differences(store: &EmbeddedStore, truth: &Truth, seen: &mut Tally) -> Vec<String> {
    let (mut wrong, mut holes, mut errors) = (Vec::new(), false, false);
    for (series, expected) in &truth.readings {
        let Ok(found) = store.range(series, always(), 10_000).await else {
            errors = true;
            continue;
        };
        let found: BTreeMap<Timestamp, Reading> = found.into_iter().map(|one| (one.nominal, one)).collect();
        for one in expected {
            match found.get(&one.nominal) {
                Some(found) if found == one => {}
                Some(found) if found.quality == DAMAGED => holes = true,
                other => wrong.push(format!("{series} {}: {other:?}", one.nominal)),
            }
        }
        if found.len() != expected.len() {
            wrong.push(format!(
                "{series}: {} readings of {}",
                found.len(),
                expected.len()
            ));
        }
    }
    if store.latest(&series()).await.unwrap() != truth.latest {
        wrong.push("last values".to_owned());
    }
    match store.aggregate(&series(), &hours()).await {
        Ok(sums) => {
            let pairs = sums.iter().flatten().zip(truth.sums.iter().flatten());
            let other = pairs
                .filter(|(found, expected)| found != expected && found.part.failed <= expected.part.failed);
            wrong.extend(other.map(|(found, _)| format!("sum {found:?}")));
        }
        // As the readings have said.
        Err(_) => assert!(errors),
    }
    for (found, expected) in sources(store).await.into_iter().zip(&truth.sources) {
        match found {
            Ok(found) if found == *expected => {}
            Ok(found) => wrong.push(format!("provenance {found:?}")),
            Err(StoreError::Damaged { .. }) => holes = true,
            Err(_) => errors = true,
        }
    }
    if store.statistics().await.unwrap() != truth.statistics {
        wrong.push("totals".to_owned());
    }
    for (batch, expected) in batches().iter().zip(&truth.journal) {
        match store.journaled(&batch.key).await {
            // Not found: it would be stored once more and count once.
            Ok(found) if found.is_some() && found != *expected => wrong.push(format!("{:?}", batch.key)),
            Ok(_) => {}
            Err(_) => errors = true,
        }
    }
    if holes && !errors && store.condition().damaged == 0 {
        wrong.push("a hole that is not counted".to_owned());
    }
    match (errors, holes) {
        (true, _) => seen.errors += 1,
        (false, true) => seen.holes += 1,
        (false, false) => seen.untouched += 1,
    }
    wrong
}

/// `HENGLIAN_BIT_FLIPS=3600` for the long version.
#[tokio::test]
async fn no_flipped_bit_changes_a_value_or_a_time_silently() {
    let folder = tempfile::tempdir().unwrap();
    let path = stored(folder.path()).await;
    let whole = 0..std::fs::metadata(&path).unwrap().len() as usize;
    let seen = flip_bits(folder.path(), &path, &[whole]).await;
    assert!(
        seen.holes > seen.errors,
        "mostly the rest of a series stays readable: {seen:?}"
    );
}

/// A hole is a whole day then, but a hole of known times all the same.
#[tokio::test]
async fn no_flipped_bit_of_a_sealed_block_does_either() {
    let folder = tempfile::tempdir().unwrap();
    let path = put_away(folder.path()).await;
    let bytes = std::fs::read(&path).unwrap();
    // Most of so small a file is empty: where the blocks are, and what stands before and behind them.
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    let columns = "SELECT times FROM block WHERE form = 1 UNION ALL SELECT summary FROM block WHERE form = 1
        UNION ALL SELECT body FROM block WHERE form = 1 UNION ALL SELECT body FROM raw";
    let columns: Vec<(Vec<u8>,)> = sqlx::query_as(columns).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    // Pages keep what stood there before they were split: every place where it is found.
    let places: Vec<Range<usize>> = columns
        .iter()
        .flat_map(|(column,)| {
            let length = column.len().min(100);
            let parts = bytes.windows(length).enumerate();
            let found = parts.filter(move |(_, part)| column.starts_with(part));
            found.map(|(start, _)| start - 40..start + column.len().min(1_000) + 20)
        })
        .collect();
    assert!(places.len() >= 24, "{places:?}");
    flip_bits(folder.path(), &path, &places).await;
}

/// In these parts of the file.
async fn flip_bits(folder: &Path, path: &Path, places: &[Range<usize>]) -> Tally {
    let trials: u32 = std::env::var("HENGLIAN_BIT_FLIPS").map_or(120, |text| text.parse().unwrap());
    let store = EmbeddedStore::open(path).await.unwrap();
    let truth = Truth::of(&store).await;
    store.close().await;
    let sound = std::fs::read(path).unwrap();
    assert!(truth.readings.values().map(Vec::len).sum::<usize>() > 2_000);

    let mut seen = Tally::default();
    let mut random = 0x5DEE_CE66_D1CE_4E5B_u64;
    for trial in 0..trials {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let place = &places[trial as usize % places.len()];
        let bit = place.start * 8 + usize::try_from((random >> 16) % (place.len() as u64 * 8)).unwrap();
        let mut bytes = sound.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let path = folder.join(format!("trial-{trial}.db"));
        std::fs::write(&path, bytes).unwrap();
        match EmbeddedStore::open(&path).await {
            Err(StoreError::Open { .. }) => seen.not_opened += 1,
            Err(other) => panic!("{other}"),
            Ok(store) => {
                let wrong = differences(&store, &truth, &mut seen).await;
                seen.silent
                    .extend(wrong.into_iter().map(|what| format!("bit {bit}: {what}")));
                store.close().await;
            }
        }
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
    println!("{} bytes, {trials} trials: {seen:?}", sound.len());
    assert!(seen.silent.is_empty(), "{:#?}", seen.silent);
    assert!(
        seen.holes + seen.errors > trials / 4,
        "the bits hit something: {seen:?}"
    );
    seen
}

#[tokio::test]
async fn a_damaged_block_is_a_hole_of_known_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = stored(folder.path()).await;
    sql(&path, "UPDATE block SET body = zeroblob(length(body)) WHERE device = 'm-1' AND first_us = last_us AND nth % 10 = 0").await;
    let store = EmbeddedStore::open(&path).await.unwrap();
    let series: SeriesId = "m-1/voltage.a".parse().unwrap();
    let readings = store.range(&series, always(), 10_000).await.unwrap();
    assert_eq!(readings.len(), 380);
    let holes: Vec<&Reading> = readings.iter().filter(|one| one.quality == DAMAGED).collect();
    assert!(!holes.is_empty() && holes.len() <= 8, "{holes:?}");
    assert!(holes.iter().all(|one| one.value.is_none()));
    assert!(
        readings
            .iter()
            .filter(|one| one.quality == Quality::Good)
            .all(|one| one.value.is_some())
    );
    assert_eq!(store.condition().damaged, holes.len() as u64);
    let nominal = holes[0].nominal;
    let error = store.provenance(&series, nominal).await.unwrap_err().to_string();
    assert!(
        error.contains("m-1") && error.contains(&nominal.to_string()),
        "{error}"
    );
    store.range(&series, always(), 10_000).await.unwrap();
    assert_eq!(store.condition().damaged, holes.len() as u64, "counted once");
    assert!(
        store
            .range(&"m-2/voltage.a".parse().unwrap(), always(), 10_000)
            .await
            .is_ok()
    );
    // The same readings once more, under another key, fill the hole.
    let minute = (nominal.as_second() - START) / 60;
    store
        .append(&batch("c-2", 1, vec![meter(1, minute)]))
        .await
        .unwrap();
    let readings = store.range(&series, always(), 10_000).await.unwrap();
    assert_eq!(
        readings
            .iter()
            .find(|one| one.nominal == nominal)
            .unwrap()
            .quality,
        Quality::Good
    );
}

#[tokio::test]
async fn a_lost_block_is_noticed_wherever_it_was() {
    for (lost, day) in [
        (
            "DELETE FROM block WHERE device = 'm-1' AND day = (SELECT MIN(day) FROM block)",
            "2026-09-21",
        ),
        (
            "DELETE FROM block WHERE id = (SELECT MAX(id) FROM block WHERE device = 'm-1')",
            "2026-09-22",
        ),
        (
            "DELETE FROM block WHERE device = 'm-1' AND day = (SELECT MAX(day) FROM block)",
            "2026-09-22",
        ),
        (
            "UPDATE block SET device = 'm-0' WHERE device = 'm-1' AND nth = 2",
            "2026-09-2",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = stored(folder.path()).await;
        sql(&path, lost).await;
        let store = EmbeddedStore::open(&path).await.unwrap();
        let error = store
            .range(&"m-1/voltage.a".parse().unwrap(), always(), 10_000)
            .await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("m-1") && error.contains(day), "{lost}: {error}");
        assert!(
            store
                .range(&"m-2/voltage.a".parse().unwrap(), always(), 10_000)
                .await
                .is_ok()
        );
        assert_eq!(store.condition().damaged, 1);
    }
}

#[tokio::test]
async fn a_damaged_journal_row_stops_no_collector() {
    let folder = tempfile::tempdir().unwrap();
    let path = stored(folder.path()).await;
    sql(&path, "UPDATE batch SET digest = zeroblob(32) WHERE sequence = 7").await;
    let store = EmbeddedStore::open(&path).await.unwrap();
    let again = &batches()[6];
    assert_eq!(store.journaled(&again.key).await.unwrap(), None);
    assert_eq!(store.condition().damaged, 1);
    assert_eq!(store.append(again).await.unwrap(), Appended::Stored);
    assert_eq!(store.append(again).await.unwrap(), Appended::Duplicate);
    let readings = store
        .range(&"m-1/voltage.a".parse().unwrap(), always(), 10_000)
        .await
        .unwrap();
    assert_eq!(readings.len(), 380, "each once");
}

#[tokio::test]
async fn last_values_come_from_the_log_when_theirs_are_damaged() {
    for damage in [
        "UPDATE latest SET points = zeroblob(length(points)) WHERE device = 'm-2'",
        "DELETE FROM latest WHERE device = 'm-2'",
        "UPDATE checkpoint SET body = zeroblob(length(body))",
        "DELETE FROM checkpoint",
        "UPDATE day SET blocks = 1",
        "DELETE FROM day",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = stored(folder.path()).await;
        let store = EmbeddedStore::open(&path).await.unwrap();
        let truth = Truth::of(&store).await;
        store.close().await;
        sql(&path, damage).await;
        let store = EmbeddedStore::open(&path).await.unwrap();
        let wrong = differences(&store, &truth, &mut Tally::default()).await;
        assert!(wrong.is_empty(), "{damage}: {wrong:?}");
        let late = batch("c-3", 1, vec![meter(2, 1_200)]);
        store.append(&late).await.unwrap();
        let readings = store
            .range(&"m-2/voltage.a".parse().unwrap(), always(), 10_000)
            .await;
        assert_eq!(
            readings.unwrap().len(),
            380,
            "{damage}: blocks are still counted on"
        );
    }
}

/// In the row of the table alone, which is followed by its points; the index keeps the name that was written.
fn flip_a_name_in_latest(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let row = b"m-3\x02\x14energy.active.import";
    let at = bytes.windows(row.len()).position(|part| part == row);
    bytes[at.expect("the row of m-3") + 2] ^= 4;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_damaged_checkpoint_is_made_anew_once() {
    for flip in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = stored(folder.path()).await;
        if flip {
            flip_a_name_in_latest(&path);
        } else {
            sql(
                &path,
                "INSERT INTO latest SELECT 'nobody', points, seal FROM latest WHERE device = 'm-0'",
            )
            .await;
        }
        for damaged in [1, 0] {
            let store = EmbeddedStore::open(&path).await.unwrap();
            assert_eq!(store.condition().damaged, damaged, "flip: {flip}");
            let latest = store.latest(&series()).await.unwrap();
            assert!(latest.iter().all(Option::is_some));
            store.close().await;
        }
    }
}

/// A collector of which no device is admitted fills the journal and not the log.
#[tokio::test]
async fn a_journal_without_blocks_has_a_checkpoint_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.db");
    let store = EmbeddedStore::open(&path).await.unwrap();
    for sequence in 1..=600 {
        let mut none = batch("c-1", sequence, Vec::new());
        none.quarantined.push(Quarantined {
            sweep: meter(0, 0),
            reason: "not registered".to_owned(),
        });
        store.append(&none).await.unwrap();
    }
    let truth = store.statistics().await.unwrap();
    assert_eq!((truth.batches, truth.quarantined), (600, 600));
    store.close().await;
    // What the checkpoint says is not read again.
    sql(&path, "UPDATE batch SET seal = 1 WHERE sequence = 300").await;
    let store = EmbeddedStore::open(&path).await.unwrap();
    assert_eq!(store.condition().damaged, 0);
    assert_eq!(store.statistics().await.unwrap(), truth);
    store.close().await;
    // Without it, all of the journal is: more than is read at a time.
    sql(&path, "DELETE FROM checkpoint").await;
    let store = EmbeddedStore::open(&path).await.unwrap();
    assert_eq!(store.condition().damaged, 1);
    assert_eq!(store.statistics().await.unwrap().batches, 599);
    assert_eq!(
        store.append(&batch("c-1", 601, Vec::new())).await.unwrap(),
        Appended::Stored
    );
}

/// The index has these columns too.
#[tokio::test]
async fn a_flipped_bit_in_the_place_of_a_block_is_read_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = stored(folder.path()).await;
    let sound = std::fs::read(&path).unwrap();
    let series: SeriesId = "m-1/voltage.a".parse().unwrap();
    let store = EmbeddedStore::open(&path).await.unwrap();
    let truth = store.range(&series, always(), 10_000).await.unwrap();
    store.close().await;
    // The row of a single sweep: device, day (two bytes), number (one), both times, when it came (four), a
    // seal, a compressed body.
    let time = ((START + 1_250 * 60) * 1_000_000).to_be_bytes();
    let times = [time, time].concat();
    let row = sound.windows(32).enumerate().find(|(at, part)| {
        part.starts_with(&times)
            && part.ends_with(&[0x28, 0xB5, 0x2F, 0xFD])
            && &sound[at - 6..at - 3] == b"m-1"
    });
    let (at, _) = row.expect("the row");
    for (byte, bit) in [(at - 4, 2), (at - 2, 1), (at - 1, 1), (at + 6, 1), (at + 15, 1)] {
        let mut bytes = sound.clone();
        bytes[byte] ^= bit;
        std::fs::write(&path, bytes).unwrap();
        let store = EmbeddedStore::open(&path).await.unwrap();
        let found = store.range(&series, always(), 10_000).await;
        assert_eq!(found.unwrap(), truth, "byte {byte}");
        assert_eq!(store.condition().damaged, 1);
        store.close().await;
    }
}
