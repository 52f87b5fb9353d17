//! Late, repeated and corrected readings, and what was known when.

use devices::{Failure, Quality};
use uplink::Sweep;

use super::{at, batch, sweep, window};
use crate::store::{AdmittedBatch, Appended, Known, Store};

pub(super) async fn run(store: &Store) {
    a_correction_takes_the_place_of_what_it_corrects(store).await;
    a_correction_can_take_a_value_back(store).await;
    the_same_readings_under_another_key_count_once(store).await;
}

fn received(sequence: u64, second: i64, version: u32, sweeps: Vec<Sweep>) -> AdmittedBatch {
    let device = sweeps[0].device.clone();
    AdmittedBatch {
        received: at(second),
        version,
        ..batch(&format!("c-{device}"), sequence, sweeps)
    }
}

async fn known(store: &Store, device: &str, known: Known) -> Vec<String> {
    let series = format!("{device}/voltage.a").parse().expect("a series");
    let readings = store
        .series
        .range_known(&series, window(0, 5_000), 1000, known)
        .await;
    let texts = readings.expect("range").into_iter().map(|one| {
        let value = one.value.map(|value| value.to_string());
        value.unwrap_or_else(|| one.quality.name().to_owned())
    });
    texts.collect()
}

async fn a_correction_takes_the_place_of_what_it_corrects(store: &Store) {
    let one = |second, mantissa, quality| sweep("corrected", second, Some((mantissa, 1)), quality);
    let good = Quality::Good;
    for batch in [
        received(1, 1_000, 0, vec![one(100, 10, good), one(200, 20, good)]),
        received(2, 2_000, 2, vec![one(100, 12, good)]),
        // An older correction, and what the collector sends once more, change nothing any more.
        received(3, 3_000, 1, vec![one(100, 11, good)]),
        received(4, 3_000, 0, vec![one(100, 13, good), one(300, 30, good)]),
        // Better quality helps no lower version.
        received(
            5,
            4_000,
            1,
            vec![one(300, 31, Quality::Uncertain(devices::Doubt::Stuck))],
        ),
    ] {
        assert_eq!(store.append(&batch).await.expect("append"), Appended::Stored);
    }
    for (second, expected) in [
        (999, &[][..]),
        (1_000, &["1.0", "2.0"]),
        (1_999, &["1.0", "2.0"]),
        (2_000, &["1.2", "2.0"]),
        (3_999, &["1.2", "2.0", "3.0"]),
        (4_000, &["1.2", "2.0", "3.1"]),
    ] {
        let found = known(store, "corrected", Known::At(at(second))).await;
        assert_eq!(found, expected, "as known at {second}");
    }
    assert_eq!(known(store, "corrected", Known::Now).await, ["1.2", "2.0", "3.1"]);
    let series = "corrected/voltage.a".parse().expect("a series");
    let latest = store.series.latest(&[series]).await.expect("latest");
    let latest = latest[0].as_ref().and_then(|one| one.value).expect("a value");
    assert_eq!(latest.to_string(), "3.1");
}

async fn a_correction_can_take_a_value_back(store: &Store) {
    let content = vec![
        sweep("back", 100, Some((1, 0)), Quality::Good),
        sweep("back", 200, Some((2, 0)), Quality::Good),
    ];
    let none = sweep("back", 200, None, Quality::Bad(Failure::Impossible));
    for batch in [received(1, 1_000, 0, content), received(2, 2_000, 1, vec![none])] {
        store.append(&batch).await.expect("append");
    }
    assert_eq!(known(store, "back", Known::Now).await, ["1", "impossible"]);
    let series = ["back/voltage.a".parse().expect("a series")];
    let last = store
        .series
        .at_or_before(&series, at(4_000))
        .await
        .expect("at or before");
    assert_eq!(last[0].as_ref().expect("is there").nominal, at(100));
}

async fn the_same_readings_under_another_key_count_once(store: &Store) {
    let content = || vec![sweep("repeated", 100, Some((1, 0)), Quality::Good)];
    for sequence in 1..=3 {
        store
            .append(&received(sequence, 1_000, 0, content()))
            .await
            .expect("append");
    }
    assert_eq!(known(store, "repeated", Known::Now).await, ["1"]);
}
