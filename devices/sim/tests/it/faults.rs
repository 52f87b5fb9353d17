//! Faults of the value: scripted ones are a pure function of the time.

use devices::Quality;
use field_sim::{Fault, FaultKind, Site, When};
use jiff::SignedDuration;

use super::site::{id, time};

fn shown(site: &Site, device: &str, point: &str, at: &str) -> String {
    let sweep = site.sweep_at(&id(device), time(at)).unwrap();
    let point = sweep.points.iter().find(|p| p.name.as_str() == point).unwrap();
    assert_eq!(point.quality, Quality::Good);
    point.value.unwrap().to_string()
}

#[test]
fn a_stuck_instrument_repeats_itself_and_then_moves_on() {
    let site = Site::demo();
    let healthy = shown(&site, "m-01", "energy.active.import", "2026-11-17T03:30:00Z");
    let when = When::Between(time("2026-11-17T02:00:00Z"), time("2026-11-17T03:00:00Z"));
    site.inject(
        &id("m-01"),
        Fault {
            kind: FaultKind::Stuck,
            when,
        },
    )
    .unwrap();
    let at = |text: &str| shown(&site, "m-01", "energy.active.import", text);
    assert_eq!(at("2026-11-17T02:10:00Z"), at("2026-11-17T02:50:00Z"));
    assert_ne!(at("2026-11-17T01:50:00Z"), at("2026-11-17T02:10:00Z"));
    assert_eq!(at("2026-11-17T03:30:00Z"), healthy);
    site.clear_faults(&id("m-01"));
    assert_ne!(at("2026-11-17T02:10:00Z"), at("2026-11-17T02:50:00Z"));
}

#[test]
fn a_reset_register_starts_again_from_zero() {
    let site = Site::demo();
    let reset = time("2026-11-17T02:00:00Z");
    let when = When::Between(reset, reset + SignedDuration::from_secs(1));
    site.inject(
        &id("m-03"),
        Fault {
            kind: FaultKind::RegisterReset,
            when,
        },
    )
    .unwrap();
    assert_eq!(
        shown(&site, "m-03", "energy.active.import", "2026-11-17T02:00:00Z"),
        "0.000"
    );
    let later: f64 = shown(&site, "m-03", "energy.active.import", "2026-11-17T04:00:00Z")
        .parse()
        .unwrap();
    assert!(later > 3.0 && later < 8.0, "{later}");
    let before: f64 = shown(&site, "m-03", "energy.active.import", "2026-11-17T01:59:59Z")
        .parse()
        .unwrap();
    assert!(before > 4051.0);
}

#[test]
fn a_fault_for_nobody_is_refused() {
    let fault = Fault {
        kind: FaultKind::Gap,
        when: When::Always,
    };
    assert!(
        Site::demo()
            .inject(&id("m-99"), fault)
            .unwrap_err()
            .to_string()
            .contains("no device \"m-99\"")
    );
}

#[test]
fn faults_read_from_the_site_file() {
    let text = field_sim::site::DEMO.replace(
        "initial = \"310.0000\"",
        "initial = \"310.0000\"\nfault = [{ kind = \"late\", milliseconds = 250, when = { every-nth = 20 } }, \
         { kind = \"stuck\", when = { between = [\"2026-11-17T02:00:00Z\", \"2026-11-17T03:00:00Z\"] } }, \
         { kind = \"gap\", when = \"always\" }]",
    );
    let site = Site::parse(&text).unwrap();
    let at = |text: &str| shown(&site, "ref-1", "energy.active.import", text);
    assert_eq!(at("2026-11-17T02:10:00Z"), at("2026-11-17T02:50:00Z"));
    let broken = text.replace("milliseconds = 250", "milliseconds = 250, colour = 1");
    assert!(Site::parse(&broken).is_err());
}
