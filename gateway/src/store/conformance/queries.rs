//! Scans, sums, last values and what is missing.

use devices::{Doubt, Failure, Quality, SeriesId, Window};
use futures_util::TryStreamExt;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use uplink::{Sweep, SweepValue};

use super::{at, batch, sweep, window};
use crate::store::{Bucket, Chunk, Known, Step, Steps, Store};

/// 2027-01-15T08:00:00Z
const START: i64 = 1_800_000_000;
const DAY: i64 = 86_400;

pub(super) async fn run(store: &Store) {
    scans_many_series(store).await;
    a_limit_is_kept(store).await;
    sums_up_steps_of_the_site(store).await;
    sums_are_those_of_the_readings(store).await;
    finds_the_last_value_before(store).await;
    says_what_is_missing(store).await;
    names_are_only_names(store).await;
}

fn series(text: &str) -> SeriesId {
    text.parse().expect("a series")
}

fn quarter(device: &str, index: i64) -> Sweep {
    let mut one = sweep(
        device,
        START + index * 900,
        Some((i128::from(1_000 + index), 2)),
        Quality::Good,
    );
    one.values.push(SweepValue {
        point: "voltage.b".to_owned(),
        number: Some((i128::from(index % 7 - 3), 3)),
        quality: 0,
    });
    one
}

async fn scan(store: &Store, series: &[SeriesId], window: Window) -> Vec<Chunk> {
    let chunks = store.series.scan(series, window, Known::Now);
    chunks.try_collect().await.expect("scan")
}

async fn scans_many_series(store: &Store) {
    for (sequence, device) in (1..).zip(["many-1", "many-2"]) {
        // The later half first.
        for (half, range) in [(0, 100..200), (1, 0..100)] {
            let sweeps = range.map(|index| quarter(device, index)).collect();
            let stored = store.append(&batch("c-many", sequence * 2 + half, sweeps)).await;
            stored.expect("append");
        }
    }
    let asked = ["many-2/voltage.b", "many-1/voltage.a", "nobody/voltage.a"].map(series);
    let (from, to) = (START + 900, START + 199 * 900);
    let chunks = scan(store, &asked, window(from, to)).await;
    for (one, expected) in asked.iter().zip([198, 198, 0]) {
        let found: Vec<&Chunk> = chunks.iter().filter(|chunk| chunk.series == *one).collect();
        let times: Vec<i64> = found.iter().flat_map(|chunk| chunk.nominal_us.clone()).collect();
        assert_eq!(times.len(), expected, "{one}");
        assert!(
            times.is_sorted_by(|earlier, later| earlier < later),
            "{one} in order, each once"
        );
        for chunk in found {
            assert!(!chunk.is_empty());
            for row in 0..chunk.len() {
                let index = (chunk.nominal_us[row] / 1_000_000 - START) / 900;
                let number = if one.point.as_str() == "voltage.a" {
                    (i128::from(1_000 + index), 2)
                } else {
                    (i128::from(index % 7 - 3), 3)
                };
                assert_eq!(chunk.number(row), Some(number));
                assert_eq!(chunk.taken_us[row], chunk.nominal_us[row] + 123);
                assert_eq!(chunk.quality[row], 0);
            }
        }
    }
}

async fn a_limit_is_kept(store: &Store) {
    let one = series("many-1/voltage.a");
    let whole = store
        .series
        .range(&one, window(START, START + 3 * DAY), 1000)
        .await;
    let whole = whole.expect("range");
    assert_eq!(whole.len(), 200);
    for limit in [0, 1, 7, 96, 97, 199, 200, 201] {
        let part = store
            .series
            .range(&one, window(START, START + 3 * DAY), limit)
            .await;
        assert_eq!(part.expect("range"), whole[..limit.min(200)]);
    }
}

async fn sums_up_steps_of_the_site(store: &Store) {
    // Midnight in Shanghai is at 16:00: 32 quarters after the start, and 96 later.
    let zone = TimeZone::posix("CST-8").expect("a zone");
    let steps = Steps::new(window(START, START + 2 * DAY), Step::Day, &zone).expect("steps");
    let asked = [series("many-1/voltage.a"), series("nobody/voltage.a")];
    let sums = store.series.aggregate(&asked, &steps).await.expect("aggregate");
    assert!(sums[1].iter().all(|bucket| bucket.part.values.is_none()));
    let days: Vec<(u64, String, String, String)> = sums[0]
        .iter()
        .map(|bucket| {
            let values = bucket.part.values.expect("has values");
            let text = |mantissa| values.decimal(mantissa).expect("a decimal").to_string();
            (
                values.count,
                text(values.min),
                text(values.last.mantissa),
                values.mean().expect("a mean").to_string(),
            )
        })
        .collect();
    let expected = [
        (32, "10.00", "10.31", "10.15500"),
        (96, "10.32", "11.27", "10.79500"),
        (64, "11.28", "11.91", "11.59500"),
    ];
    let expected = expected.map(|(count, min, last, mean)| (count, min.into(), last.into(), mean.into()));
    assert_eq!(days, expected);
}

/// Failures, doubts, a reset, a change of scale: whatever way the store takes, the sums are those of its readings.
async fn sums_are_those_of_the_readings(store: &Store) {
    let mut sweeps: Vec<Sweep> = (0..400).map(|index| quarter("sums", index)).collect();
    for (index, number, quality) in [
        (3, None, Quality::Bad(Failure::NoAnswer)),
        (40, Some((5, 2)), Quality::Uncertain(Doubt::RegisterWentBackwards)),
        (90, Some((9_999, 2)), Quality::Uncertain(Doubt::ClockSkew)),
        (300, Some((13_001, 3)), Quality::Good),
    ] {
        sweeps[index].values[0].number = number;
        sweeps[index].values[0].quality = quality.code();
    }
    store.append(&batch("c-sums", 1, sweeps)).await.expect("append");
    let asked = ["sums/voltage.a", "sums/voltage.b", "sums/voltage.a"].map(series);
    for (zone, step) in [
        ("UTC0", Step::Minutes(60)),
        ("IST-5:30", Step::Minutes(60)),
        ("CST-8", Step::Day),
        ("UTC0", Step::Minutes(7)),
        ("CET-1CEST,M3.5.0,M10.5.0/3", Step::Month),
    ] {
        let zone = TimeZone::posix(zone).expect("a zone");
        for (from, to) in [(0, 0), (7, -1), (3_600, 0)] {
            let asked_for = window(START + from, START + 5 * DAY + to);
            let steps = Steps::new(asked_for, step, &zone).expect("steps");
            let sums = store.series.aggregate(&asked, &steps).await.expect("aggregate");
            for (one, sums) in asked.iter().zip(sums) {
                let mut expected: Vec<Bucket> = steps.buckets();
                for chunk in scan(store, std::slice::from_ref(one), asked_for).await {
                    steps.add(&mut expected, &chunk);
                }
                assert_eq!(sums, expected, "{one}, {step:?}");
            }
        }
    }
}

async fn finds_the_last_value_before(store: &Store) {
    let late = sweep("before", START, Some((1, 0)), Quality::Good);
    let content = vec![
        late,
        sweep("before", START + 40 * DAY, Some((2, 0)), Quality::Good),
        sweep("before", START + 41 * DAY, None, Quality::Bad(Failure::NoAnswer)),
        sweep("before", START + 42 * DAY, Some((3, 0)), Quality::Good),
    ];
    store
        .append(&batch("c-before", 1, content))
        .await
        .expect("append");
    let asked = [series("before/voltage.a"), series("before/voltage.b")];
    for (second, expected) in [
        (START - 1, None),
        (START, Some("1")),
        (START + 40 * DAY - 1, Some("1")),
        (START + 41 * DAY, Some("2")),
        (START + 42 * DAY, Some("3")),
        (START + 99 * DAY, Some("3")),
    ] {
        let found = store.series.at_or_before(&asked, at(second)).await;
        let found = found.expect("at or before");
        let value = found[0]
            .as_ref()
            .and_then(|one| one.value)
            .map(|value| value.to_string());
        assert_eq!((value.as_deref(), &found[1]), (expected, &None), "at {second}");
    }
}

async fn says_what_is_missing(store: &Store) {
    let content = vec![
        sweep("slots", START, Some((1, 0)), Quality::Good),
        sweep("slots", START + 120, None, Quality::Bad(Failure::NotRead)),
        // Between two slots.
        sweep("slots", START + 150, Some((2, 0)), Quality::Good),
    ];
    store.append(&batch("c-slots", 1, content)).await.expect("append");
    let slots = store
        .series
        .completeness(
            &series("slots/voltage.a"),
            window(START, START + 240),
            SignedDuration::from_secs(60),
        )
        .await;
    let not_read = Some(Quality::Bad(Failure::NotRead));
    assert_eq!(slots.expect("slots"), [Some(Quality::Good), None, not_read, None]);
}

/// What a name may hold means nothing to any query language, and names that begin alike are not mixed up.
async fn names_are_only_names(store: &Store) {
    for (sequence, device) in (1..).zip(["n.1", "n-1", "n_1", "n", "nn"]) {
        let content = vec![sweep(device, 100, Some((i128::from(sequence), 0)), Quality::Good)];
        store
            .append(&batch("c-names", sequence, content))
            .await
            .expect("append");
    }
    for (number, device) in (1..).zip(["n.1", "n-1", "n_1", "n", "nn"]) {
        let chunks = scan(store, &[series(&format!("{device}/voltage.a"))], window(0, 1_000)).await;
        assert_eq!(chunks.len(), 1);
        assert_eq!(chunks[0].mantissa, [number], "{device}");
    }
}
