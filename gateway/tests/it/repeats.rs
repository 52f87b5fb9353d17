//! What comes again or late costs no more than what comes fresh: counted in blocks of the log that are decoded.

use devices::{DeviceId, PointName, Quality};
use gateway::store::SeriesStore;
use gateway::store::conformance::{batch, sweep};
use gateway::store::embedded::EmbeddedStore;
use uplink::{Ack, Sweep};

use crate::site::{NOW, Site, encoded, encoded_in, site};

const POINTS: [&str; 10] = [
    "energy.active.import",
    "power.active",
    "voltage.a",
    "voltage.b",
    "voltage.c",
    "current.a",
    "current.b",
    "current.c",
    "power.factor",
    "frequency",
];

/// All points of a meter whose register counts up.
fn meter(second: i64) -> Sweep {
    let mut one = sweep("m-01", NOW + second, Some((22_010, 2)), Quality::Good);
    one.values = POINTS
        .map(|point| {
            let mut value = one.values[0].clone();
            value.point = point.to_owned();
            if point == POINTS[0] {
                value.number = Some((i128::from(1_000_000 + second), 2));
            }
            value
        })
        .to_vec();
    one
}

async fn cost(site: &Site, bytes: Vec<u8>) -> (Ack, u64) {
    let before = site.store.blocks_read();
    let (status, body) = site.post(bytes).await;
    assert_eq!(status, 200, "{body}");
    (
        serde_json::from_str(&body).unwrap(),
        site.store.blocks_read() - before,
    )
}

fn minutes(from: i64, count: i64) -> Vec<Sweep> {
    (from..from + count)
        .map(|minute| meter((minute - 1000) * 60))
        .collect()
}

#[tokio::test]
async fn what_came_before_costs_a_look_up() {
    let site = site().await;
    let (fresh, work) = cost(&site, encoded(1, minutes(0, 500))).await;
    assert_eq!((fresh.duplicate, fresh.stored, work), (false, 5_000, 0));
    let (again, work) = cost(&site, encoded(1, minutes(0, 500))).await;
    assert_eq!((again.duplicate, again.stored, work), (true, 5_000, 0));
    assert_eq!(site.gateway.health().duplicates, 1);
}

#[tokio::test]
async fn a_duplicate_is_acknowledged_as_it_was_first() {
    let site = site().await;
    let mut sweeps = minutes(0, 2);
    sweeps[0].values[2].number = Some((999, 0));
    sweeps[1].values[1].point = "no.such.point".to_owned();
    let (first, _) = cost(&site, encoded(1, sweeps.clone())).await;
    let (again, _) = cost(&site, encoded(1, sweeps)).await;
    assert_eq!((first.stored, first.lowered, first.refused), (19, 1, 1));
    assert_eq!((again.stored, again.lowered, again.refused), (19, 1, 1));
}

#[tokio::test]
async fn late_data_in_a_new_epoch_reads_the_blocks_of_its_time_once() {
    let site = site().await;
    // Sweep by sweep, as it comes while all is well: 600 blocks.
    for (sequence, one) in (1..).zip(minutes(0, 600)) {
        let (_, work) = cost(&site, encoded(sequence, vec![one])).await;
        assert_eq!(work, 0, "fresh data is compared in memory");
    }
    let (again, work) = cost(&site, encoded_in(10, 1, minutes(0, 500))).await;
    assert_eq!((again.duplicate, again.lowered), (false, 0));
    assert!(work <= 500 + 8, "{work} blocks for 500 sweeps that are there");
    // Two weeks apart, one sweep each: nothing between is read.
    let (_, work) = cost(&site, encoded_in(10, 2, vec![meter(-86_400 * 14), meter(-30)])).await;
    assert!(work <= 16, "{work} blocks for two late sweeps");
    let mut back = minutes(300, 1);
    back[0].nominal_us += 30_000_000;
    back[0].values[0].number = Some((1, 0));
    let (late, work) = cost(&site, encoded_in(10, 3, back)).await;
    assert_eq!(late.lowered, 1, "still doubted");
    assert!(work <= 16, "{work} blocks for one late sweep");
}

/// Fifty points of which many never had a value before: the search ends all the same.
#[tokio::test]
async fn the_search_for_predecessors_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&folder.path().join("series.db"))
        .await
        .unwrap();
    let wide = |second: i64, points: std::ops::Range<usize>| {
        let mut one = sweep("m-01", second, Some((1, 0)), Quality::Good);
        one.values = points
            .map(|point| {
                let mut value = one.values[0].clone();
                value.point = format!("energy.{point}");
                value
            })
            .collect();
        one
    };
    for minute in 0..1_000 {
        let content = vec![wide(minute * 60, 0..25)];
        let sequence = u64::try_from(minute).unwrap() + 1;
        store.append(&batch("c-1", sequence, content)).await.unwrap();
    }
    store
        .append(&batch("c-1", 2_000, vec![wide(60_000, 0..50)]))
        .await
        .unwrap();
    let points = (0..50)
        .map(|point| PointName::new(format!("energy.{point}")).unwrap())
        .collect();
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    let span = devices::Window {
        from: at(50_001),
        to: at(59_001),
    };
    let found = store
        .comparable(&DeviceId::new("m-01").unwrap(), &points, span)
        .await
        .unwrap();
    assert_eq!(found.len(), 25 * 150 + 25);
    let work = store.blocks_read();
    assert!(work <= 150 + 64, "{work} blocks for 150 in the span");
}
