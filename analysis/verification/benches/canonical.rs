//! Canonical bytes of 90 days of minute readings of an energy meter, six series: CPU milliseconds and MB/s.

use std::collections::BTreeMap;

use devices::{Quality, Window};
use jiff::{SignedDuration, Timestamp};
use numbers::number::Exact;
use verification::evidence::{Evidence, FORMAT, Instrument, Role, Sample, Series};

const MINUTES: i64 = 90 * 1440;

fn evidence() -> Evidence {
    let from: Timestamp = "2026-03-01T16:00:00Z".parse().unwrap();
    let series = |n: i64| {
        let sample = |minute: i64| Sample {
            nominal: from + SignedDuration::from_mins(minute),
            taken: from + SignedDuration::from_millis(minute * 60_000 + 120),
            value: Some(Exact::new(1_234_567 + n + 17 * minute, -3)),
            quality: Quality::Good,
        };
        let series = Series {
            of: Role::Subject,
            point: "energy.active.import".to_owned(),
            unit: "kWh".to_owned(),
            resolution: Some(Exact::new(1, -3)),
            modulus: None,
            largest_step: None,
            negative: None,
            readings: (0..=MINUTES).map(sample).collect(),
        };
        (format!("W{n}"), series)
    };
    Evidence {
        format: FORMAT,
        window: Window::new(from, from + SignedDuration::from_mins(MINUTES)).unwrap(),
        period_seconds: 60,
        subject: Instrument::default(),
        reference: Instrument::default(),
        certificate: None,
        series: (0..6).map(series).collect::<BTreeMap<_, _>>(),
        check: None,
    }
}

/// CPU seconds of this thread; the machine may be shared.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

fn main() {
    let evidence = evidence();
    for _ in 0..5 {
        let start = cpu();
        let length = evidence.canonical().len();
        let seconds = cpu() - start;
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let megabytes = length as f64 / 1e6;
        println!(
            "{megabytes:.1} MB in {:.0} ms, {:.0} MB/s",
            1e3 * seconds,
            megabytes / seconds
        );
    }
}
