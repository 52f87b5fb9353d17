//! A register that goes backwards is doubted by what came before it in time, in whatever order it arrives.

use devices::{Doubt, Failure, Quality};
use proptest::prelude::*;
use uplink::Sweep;

use crate::site::{NOW, Site, energy, site};

const SERIES: &str = "m-01/energy.active.import";

async fn qualities(site: &Site) -> Vec<&'static str> {
    let stored = site.stored(SERIES).await;
    stored.iter().map(|reading| reading.quality.name()).collect()
}

fn failed(at: i64) -> Sweep {
    let mut failed = energy(at, 0);
    failed.values[0].number = None;
    failed.values[0].quality = Quality::Bad(Failure::NoAnswer).code();
    failed
}

#[tokio::test]
async fn a_reset_behind_failed_reads_is_doubted() {
    let site = site().await;
    site.good(1, vec![energy(NOW - 240, 50_000)]).await;
    site.good(2, vec![failed(NOW - 180), failed(NOW - 120)]).await;
    assert_eq!(
        site.good(3, vec![failed(NOW - 60), energy(NOW, 100)])
            .await
            .lowered,
        1
    );
    assert_eq!(
        site.good(4, vec![energy(NOW + 60, 101)]).await.lowered,
        0,
        "from here on it counts anew"
    );
}

#[tokio::test]
async fn late_data_is_compared_with_its_own_predecessor() {
    let site = site().await;
    site.good(1, vec![energy(NOW - 180, 50_000)]).await;
    site.good(3, vec![energy(NOW, 60_000)]).await;
    assert_eq!(site.good(2, vec![energy(NOW - 60, 100)]).await.lowered, 1);
    assert_eq!(site.good(4, vec![energy(NOW - 90, 55_000)]).await.lowered, 0);
    assert_eq!(
        qualities(&site).await,
        ["good", "good", "register-went-backwards", "good"]
    );
}

/// Such as a retained message of a broker, whose value is of another time.
#[tokio::test]
async fn nothing_is_held_against_a_value_whose_time_the_collector_doubted() {
    let site = site().await;
    let mut retained = energy(NOW - 60, 50_000);
    retained.values[0].quality = Quality::Uncertain(Doubt::ClockSkew).code();
    assert_eq!(site.good(1, vec![retained, energy(NOW, 100)]).await.lowered, 0);
    assert_eq!(qualities(&site).await, ["clock-skew", "good"]);
}

#[tokio::test]
async fn the_last_time_there_is_breaks_nothing() {
    let site = site().await;
    let mut last = energy(NOW, 100);
    last.nominal_us = jiff::Timestamp::MAX.as_microsecond();
    site.post(crate::site::encoded(1, vec![last, energy(NOW, 100)]))
        .await;
    assert_eq!(site.good(2, vec![energy(NOW + 60, 101)]).await.lowered, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Values are the same whatever the order; qualities too wherever the predecessor was there first.
    #[test]
    fn arrival_decides_nothing_that_it_need_not(
        values in proptest::collection::vec(0_i128..1000, 2..12),
        shuffle in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
        cut in 1_usize..5,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let at = |index: usize| NOW - 6000 + 60 * i64::try_from(index).unwrap();
            let straight = site().await;
            let sweeps: Vec<Sweep> = values.iter().enumerate().map(|(index, value)| energy(at(index), *value)).collect();
            straight.good(1, sweeps.clone()).await;

            let shuffled = site().await;
            let order: Vec<usize> = shuffle.into_iter().filter(|index| *index < values.len()).collect();
            for (sequence, part) in (1..).zip(order.chunks(cut)) {
                shuffled.good(sequence, part.iter().map(|index| sweeps[*index].clone()).collect()).await;
            }
            let (one, other) = (straight.stored(SERIES).await, shuffled.stored(SERIES).await);
            prop_assert_eq!(one.len(), values.len());
            let turn = |index: usize| order.iter().position(|one| *one == index).unwrap() / cut;
            for (index, (one, other)) in one.iter().zip(&other).enumerate() {
                prop_assert_eq!((one.value, one.nominal), (other.value, other.nominal));
                if index == 0 || turn(index - 1) <= turn(index) {
                    prop_assert_eq!(one.quality, other.quality, "{}", index);
                }
            }
            Ok(())
        })?;
    }
}
