mod boundary;
mod comparison;
mod properties;
mod refused;
mod vectors;

use devices::{Quality, Window};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::evidence::Sample;
use crate::recheck::{Bundle, recheck};
use crate::verdict::{Code, Kind, Verdict};
use numbers::number::Exact;

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

fn start() -> Timestamp {
    "2026-02-28T16:00:00Z".parse().unwrap()
}

/// 48 readings a day of a check standard of 500 kPa; `day` gives the difference in 0.001 kPa.
fn evidence(days: i64, day: impl Fn(i64) -> i64) -> Evidence {
    let readings = (0..days * 48).map(|i| {
        let nominal = start() + SignedDuration::from_mins(30 * i);
        Sample {
            nominal,
            taken: nominal,
            value: Some(&exact("500") + &Exact::new(day(i / 48), -3)),
            quality: Quality::Good,
        }
    });
    Evidence {
        format: FORMAT,
        kind: Kind::PeriodCheck,
        window: Window::new(start(), start() + SignedDuration::from_hours(24 * days)).unwrap(),
        period_seconds: 1_800,
        quantity: "pressure".to_owned(),
        unit: "kPa".to_owned(),
        subject: Side {
            device: "p-1".to_owned(),
            name: "压力变送器".to_owned(),
            manufacturer: String::new(),
            model: String::new(),
            serial: String::new(),
            u95: exact("0.3"),
            point: "pressure".to_owned(),
            readings: readings.collect(),
        },
        reference: None,
        standard: Some(Standard {
            name: "核查标准 500 kPa".to_owned(),
            unit: "kPa".to_owned(),
            value: exact("500"),
            u95: exact("0.1"),
        }),
        baseline: None,
        history: Vec::new(),
        starts_anew: false,
        mpev: Some(exact("1.0")),
        interval_days: Some(365),
    }
    .checked()
    .unwrap()
}

fn noise(day: i64) -> i64 {
    [3, -5, 8, -2, 0, 6, -7, 4, -3, 1, -6, 7][usize::try_from(day % 12).unwrap()]
}

/// The shipped procedure with charts.
fn shipped() -> Procedure {
    Procedure::parse(super::SHIPPED[1].1).unwrap()
}

/// The shipped procedure with rules that decide and a shorter baseline.
fn strict() -> Procedure {
    let text = shipped().text().to_owned();
    let text = text
        .replace("baseline = 30", "baseline = 20")
        .replace("action = []", "action = [\"beyond-three-sigma\", \"ewma\"]")
        .replace(
            "warning = [\"beyond-three-sigma\", \"ewma\"]",
            "warning = [\"nine-on-one-side\", \"six-in-a-row\", \"two-of-three-beyond-two-sigma\", \"moving-range\"]",
        );
    Procedure::parse(&text).unwrap()
}

fn judged(evidence: &Evidence) -> Conclusion {
    let procedure = strict();
    let conclusion = check(&procedure, evidence);
    let bundle = Bundle {
        format: crate::recheck::FORMAT,
        conclusion: conclusion.clone(),
        evidence: evidence.canonical(),
        procedure: procedure.text().to_owned(),
        record: None,
    };
    let again = recheck(&bundle).unwrap();
    assert!(again.agrees, "{:?}", again.differences);
    assert!(!conclusion.moves_traceability && conclusion.nature.zh.contains("不提供溯源性"));
    assert_eq!(Conclusion::parse(&conclusion.to_json()).unwrap(), conclusion);
    conclusion
}

fn frozen(centre: &str, sigma: &str) -> Baseline {
    Baseline {
        unit: "kPa".to_owned(),
        centre: exact(centre),
        sigma: exact(sigma),
        from: "2025-11-01T00:00:00Z".parse().unwrap(),
        to: "2025-12-31T00:00:00Z".parse().unwrap(),
        points: 60,
        source: "check of 2025".to_owned(),
    }
}

fn past(date: &str, error: &str) -> PastResult {
    PastResult {
        date: date.parse().unwrap(),
        unit: "kPa".to_owned(),
        error: exact(error),
        u95: exact("0.05"),
        source: "证书".to_owned(),
    }
}

fn codes(conclusion: &Conclusion) -> Vec<Code> {
    conclusion.reasons.iter().map(|r| r.code).collect()
}

#[test]
fn in_control() {
    let found = judged(&evidence(30, noise));
    assert_eq!(found.verdict, Verdict::Conforms, "{:?}", found.reasons);
    let line = found.control.unwrap();
    let chart = line.chart.unwrap();
    assert_eq!(chart.points.len(), 30);
    assert_eq!(chart.points.iter().filter(|p| p.baseline).count(), 20);
    assert_eq!(chart.points[1].moving_range.as_deref(), Some("0.008000"));
    assert!(chart.points.iter().all(|p| p.signals.is_empty()));
    let check = found.period_check.unwrap();
    assert_eq!(
        (check.u_reference.as_str(), check.reference_mean.as_deref()),
        ("0.1", Some("500"))
    );
    // No history: neither a drift by results nor an interval, and the notes say so.
    assert!(line.drift.is_none() && line.interval.is_none());
    let notes: Vec<Code> = line.notes.iter().map(|n| n.code).collect();
    assert_eq!(notes, [Code::DriftNotComputed, Code::IntervalNotSuggested]);
    let window = line.window_drift.unwrap();
    assert!(!window.significant && window.crossing.is_none(), "{window:?}");
    let intervals = found.intervals;
    assert_eq!(
        (intervals.expected, intervals.used, intervals.largest_gap_seconds),
        (1440, 1440, 0)
    );
}

#[test]
fn signals_of_action_and_of_warning() {
    let jump = judged(&evidence(30, |day| noise(day) + if day == 27 { 40 } else { 0 }));
    assert_eq!(jump.verdict, Verdict::DoesNotConform);
    assert!(
        jump.reasons[0].en.contains("one point beyond 3σ"),
        "{:?}",
        jump.reasons
    );
    assert!(jump.reasons[0].zh.contains("控制限"));
    let shift = judged(&evidence(40, |day| noise(day) + if day >= 25 { 12 } else { 0 }));
    assert_eq!(shift.verdict, Verdict::DoesNotConform);
    let points = shift.control.unwrap().chart.unwrap().points;
    assert!(
        points[30..]
            .iter()
            .any(|p| p.signals.contains(&"ewma".to_owned()))
    );
    let run = judged(&evidence(
        34,
        |day| if day < 22 { noise(day) } else { day % 3 + 1 },
    ));
    assert_eq!(run.verdict, Verdict::Inconclusive);
    assert!(
        run.reasons.iter().any(|r| r.en.contains("nine points in a row")),
        "{:?}",
        run.reasons
    );
    let restless = judged(&evidence(30, |day| noise(day) + if day == 5 { 200 } else { 0 }));
    assert_eq!(restless.verdict, Verdict::Inconclusive);
    assert!(
        codes(&restless).contains(&Code::BaselineUnstable),
        "{:?}",
        restless.reasons
    );
}

#[test]
fn what_ships_only_asks_for_a_look() {
    let jump = evidence(40, |day| noise(day) + if day == 37 { 90 } else { 0 });
    let found = check(&shipped(), &jump);
    assert_eq!(found.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&found), [Code::ControlSignal, Code::ControlSignal]);
    assert!(found.rules[3].zh.contains("判异：无"), "{:?}", found.rules);
    let calm = check(&shipped(), &evidence(40, noise));
    assert_eq!(calm.verdict, Verdict::Conforms, "{:?}", calm.reasons);
}

#[test]
fn a_baseline_from_better_times() {
    let mut made = evidence(6, |day| noise(day) + 30);
    made.baseline = Some(frozen("0", "0.008"));
    let found = judged(&made);
    assert_eq!(found.verdict, Verdict::DoesNotConform);
    let chart = found.control.unwrap().chart.unwrap();
    assert_eq!((chart.upper.as_str(), chart.lower.as_str()), ("0.024", "-0.024"));
    assert!(chart.points.iter().all(|p| !p.baseline));
}

#[test]
fn the_difference_decides_first() {
    // |E_n| = 1 at √(0.3² + 0.1²) = 0.316 kPa.
    assert_eq!(
        judged(&evidence(30, |day| noise(day) + 310)).verdict,
        Verdict::Conforms
    );
    let far = judged(&evidence(30, |day| noise(day) + 320));
    assert_eq!(codes(&far), [Code::DifferenceTooLarge]);
    let few = judged(&evidence(2, noise));
    assert_eq!(codes(&few), [Code::TooFewPairs]);
    let short = judged(&evidence(10, noise));
    assert_eq!(codes(&short), [Code::TooFewPoints]);
    let flat = judged(&evidence(30, |_| 4));
    assert_eq!(codes(&flat), [Code::NoSpread]);
}

#[test]
fn drift_and_interval() {
    let mut made = evidence(30, |day| noise(day) + 240);
    made.history = vec![
        past("2025-03-01", "0.15"),
        past("2023-03-01", "0.00"),
        past("2024-03-01", "0.08"),
    ];
    made.mpev = Some(exact("0.8"));
    let made = made.checked().unwrap();
    let found = judged(&made);
    assert_eq!(found.verdict, Verdict::Conforms, "{:?}", found.reasons);
    let line = found.control.unwrap();
    let drift = line.drift.unwrap();
    assert_eq!(drift.results, 4);
    assert!(drift.significant);
    let rate: f64 = drift.rate_per_year.parse().unwrap();
    assert!((0.07..0.09).contains(&rate), "{rate}");
    // 0.24 kPa now, 0.08 a year: 0.8 kPa after seven years, within the horizon.
    let crossing = drift.crossing.unwrap();
    assert!(crossing.starts_with("2033-"), "{crossing}");
    assert!(drift.earliest_crossing.unwrap() < crossing);
    let interval = line.interval.unwrap();
    // 0.15 ≤ 0.8·0.8: a quarter longer.
    assert_eq!((interval.staircase_days, interval.suggested_days), (456, 456));
    let tight = Evidence {
        mpev: Some(exact("0.2")),
        ..made
    };
    let found = judged(&tight);
    assert_eq!(found.verdict, Verdict::Inconclusive);
    // Both by the dated results and by the points of the window.
    assert_eq!(codes(&found), [Code::DriftReachesLimit, Code::DriftReachesLimit]);
    let interval = found.control.unwrap().interval.unwrap();
    assert_eq!(interval.staircase_days, 456);
    assert!(interval.suggested_days <= 395, "{interval:?}");
}
