mod boundary;
mod comparison;
mod properties;
mod refused;
mod vectors;

use std::collections::BTreeMap;

use devices::{Quality, Window};
use jiff::{SignedDuration, Timestamp};
use numbers::number::Exact;

use super::FreezeError;
use super::rules::PeriodCheckRules;
use crate::conclusion::{ChartLine, Code, Conclusion, PeriodCheck, Verdict};
use crate::evidence::{
    Baseline, Check, Evidence, FORMAT, Instrument, PastResult, Role, Sample, Series, Value,
};
use crate::judge;
use crate::procedure::{Procedure, Rules, SHIPPED};
use crate::recheck::{Bundle, recheck};

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
        window: Window::new(start(), start() + SignedDuration::from_hours(24 * days)).unwrap(),
        period_seconds: 1_800,
        subject: Instrument {
            device: "p-1".to_owned(),
            name: "压力变送器".to_owned(),
            values: values(&[("U", "0.3"), ("MPEV", "1.0")]),
            ..Instrument::default()
        },
        reference: Instrument {
            name: "核查标准 500 kPa".to_owned(),
            values: values(&[("X", "500"), ("U_ref", "0.1")]),
            ..Instrument::default()
        },
        certificate: None,
        series: BTreeMap::from([("x".to_owned(), series_of(Role::Subject, readings.collect()))]),
        check: Some(Check {
            quantity: "pressure".to_owned(),
            interval_days: Some(365),
            ..Check::default()
        }),
    }
    .checked()
    .unwrap()
}

fn values(list: &[(&str, &str)]) -> BTreeMap<String, Value> {
    let value = |text: &str| Value {
        value: exact(text),
        unit: "kPa".to_owned(),
    };
    list.iter()
        .map(|(symbol, text)| ((*symbol).to_owned(), value(text)))
        .collect()
}

fn series_of(of: Role, readings: Vec<Sample>) -> Series {
    Series {
        of,
        point: "pressure".to_owned(),
        unit: "kPa".to_owned(),
        resolution: None,
        modulus: None,
        largest_step: None,
        negative: None,
        readings,
    }
}

/// Readings of the subject.
fn readings(evidence: &mut Evidence) -> &mut Vec<Sample> {
    &mut evidence.series.get_mut("x").unwrap().readings
}

fn known(evidence: &mut Evidence) -> &mut Check {
    evidence.check.as_mut().unwrap()
}

fn set_subject(evidence: &mut Evidence, symbol: &str, to: Exact) {
    evidence.subject.values.get_mut(symbol).unwrap().value = to;
}

fn set_reference(evidence: &mut Evidence, symbol: &str, to: Exact) {
    evidence.reference.values.get_mut(symbol).unwrap().value = to;
}

fn body(conclusion: &Conclusion) -> &PeriodCheck {
    conclusion.period_check().unwrap()
}

fn chart(conclusion: &Conclusion) -> &ChartLine {
    body(conclusion).chart.as_ref().unwrap()
}

fn rules(procedure: &Procedure) -> &PeriodCheckRules {
    match procedure.rules() {
        Rules::PeriodCheck(rules) => rules,
        Rules::Comparison(_) => panic!("a period check"),
    }
}

fn text_of(id: &str) -> &'static str {
    SHIPPED.iter().find(|(name, _)| *name == id).unwrap().1
}

fn noise(day: i64) -> i64 {
    [3, -5, 8, -2, 0, 6, -7, 4, -3, 1, -6, 7][usize::try_from(day % 12).unwrap()]
}

/// The shipped procedure with charts.
fn shipped() -> Procedure {
    Procedure::parse(text_of("period-check-chart")).unwrap()
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
    let conclusion = judge(&procedure, evidence);
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
    let line = body(&found);
    let chart = chart(&found);
    assert_eq!(chart.points.len(), 30);
    assert_eq!(chart.points.iter().filter(|p| p.baseline).count(), 20);
    assert_eq!(chart.points[1].moving_range.as_deref(), Some("0.008000"));
    assert!(chart.points.iter().all(|p| p.signals.is_empty()));
    assert_eq!(
        (line.u_reference.as_str(), line.reference_mean.as_deref()),
        ("0.1", Some("500"))
    );
    // No history: neither a drift by results nor an interval, and the notes say so.
    assert!(line.drift.is_none() && line.interval.is_none());
    let notes: Vec<Code> = line.notes.iter().map(|n| n.code).collect();
    assert_eq!(notes, [Code::DriftNotComputed, Code::IntervalNotSuggested]);
    let window = line.window_drift.as_ref().unwrap();
    assert!(!window.significant && window.crossing.is_none(), "{window:?}");
    let slots = &found.slots;
    assert_eq!(
        (slots.expected, slots.used, slots.largest_gap_seconds),
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
    let points = &chart(&shift).points;
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
    let found = judge(&shipped(), &jump);
    assert_eq!(found.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&found), [Code::ControlSignal, Code::ControlSignal]);
    assert!(found.rules[3].zh.contains("判异：无"), "{:?}", found.rules);
    let calm = judge(&shipped(), &evidence(40, noise));
    assert_eq!(calm.verdict, Verdict::Conforms, "{:?}", calm.reasons);
}

#[test]
fn a_baseline_from_better_times() {
    let mut made = evidence(6, |day| noise(day) + 30);
    known(&mut made).baseline = Some(frozen("0", "0.008"));
    let found = judged(&made);
    assert_eq!(found.verdict, Verdict::DoesNotConform);
    let chart = chart(&found);
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
    known(&mut made).history = vec![
        past("2025-03-01", "0.15"),
        past("2023-03-01", "0.00"),
        past("2024-03-01", "0.08"),
    ];
    set_subject(&mut made, "MPEV", exact("0.8"));
    let made = made.checked().unwrap();
    let found = judged(&made);
    assert_eq!(found.verdict, Verdict::Conforms, "{:?}", found.reasons);
    let line = body(&found);
    let drift = line.drift.clone().unwrap();
    assert_eq!(drift.results, 4);
    assert!(drift.significant);
    let rate: f64 = drift.rate_per_year.parse().unwrap();
    assert!((0.07..0.09).contains(&rate), "{rate}");
    // 0.24 kPa now, 0.08 a year: 0.8 kPa after seven years, within the horizon.
    let crossing = drift.crossing.unwrap();
    assert!(crossing.starts_with("2033-"), "{crossing}");
    assert!(drift.earliest_crossing.unwrap() < crossing);
    let interval = line.interval.as_ref().unwrap();
    // 0.15 ≤ 0.8·0.8: a quarter longer.
    assert_eq!((interval.staircase_days, interval.suggested_days), (456, 456));
    let mut tight = made;
    set_subject(&mut tight, "MPEV", exact("0.2"));
    let found = judged(&tight);
    assert_eq!(found.verdict, Verdict::Inconclusive);
    // Both by the dated results and by the points of the window.
    assert_eq!(codes(&found), [Code::DriftReachesLimit, Code::DriftReachesLimit]);
    let interval = body(&found).interval.as_ref().unwrap();
    assert_eq!(interval.staircase_days, 456);
    assert!(interval.suggested_days <= 395, "{interval:?}");
}
