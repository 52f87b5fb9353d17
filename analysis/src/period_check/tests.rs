use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::recheck::{Bundle, recheck};

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

fn evidence(subject: &str, reference: &str, pairs: i64) -> Evidence {
    let from: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let side = |device: &str, value: &str, u95: &str| Side {
        device: device.to_owned(),
        name: device.to_owned(),
        manufacturer: "示例仪表".to_owned(),
        model: "pt100k".to_owned(),
        serial: "1".to_owned(),
        u95: exact(u95),
        point: "pressure".to_owned(),
        readings: (0..pairs)
            .map(|i| Sample {
                nominal: from + SignedDuration::from_mins(i),
                taken: from + SignedDuration::from_mins(i),
                value: Some(exact(value)),
                quality: Quality::Good,
            })
            .collect(),
    };
    Evidence {
        format: 1,
        kind: Kind::PeriodCheck,
        window: Window::new(from, from + SignedDuration::from_hours(24)).unwrap(),
        period_seconds: 60,
        quantity: "pressure".to_owned(),
        unit: "kPa".to_owned(),
        subject: side("p-1", subject, "0.3"),
        reference: side("p-2", reference, "0.4"),
    }
}

#[test]
fn the_edge_is_inside_and_one_digit_more_is_not() {
    let procedure = Procedure::shipped().unwrap();
    let edge = check(&procedure, &evidence("500.5", "500.0", 20));
    assert_eq!(edge.verdict, Verdict::Conforms);
    let line = edge.period_check.as_ref().unwrap();
    assert_eq!(line.e_n.as_deref(), Some("1.000000"));
    assert_eq!(line.permitted_difference, "0.500000");
    let over = check(&procedure, &evidence("500.50000001", "500.0", 20));
    assert_eq!(over.verdict, Verdict::DoesNotConform);
    assert_eq!(over.period_check.unwrap().e_n.as_deref(), Some("1.000001"));
    assert!(edge.nature.zh.contains("不具溯源性") || edge.nature.zh.contains("不提供溯源性"));
}

#[test]
fn what_cannot_be_judged_is_left_open() {
    let procedure = Procedure::shipped().unwrap();
    let few = check(&procedure, &evidence("500.0", "500.0", 9));
    assert_eq!(few.verdict, Verdict::Inconclusive);
    assert_eq!(few.reasons[0].code, Code::TooFewPairs);
    let none = check(&procedure, &evidence("500.0", "500.0", 0));
    assert_eq!(none.verdict, Verdict::Inconclusive);
    let mut bad = evidence("500.0", "500.0", 30);
    bad.subject.u95 = exact("0");
    assert_eq!(
        check(&procedure, &bad).reasons[0].code,
        Code::UncertaintyNotPositive
    );
    bad.reference.readings.truncate(20);
    assert_eq!(check(&procedure, &bad).intervals.excluded, 10);
}

#[test]
fn a_recheck_agrees() {
    let procedure = Procedure::shipped().unwrap();
    let evidence = evidence("500.1", "500.0", 20);
    let mut bundle = Bundle {
        format: crate::recheck::FORMAT,
        conclusion: check(&procedure, &evidence),
        evidence: evidence.canonical(),
        procedure: procedure.text().to_owned(),
    };
    assert!(recheck(&bundle).unwrap().agrees);
    bundle.evidence = bundle.evidence.replacen("500.1", "500.2", 1);
    assert!(!recheck(&bundle).unwrap().agrees);
}
