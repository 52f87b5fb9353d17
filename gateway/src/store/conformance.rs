//! What every journal and series store must do, whatever engine holds it. Run it from the implementation's own test.

mod failure;
mod queries;
mod versions;

use async_trait::async_trait;
use devices::{DeviceId, Doubt, Failure, Quality, Window};
use jiff::Timestamp;
use uplink::orders::RegisterTable;
use uplink::{BatchKey, RawSpan, Sweep, SweepValue};

use super::{AdmittedBatch, Appended, Quarantined, Store, StoreError};

/// Where a store lives: empty at first.
#[async_trait(?Send)]
pub trait Place {
    /// Opens what is there. Whoever opened it before has gone.
    async fn open(&self) -> Store;

    /// From now on the engine refuses to write, or no longer.
    async fn refuse(&self, refuse: bool);
}

/// Runs the suite in a place. Panics with the broken promise.
pub async fn run(place: &dyn Place) {
    let store = &place.open().await;
    keeps_digits_and_qualities(store).await;
    stores_a_key_once(store).await;
    takes_batches_out_of_order(store).await;
    one_reading_for_one_time(store).await;
    a_skewed_time_hides_nothing(store).await;
    knows_what_came_before(store).await;
    the_latest_is_the_better_of_one_time(store).await;
    the_journal_knows_what_came(store).await;
    compares_only_what_it_is_asked_for(store).await;
    keeps_quarantined_readings(store).await;
    versions::run(store).await;
    queries::run(store).await;
    failure::run(place, store).await;
}

/// A sweep of one point at `second` with one raw register.
pub fn sweep(device: &str, second: i64, number: Option<(i128, u8)>, quality: Quality) -> Sweep {
    Sweep {
        device: DeviceId::new(device).expect("a well-formed device name"),
        profile: "dtz341@1".to_owned(),
        nominal_us: second * 1_000_000,
        taken_us: second * 1_000_000 + 123,
        values: vec![SweepValue {
            point: "voltage.a".to_owned(),
            number,
            quality: quality.code(),
        }],
        raw: vec![RawSpan {
            table: RegisterTable::Holding,
            address: 16,
            words: vec![0x55FA],
        }],
        message: Vec::new(),
    }
}

/// A batch with these sweeps; its digest follows from its sequence and content.
pub fn batch(collector: &str, sequence: u64, sweeps: Vec<Sweep>) -> AdmittedBatch {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&sequence.to_le_bytes());
    digest[8] = sweeps.len().to_le_bytes()[0];
    AdmittedBatch {
        key: BatchKey {
            collector: collector.to_owned(),
            epoch: u64::MAX - 7,
            sequence,
        },
        digest,
        received: at(1_800_000_000),
        version: 0,
        sweeps,
        lowered: 0,
        quarantined: Vec::new(),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time within range")
}

fn window(from: i64, to: i64) -> Window {
    Window {
        from: at(from),
        to: at(to),
    }
}

async fn texts(store: &Store, series: &str, from: i64, to: i64) -> Vec<String> {
    let series = series.parse().expect("a series");
    let readings = store
        .series
        .range(&series, window(from, to), 1000)
        .await
        .expect("range");
    readings
        .iter()
        .map(|r| {
            r.value
                .map_or_else(|| r.quality.name().to_owned(), |v| v.to_string())
        })
        .collect()
}

async fn keeps_digits_and_qualities(store: &Store) {
    let big = 79_228_162_514_264_337_593_543_950_335_i128;
    let sweeps = vec![
        sweep("digits", 100, Some((22010, 2)), Quality::Good),
        sweep("digits", 200, None, Quality::Bad(Failure::NoAnswer)),
        sweep("digits", 300, Some((-big, 28)), Quality::Uncertain(Doubt::Stuck)),
    ];
    assert_eq!(
        store.append(&batch("c-digits", 1, sweeps)).await.expect("append"),
        Appended::Stored
    );
    assert_eq!(
        texts(store, "digits/voltage.a", 0, 1000).await,
        ["220.10", "no-answer", "-7.9228162514264337593543950335"]
    );
    assert_eq!(
        texts(store, "digits/voltage.a", 100, 200).await,
        ["220.10"],
        "a window is open at its end"
    );
    let series = "digits/voltage.a".parse().expect("a series");
    let provenance = store
        .series
        .provenance(&series, at(100))
        .await
        .expect("provenance")
        .expect("is there");
    assert_eq!(provenance.raw, "holding 0x0010: 55FA");
    let latest = store
        .series
        .latest(std::slice::from_ref(&series))
        .await
        .expect("latest");
    assert_eq!(
        latest[0].as_ref().expect("is there").quality,
        Quality::Uncertain(Doubt::Stuck)
    );
    let absent = store
        .series
        .latest(&["nobody/voltage.a".parse().expect("a series")])
        .await
        .expect("latest");
    assert_eq!(absent, [None]);
}

async fn stores_a_key_once(store: &Store) {
    let first = batch("c-once", 1, vec![sweep("once", 100, Some((1, 0)), Quality::Good)]);
    assert_eq!(store.append(&first).await.expect("append"), Appended::Stored);
    assert_eq!(store.append(&first).await.expect("append"), Appended::Duplicate);
    assert_eq!(texts(store, "once/voltage.a", 0, 1000).await, ["1"]);
    let mut other = first.clone();
    other.digest[31] = 1;
    assert!(
        matches!(store.append(&other).await, Err(StoreError::Conflict { .. })),
        "other content under one key"
    );
}

async fn takes_batches_out_of_order(store: &Store) {
    for sequence in [3_u64, 1, 5] {
        let second = i64::try_from(sequence).expect("small") * 100;
        let content = vec![sweep(
            "order",
            second,
            Some((i128::from(sequence), 0)),
            Quality::Good,
        )];
        store
            .append(&batch("c-order", sequence, content))
            .await
            .expect("append");
    }
    assert_eq!(texts(store, "order/voltage.a", 0, 1000).await, ["1", "3", "5"]);
    let received = store
        .journal
        .received("c-order", u64::MAX - 7)
        .await
        .expect("received");
    assert_eq!(
        (received.batches, received.highest, received.missing),
        (3, 5, vec![2, 4])
    );
    let latest = store
        .series
        .latest(&["order/voltage.a".parse().expect("a series")])
        .await
        .expect("latest");
    assert_eq!(latest[0].as_ref().expect("is there").nominal, at(500));
}

async fn one_reading_for_one_time(store: &Store) {
    let failed = sweep("one", 100, None, Quality::Bad(Failure::NoAnswer));
    let good = sweep("one", 100, Some((7, 0)), Quality::Good);
    let later = sweep("one", 100, Some((8, 0)), Quality::Good);
    for (sequence, content) in [(1, failed), (2, good), (3, later)] {
        store
            .append(&batch("c-one", sequence, vec![content]))
            .await
            .expect("append");
    }
    assert_eq!(
        texts(store, "one/voltage.a", 0, 1000).await,
        ["7"],
        "good beats bad, the first stored wins"
    );
}

async fn a_skewed_time_hides_nothing(store: &Store) {
    let skewed = sweep("skew", 9_000, Some((1, 0)), Quality::Uncertain(Doubt::ClockSkew));
    let good = sweep("skew", 100, Some((2, 0)), Quality::Good);
    store
        .append(&batch("c-skew", 1, vec![skewed]))
        .await
        .expect("append");
    store
        .append(&batch("c-skew", 2, vec![good]))
        .await
        .expect("append");
    let latest = store
        .series
        .latest_of_device(&DeviceId::new("skew").expect("a name"))
        .await
        .expect("latest");
    assert_eq!(latest[0].nominal, at(100));

    // Of times that are all doubted, the first does not stay for ever.
    for (sequence, second) in [(3, 9_000), (4, 9_500), (5, 9_200)] {
        let skewed = sweep(
            "skewed",
            second,
            Some((1, 0)),
            Quality::Uncertain(Doubt::ClockSkew),
        );
        store
            .append(&batch("c-skew", sequence, vec![skewed]))
            .await
            .expect("append");
    }
    let latest = store
        .series
        .latest_of_device(&DeviceId::new("skewed").expect("a name"))
        .await
        .expect("latest");
    assert_eq!(latest[0].nominal, at(9_500));
}

async fn knows_what_came_before(store: &Store) {
    let device = DeviceId::new("known").expect("a name");
    let skewed = Quality::Uncertain(Doubt::ClockSkew);
    let contents = [
        vec![sweep("known", 500, Some((5, 0)), Quality::Good)],
        vec![
            sweep("known", 600, None, Quality::Bad(Failure::NoAnswer)),
            sweep("known", 9_000, Some((9, 0)), skewed),
        ],
        // Late, and in one block with what came long after.
        vec![
            sweep("known", 100, Some((1, 0)), Quality::Good),
            sweep("known", 300, Some((3, 0)), Quality::Uncertain(Doubt::Stuck)),
            sweep("known", 800, Some((8, 0)), Quality::Good),
        ],
    ];
    for (sequence, content) in (1..).zip(contents) {
        store
            .append(&batch("c-known", sequence, content))
            .await
            .expect("append");
    }
    for (from, to, expected) in [
        (100, 101, &["1"][..]),
        (101, 102, &["1"]),
        (400, 401, &["3"]),
        (700, 701, &["5"]),
        (801, 802, &["8"]),
        (99_999, 100_000, &["8"]),
        (50, 99, &[]),
        (300, 801, &["1", "3", "5", "8"]),
    ] {
        let points = ["voltage.a", "frequency"].map(|name| name.parse().expect("a point"));
        let known = store
            .series
            .comparable(&device, &points.into(), window(from, to))
            .await;
        let values: Vec<String> = known
            .expect("comparable")
            .iter()
            .filter_map(|reading| Some(reading.value?.to_string()))
            .collect();
        assert_eq!(values, expected, "from {from} to {to}");
    }
}

async fn compares_only_what_it_is_asked_for(store: &Store) {
    let device = DeviceId::new("known").expect("a name");
    let points = ["frequency".parse().expect("a point")].into();
    let known = store.series.comparable(&device, &points, window(300, 801)).await;
    assert!(known.expect("comparable").is_empty());
    let stranger = DeviceId::new("nobody").expect("a name");
    let known = store
        .series
        .comparable(&stranger, &points, window(300, 801))
        .await;
    assert!(known.expect("comparable").is_empty());
}

async fn the_latest_is_the_better_of_one_time(store: &Store) {
    let failed = sweep("better", 100, None, Quality::Bad(Failure::NoAnswer));
    let good = sweep("better", 100, Some((7, 0)), Quality::Good);
    for (sequence, content) in [(1, failed.clone()), (2, good), (3, failed)] {
        let stored = store.append(&batch("c-better", sequence, vec![content])).await;
        stored.expect("append");
    }
    let latest = store
        .series
        .latest_of_device(&DeviceId::new("better").expect("a name"))
        .await;
    assert_eq!(
        latest.expect("latest")[0].quality,
        Quality::Good,
        "as a range says"
    );
}

async fn the_journal_knows_what_came(store: &Store) {
    let mut content = batch(
        "c-journal",
        7,
        vec![sweep("journal", 100, Some((1, 0)), Quality::Good)],
    );
    content.lowered = 1;
    content.quarantined.push(Quarantined {
        sweep: sweep("stranger", 100, Some((1, 0)), Quality::Good),
        reason: "unknown-device".to_owned(),
    });
    assert_eq!(
        store.journal.journaled(&content.key).await.expect("journaled"),
        None
    );
    store.append(&content).await.expect("append");
    let known = store
        .journal
        .journaled(&content.key)
        .await
        .expect("journaled")
        .expect("is there");
    assert_eq!(
        (known.digest, known.stored, known.lowered, known.refused),
        (content.digest, 1, 1, 1)
    );
    let mut other = content.key.clone();
    other.epoch -= 1;
    assert_eq!(store.journal.journaled(&other).await.expect("journaled"), None);
}

async fn keeps_quarantined_readings(store: &Store) {
    let before = store.journal.statistics().await.expect("statistics");
    let mut content = batch("c-quarantine", 1, Vec::new());
    content.quarantined.push(Quarantined {
        sweep: sweep("stranger", 100, Some((1, 0)), Quality::Good),
        reason: "unknown-device".to_owned(),
    });
    assert_eq!(store.append(&content).await.expect("append"), Appended::Stored);
    assert!(texts(store, "stranger/voltage.a", 0, 1000).await.is_empty());
    let after = store.journal.statistics().await.expect("statistics");
    assert_eq!(
        (after.batches, after.quarantined),
        (before.batches + 1, before.quarantined + 1)
    );
}
