//! Row by row and all at once give the same answer.

use super::super::{Settings, estimate};
use super::{Reading, Setup, Table, hourly};

#[test]
fn streaming_and_batch_agree() {
    // 100 days of hours: two full blocks and a rest.
    let table = Table::new(&Setup {
        days: 100,
        ..hourly()
    });
    let rows = table.rows();
    let readings = rows.iter().map(|(time, master, meters)| Reading {
        time: *time,
        master: *master,
        meters,
    });
    let batch = estimate(table.site(), Settings::default(), readings.clone()).unwrap();
    let mut estimator = super::Estimator::new(table.site()).unwrap();
    let mut last = None;
    for (k, reading) in readings.enumerate() {
        estimator.push(reading).unwrap();
        // An answer on the way changes nothing.
        if k % 700 == 650 {
            last = Some(estimator.answer().unwrap());
        }
    }
    let streamed = estimator.answer().unwrap();
    assert_eq!(batch, streamed);
    // Answers on the way come closer.
    let early = last.unwrap();
    for (a, b) in early.meters.iter().zip(&streamed.meters) {
        assert!(
            (a.belief.error - b.belief.error).abs() < 3.0 * (a.belief.uncertainty + b.belief.uncertainty)
        );
    }
}

#[test]
fn blocks_lose_nothing_against_one_dense_solution() {
    // The moments of blocks against generalised least squares over all rows at once: the noise
    // hardly differs, so the estimates must agree well within their uncertainty.
    let setup = Setup {
        days: 100,
        ..hourly()
    };
    let table = Table::new(&setup);
    let blocks = table.answer();
    let rows = table.rows();
    let readings = rows.iter().map(|(time, master, meters)| Reading {
        time: *time,
        master: *master,
        meters,
    });
    let dense = table.estimator().in_one_block(readings).answer().unwrap();
    for (a, b) in blocks.meters.iter().zip(&dense.meters) {
        assert!(
            (a.belief.error - b.belief.error).abs() < 0.6 * b.belief.uncertainty,
            "{} {} {}",
            a.belief.error,
            b.belief.error,
            b.belief.uncertainty
        );
        assert!((a.belief.uncertainty / b.belief.uncertainty - 1.0).abs() < 0.25);
    }
}

#[test]
fn memory_does_not_grow_with_time() {
    let short = Table::new(&Setup { days: 60, ..hourly() })
        .estimator()
        .heap_bytes();
    let long = Table::new(&Setup {
        days: 240,
        ..hourly()
    })
    .estimator()
    .heap_bytes();
    assert!(long <= 2 * short.max(1_024 * 13 * 8), "{short} {long}");
}
