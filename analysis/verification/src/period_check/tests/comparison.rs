//! |E_n| of two instruments: the edge, what is too little, what is left out.

use super::*;

fn procedure() -> Procedure {
    Procedure::parse(crate::period_check::SHIPPED[0].1).unwrap()
}

fn pair(subject: &str, reference: &str, pairs: i64) -> Evidence {
    let side = |device: &str, value: &str, u95: &str| Side {
        device: device.to_owned(),
        name: device.to_owned(),
        manufacturer: "示例仪表".to_owned(),
        model: "pt100k".to_owned(),
        serial: format!("S-{device}"),
        u95: exact(u95),
        point: "pressure".to_owned(),
        readings: (0..pairs)
            .map(|i| Sample {
                nominal: start() + SignedDuration::from_mins(i),
                taken: start() + SignedDuration::from_mins(i),
                value: Some(exact(value)),
                quality: Quality::Good,
            })
            .collect(),
    };
    Evidence {
        window: Window::new(start(), start() + SignedDuration::from_mins(pairs.max(1))).unwrap(),
        period_seconds: 60,
        subject: side("p-1", subject, "0.3"),
        reference: Some(side("p-2", reference, "0.4")),
        standard: None,
        mpev: None,
        interval_days: None,
        ..evidence(1, noise)
    }
    .checked()
    .unwrap()
}

#[test]
fn the_edge_is_inside_and_one_digit_more_is_not() {
    let edge = check(&procedure(), &pair("500.5", "500.0", 20));
    assert_eq!(edge.verdict, Verdict::Conforms);
    let line = edge.period_check.as_ref().unwrap();
    assert_eq!(line.e_n.as_deref(), Some("1.000000"));
    assert_eq!(line.permitted_difference, "0.500000");
    let means = (line.subject_mean.as_deref(), line.reference_mean.as_deref());
    assert_eq!(means, (Some("500.500000"), Some("500.000000")));
    let over = check(&procedure(), &pair("500.50000001", "500.0", 20));
    assert_eq!(over.verdict, Verdict::DoesNotConform);
    assert_eq!(over.period_check.unwrap().e_n.as_deref(), Some("1.000001"));
    assert!(edge.nature.zh.contains("不提供溯源性"));
    assert!(
        edge.control.is_none(),
        "a procedure without chart and drift says nothing of them"
    );
}

#[test]
fn what_cannot_be_judged_is_left_open() {
    for pairs in [0, 9] {
        let few = check(&procedure(), &pair("500.0", "500.0", pairs));
        assert_eq!(few.verdict, Verdict::Inconclusive);
        assert_eq!(few.reasons[0].code, Code::TooFewPairs);
    }
    let mut bad = pair("500.0", "500.0", 30);
    bad.subject.u95 = exact("0");
    assert_eq!(
        check(&procedure(), &bad).reasons[0].code,
        Code::UncertaintyNotPositive
    );
    bad.reference.as_mut().unwrap().readings.truncate(20);
    let count = check(&procedure(), &bad).intervals;
    assert_eq!(
        (count.used, count.excluded, count.largest_gap_seconds),
        (20, 10, 600)
    );
}

#[test]
fn a_window_off_the_grid_counts_the_times_inside() {
    let whole = pair("500.0", "500.0", 30);
    let mut off = whole.clone();
    let half = SignedDuration::from_secs(30);
    off.window = Window::new(whole.window.from - half, whole.window.to - half).unwrap();
    let count = |evidence: &Evidence| {
        let found = check(&procedure(), evidence).intervals;
        (found.expected, found.used, found.largest_gap_seconds)
    };
    assert_eq!((count(&whole), count(&off)), ((30, 30, 0), (30, 30, 0)));
    off.subject.readings.pop();
    assert_eq!(count(&off), (30, 29, 60));
}

#[test]
fn a_recheck_agrees() {
    let evidence = pair("500.1", "500.0", 20);
    let mut bundle = Bundle {
        format: crate::recheck::FORMAT,
        conclusion: check(&procedure(), &evidence),
        evidence: evidence.canonical(),
        procedure: procedure().text().to_owned(),
        record: None,
    };
    assert!(recheck(&bundle).unwrap().agrees);
    bundle.evidence = bundle.evidence.replacen("500.1", "500.2", 1);
    assert!(!recheck(&bundle).unwrap().agrees);
}

#[test]
fn a_chart_needs_to_know_its_points() {
    let text = crate::period_check::SHIPPED[1].1;
    let cut = text.find("[subgroup]").unwrap()..text.find("[chart]").unwrap();
    let mut without = text.to_owned();
    without.replace_range(cut, "");
    let error = Procedure::parse(&without).unwrap_err().to_string();
    assert!(error.contains("chart: needs [subgroup]"), "{error}");
}

#[test]
fn a_second_instrument_is_another_one() {
    let mut same = pair("500.1", "500.0", 20);
    same.reference.as_mut().unwrap().serial = "s-p-1 ".to_owned();
    let open = check(&procedure(), &same);
    assert_eq!(open.verdict, Verdict::Inconclusive);
    assert_eq!(open.reasons[0].code, Code::SelfComparison);
}
