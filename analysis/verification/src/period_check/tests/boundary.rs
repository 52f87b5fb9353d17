//! Edges that f64 would get wrong, gaps, and the freezing of limits.

use super::*;

#[test]
fn a_point_on_the_limit_is_inside() {
    // 3·0.1 is 0.30000000000000004 in f64, and 500.3 − 500 is 0.30000000000001137.
    let on = |thousandths: i64| {
        let mut made = evidence(6, move |day| if day == 4 { thousandths } else { noise(day) });
        known(&mut made).baseline = Some(frozen("0", "0.1"));
        chart(&judged(&made)).points[4].signals.clone()
    };
    assert!(!on(300).contains(&"beyond-three-sigma".to_owned()));
    assert!(on(301).contains(&"beyond-three-sigma".to_owned()));
}

#[test]
fn digits_beyond_f64_decide() {
    let mut made = evidence(30, noise);
    let huge = exact("123456789012345678");
    set_reference(&mut made, "X", &exact("500") + &huge);
    for sample in readings(&mut made) {
        sample.value = sample.value.take().map(|v| &v + &huge);
    }
    let (far, near) = (judged(&made), judged(&evidence(30, noise)));
    assert_eq!(chart(&far), chart(&near));
}

#[test]
fn the_recorded_decimals_of_a_drift_decide() {
    let with = |mpev: Exact| {
        let mut made = evidence(30, noise);
        known(&mut made).history = vec![
            past("2023-01-01", "0.20"),
            past("2024-01-01", "0.27"),
            past("2025-01-01", "0.36"),
        ];
        set_subject(&mut made, "MPEV", mpev);
        // A standard that says little, so that the present mean hardly moves the line.
        set_reference(&mut made, "U_ref", exact("5"));
        set_subject(&mut made, "U", exact("5"));
        judged(&made.checked().unwrap())
    };
    let drift = body(&with(exact("100"))).drift.clone().unwrap();
    let edge = &exact(&drift.error_now).abs() + &exact(&drift.u_now);
    let least = Exact::new(1, -12);
    let reasons = |mpev: Exact| {
        let found = with(mpev).reasons;
        found.iter().filter(|r| r.en.starts_with("dated results")).count()
    };
    assert_eq!(reasons(edge.clone()), 1);
    assert_eq!(reasons(&edge + &least), 0);
}

#[test]
fn gaps() {
    let without = |from: i64, to: i64| {
        let mut made = evidence(40, noise);
        let out = |day: i64| start() + SignedDuration::from_hours(24 * day);
        readings(&mut made).retain(|s| s.nominal < out(from) || s.nominal >= out(to));
        judged(&made)
    };
    // One day: no moving range across it, and the rest is judged.
    let one = without(25, 26);
    assert_eq!(one.verdict, Verdict::Conforms, "{:?}", one.reasons);
    let points = &chart(&one).points;
    assert_eq!(points.len(), 39);
    assert_eq!(
        (&points[25].moving_range, points[24].moving_range.is_some()),
        (&None, true)
    );
    assert_eq!(one.slots.largest_gap_seconds, 86_400);
    assert_eq!(
        (one.slots.expected, one.slots.used, one.slots.excluded),
        (1920, 1872, 48)
    );
    assert_eq!(one.excluded[0].reason.code, Code::ReadingMissing);
    assert_eq!(without(25, 32).verdict, Verdict::Conforms);
    let long = without(25, 33);
    assert_eq!(long.verdict, Verdict::Inconclusive);
    assert!(
        long.reasons[0]
            .en
            .contains("8 spans without a point after 2026-03-25T15:30:00Z, more than 7"),
        "{:?}",
        long.reasons
    );
    assert!(Baseline::freeze(&long).is_err());
}

#[test]
fn limits_are_frozen_from_a_check_that_conforms() {
    let first = judged(&evidence(30, noise));
    let baseline = Baseline::freeze(&first).unwrap();
    assert_eq!(
        (baseline.points, baseline.source.as_str()),
        (20, first.evidence_sha256.as_str())
    );
    let mut later = evidence(60, |day| noise(day) + if day == 57 { 50 } else { 0 });
    let day = |n: i64| start() + SignedDuration::from_hours(24 * n);
    later.window = Window::new(day(40), day(60)).unwrap();
    known(&mut later).baseline = Some(baseline.clone());
    let second = judged(&later.checked().unwrap());
    assert_eq!(second.verdict, Verdict::DoesNotConform);
    let (old, new) = (chart(&first), chart(&second));
    assert_eq!((&old.upper, &old.lower), (&new.upper, &new.lower));
    let signals: Vec<usize> = (0..new.points.len())
        .filter(|i| new.points[*i].signals.contains(&"beyond-three-sigma".to_owned()))
        .collect();
    assert_eq!(signals, [17]);

    assert!(matches!(
        Baseline::freeze(&second),
        Err(FreezeError::NotInControl(_))
    ));
    let mut again = evidence(60, noise);
    again.window = Window::new(day(40), day(60)).unwrap();
    known(&mut again).baseline = Some(baseline);
    let third = judged(&again.checked().unwrap());
    assert_eq!(third.verdict, Verdict::Conforms, "{:?}", third.reasons);
    assert_eq!(Baseline::freeze(&third), Err(FreezeError::AlreadyFrozen));
    let short = judged(&evidence(10, noise));
    assert_eq!(Baseline::freeze(&short), Err(FreezeError::NoChart));
}

#[test]
fn points_that_remember_are_told() {
    let slow = |day: i64| i64::from(i32::try_from(day % 24).unwrap() - 12).abs() - 6;
    let found = judged(&evidence(48, slow));
    let found = body(&found);
    assert!(found.notes.iter().any(|n| n.code == Code::PointsAutocorrelated));
    let drift = found.window_drift.clone().unwrap();
    let effective: f64 = drift.effective_results.unwrap().parse().unwrap();
    assert!(effective < 10.0, "{effective}");
    assert!(!drift.significant);
}

#[test]
fn a_steady_slope_is_found_in_the_window() {
    // 0.004 kPa a day is 1.461 a year; 1 kPa is 250 days from the start away.
    let found = judged(&evidence(40, |day| noise(day) + 4 * day));
    let found = body(&found);
    let drift = found.window_drift.clone().unwrap();
    let (rate, u): (f64, f64) = (
        drift.rate_per_year.parse().unwrap(),
        drift.u_rate_per_year.parse().unwrap(),
    );
    assert!(drift.significant && (rate - 1.461).abs() < u, "{drift:?}");
    let days = [
        drift.earliest_crossing.unwrap(),
        drift.crossing.unwrap(),
        drift.latest_crossing.unwrap(),
    ];
    assert!(days[0] < days[1] && days[1] < days[2], "{days:?}");
    assert!(days[1].starts_with("2026-11-"), "{days:?}");
}
