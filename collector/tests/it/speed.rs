//! Measured, not judged: `cargo test -p collector --release -- --ignored --nocapture speed`.

use std::time::Instant;

use collector::Spool;
use devices::DeviceId;
use uplink::{Sweep, SweepValue};

#[test]
#[ignore = "a measurement"]
fn speed_of_the_spool() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(folder.path(), "site-a").unwrap();
    let value = |point: usize| SweepValue {
        point: format!("point.{point}"),
        number: Some((22_010, 2)),
        quality: 0,
    };
    let sweeps: Vec<Sweep> = (0..500)
        .map(|number| Sweep {
            device: DeviceId::new(format!("m-{}", number % 15)).unwrap(),
            profile: "dtz341@1".to_owned(),
            nominal_us: number,
            taken_us: number,
            values: (0..10).map(value).collect(),
            raw: Vec::new(),
            message: Vec::new(),
        })
        .collect();
    let rounds = 200;
    let began = Instant::now();
    for _ in 0..rounds {
        spool.append(&sweeps).unwrap();
    }
    let appended = began.elapsed();
    let began = Instant::now();
    let (mut batches, mut bytes) = (0, 0);
    while let Some(batch) = spool.next_batch().unwrap() {
        batches += 1;
        bytes += batch.bytes.len();
        spool.acknowledge(&batch.key).unwrap();
    }
    let drained = began.elapsed();
    let count = rounds as f64 * sweeps.len() as f64;
    println!(
        "{count} sweeps of 10 values: append {:.0}/s ({:.2} ms per fsynced 500), drain {:.0}/s ({batches} batches, {:.1} bytes per value)",
        count / appended.as_secs_f64(),
        appended.as_secs_f64() * 1000.0 / rounds as f64,
        count / drained.as_secs_f64(),
        bytes as f64 / count / 10.0
    );
}
