//! A time that cannot be true keeps its reading aside; one that runs ahead hides nothing.

use devices::{Failure, Quality, SeriesId};
use uplink::Sweep;

use crate::site::{NOW, Site, site, volts};

const DAY: i64 = 24 * 3600;

fn series() -> SeriesId {
    "m-01/voltage.a".parse().unwrap()
}

async fn latest(site: &Site) -> (String, &'static str) {
    let latest = site.gateway.store().latest(&[series()]).await.unwrap();
    let reading = latest[0].clone().expect("a reading");
    let value = reading.value.map_or_else(String::new, |value| value.to_string());
    (value, reading.quality.name())
}

fn failed(at: i64) -> Sweep {
    let mut failed = volts(at, 0);
    failed.values[0].number = None;
    failed.values[0].quality = Quality::Bad(Failure::NoAnswer).code();
    failed
}

/// Nominal and true time, in seconds.
fn timed(nominal: i64, taken: i64) -> Sweep {
    let mut sweep = volts(nominal, 22_000);
    sweep.taken_us = taken * 1_000_000;
    sweep
}

#[tokio::test]
async fn implausible_times_are_kept_aside_with_a_reason_and_counted() {
    let site = site().await;
    let year_2300 = 10_413_792_000;
    for (sequence, (nominal, taken, reason)) in (1..).zip([
        (year_2300, year_2300, "time-ahead"),
        (NOW, NOW + DAY + 1, "time-ahead"),
        (0, 0, "time-before-2020"),
        (NOW, 0, "time-before-2020"),
        (946_684_800, NOW, "time-before-2020"),
        (NOW - 367 * DAY, NOW, "times-apart"),
        (NOW - 10 * DAY, NOW - 12 * DAY, "times-apart"),
    ]) {
        let ack = site.good(sequence, vec![timed(nominal, taken)]).await;
        assert_eq!((ack.stored, ack.refused), (0, 1), "{nominal} {taken}");
        assert_eq!(ack.refusals[0].reason, reason, "{nominal} {taken}");
    }
    site.good(20, vec![volts(NOW, 22010)]).await;
    assert_eq!(latest(&site).await, ("220.10".to_owned(), "good"));
    let health = site.gateway.health();
    assert_eq!(health.refused["time-before-2020"], 3);
    let shown = &health.collectors["edge-1"].refused["time-ahead"];
    assert_eq!((shown.readings, shown.device.as_str()), (2, "m-01"));
    assert!(
        site.gateway
            .metrics_text()
            .contains("collector_refused_readings_total{collector=\"edge-1\",reason=\"time-ahead\"} 2")
    );
    let held = site.gateway.journal().statistics().await.unwrap();
    assert_eq!((held.quarantined, held.readings), (7, 1), "kept, not dropped");
}

#[tokio::test]
async fn what_a_logger_brings_late_and_a_slot_slept_through_are_admitted() {
    let site = site().await;
    let sweeps = vec![
        timed(NOW - 90 * DAY, NOW),
        timed(NOW - 60, NOW),
        timed(NOW, NOW - 1),
    ];
    let ack = site.good(1, sweeps).await;
    assert_eq!((ack.stored, ack.refused, ack.lowered), (3, 0, 0));
}

#[tokio::test]
async fn a_clock_that_runs_ahead_hides_nothing_whether_it_read_or_failed() {
    for ahead in [volts(NOW + 3600, 99_900), failed(NOW + 3600)] {
        let site = site().await;
        site.good(1, vec![volts(NOW - 60, 22010)]).await;
        assert_eq!(site.good(2, vec![ahead.clone()]).await.lowered, 1);
        assert_eq!(latest(&site).await, ("220.10".to_owned(), "good"));
        site.good(3, vec![volts(NOW, 22020)]).await;
        assert_eq!(latest(&site).await, ("220.20".to_owned(), "good"));

        // Alone it is all there is, until anything else comes.
        let fresh = self::site().await;
        fresh.good(1, vec![ahead]).await;
        fresh.good(2, vec![volts(NOW - 60, 22030)]).await;
        assert_eq!(latest(&fresh).await, ("220.30".to_owned(), "good"));
    }
}

#[tokio::test]
async fn a_failure_ahead_of_time_says_so_and_one_in_time_keeps_its_own_reason() {
    let site = site().await;
    site.good(1, vec![failed(NOW), failed(NOW + 3600)]).await;
    let names: Vec<&str> = site
        .stored("m-01/voltage.a")
        .await
        .iter()
        .map(|one| one.quality.name())
        .collect();
    assert_eq!(names, ["no-answer", "untrusted-time"]);
    assert_eq!(site.gateway.health().lowered["untrusted-time"], 1);
}
