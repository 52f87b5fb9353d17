//! Readings that contradict each other, one instrument twice, a register that starts anew.

use super::registers::{by_day, water};
use super::*;

/// A day is one reading of a water meter: every second one is that of another meter.
fn alternating(days: usize, one: i64, other: i64) -> Evidence {
    let mut evidence = water(days, 0, by_day);
    let truth: Vec<_> = evidence.series["V0"]
        .readings
        .iter()
        .map(|s| s.value.clone().unwrap())
        .collect();
    let mut counted = truth[0].clone();
    let volume = &mut evidence.series.get_mut("V").unwrap().readings;
    for (minute, sample) in volume.iter_mut().enumerate().skip(1) {
        let error = if (minute - 1) / 1440 % 2 == 0 { one } else { other };
        let consumed = &truth[minute] - &truth[minute - 1];
        let factor = numbers::number::Exact::new(1_000_000 + error, -6);
        counted = &counted + &(&consumed * &factor);
        sample.value = Some(counted.clone());
    }
    volume[0].value = Some(truth[0].clone());
    evidence.checked().unwrap()
}

#[test]
fn days_that_contradict_each_other_are_no_result() {
    let procedure = shipped("water-meter-online");
    // Class 2: ±4 % here.
    let open = judged(&procedure, &alternating(4, 30_000, -30_000));
    assert_eq!(open.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&open), [Code::Scatter]);
    let at = point(&open, "Q2-Q4");
    assert_eq!(at.verdict, Some(Verdict::Inconclusive));
    assert_eq!(at.readings_used, 4);
    let reason = &at.reasons[0];
    assert_eq!(reason.parameters["permitted"], "1.333333");
    assert!(
        exact(&reason.parameters["deviation"]) > exact("2.9"),
        "{reason:?}"
    );
    // Less than a third of the limit to each side is what such meters do.
    let good = judged(&procedure, &alternating(4, 12_000, -12_000));
    assert_eq!(good.verdict, Verdict::Conforms, "{:?}", good.reasons);
    let bad = judged(&procedure, &alternating(4, 60_000, 90_000));
    assert_eq!(bad.verdict, Verdict::DoesNotConform, "{:?}", bad.reasons);
}

#[test]
fn hours_that_contradict_each_other_are_no_result() {
    let procedure = shipped("digital-pressure-gauge-online");
    let mut evidence = gauge("0.00");
    // Class 0.5 of 1600 kPa: ±8 kPa. Every other hour 3 kPa high, then as much low.
    for (minute, sample) in evidence
        .series
        .get_mut("p")
        .unwrap()
        .readings
        .iter_mut()
        .enumerate()
    {
        let error = if minute / 60 % 2 == 0 { "3" } else { "-3" };
        sample.value = sample.value.as_ref().map(|v| v + &exact(error));
    }
    let open = judged(&procedure, &evidence);
    assert_eq!(open.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&open), [Code::Scatter; 4]);
}

#[test]
fn a_reset_register_stops_the_run() {
    let procedure = shipped("water-meter-online");
    let mut evidence = water(2, 10_000, by_day);
    for sample in evidence
        .series
        .get_mut("V")
        .unwrap()
        .readings
        .iter_mut()
        .skip(500)
    {
        sample.value = sample.value.as_ref().map(|v| v - &exact("150"));
    }
    let open = judged(&procedure, &evidence);
    assert_eq!(open.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&open), [Code::RegisterReset]);
    assert_eq!(open.reasons[0].parameters["meter"], "w-1 (w-1)");
    assert_eq!(open.reasons[0].parameters["at"], "2026-03-02T00:20:00Z");
}

#[test]
fn an_instrument_is_not_compared_with_itself() {
    let procedure = shipped("digital-pressure-gauge-online");
    let mut evidence = gauge("0.00");
    evidence.subject.serial = "s-REF-1".to_owned();
    let open = judged(&procedure, &evidence);
    assert_eq!(open.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&open), [Code::SelfComparison]);
    assert_eq!(
        open.reasons[0].en,
        "subject and reference are one instrument: both have the serial number s-REF-1"
    );
}
