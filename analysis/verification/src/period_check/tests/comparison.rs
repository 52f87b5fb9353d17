//! |E_n| of two instruments: the edge, what is too little, what is left out.

use super::*;

fn procedure() -> Procedure {
    Procedure::parse(text_of("period-check")).unwrap()
}

fn pair(subject: &str, reference: &str, pairs: i64) -> Evidence {
    let side = |device: &str, list: &[(&str, &str)]| Instrument {
        device: device.to_owned(),
        name: device.to_owned(),
        manufacturer: "示例仪表".to_owned(),
        model: "pt100k".to_owned(),
        serial: format!("S-{device}"),
        values: values(list),
        ..Instrument::default()
    };
    let series = |of: Role, value: &str| {
        let sample = |i: i64| Sample {
            nominal: start() + SignedDuration::from_mins(i),
            taken: start() + SignedDuration::from_mins(i),
            value: Some(exact(value)),
            quality: Quality::Good,
        };
        series_of(of, (0..pairs).map(sample).collect())
    };
    Evidence {
        window: Window::new(start(), start() + SignedDuration::from_mins(pairs.max(1))).unwrap(),
        period_seconds: 60,
        subject: side("p-1", &[("U", "0.3")]),
        reference: side("p-2", &[("U_ref", "0.4")]),
        series: BTreeMap::from([
            ("x".to_owned(), series(Role::Subject, subject)),
            ("X".to_owned(), series(Role::Reference, reference)),
        ]),
        ..evidence(1, noise)
    }
    .checked()
    .unwrap()
}

#[test]
fn the_edge_is_inside_and_one_digit_more_is_not() {
    let edge = judge(&procedure(), &pair("500.5", "500.0", 20));
    assert_eq!(edge.verdict, Verdict::Conforms);
    let line = body(&edge);
    assert_eq!(line.e_n.as_deref(), Some("1.000000"));
    assert_eq!(line.permitted_difference, "0.500000");
    let means = (line.subject_mean.as_deref(), line.reference_mean.as_deref());
    assert_eq!(means, (Some("500.500000"), Some("500.000000")));
    let over = judge(&procedure(), &pair("500.50000001", "500.0", 20));
    assert_eq!(over.verdict, Verdict::DoesNotConform);
    assert_eq!(body(&over).e_n.as_deref(), Some("1.000001"));
    assert!(edge.nature.zh.contains("不提供溯源性"));
    assert!(
        line.chart.is_none() && line.drift.is_none() && line.interval.is_none() && line.notes.is_empty(),
        "a procedure without chart and drift says nothing of them"
    );
}

#[test]
fn what_cannot_be_judged_is_left_open() {
    for pairs in [0, 9] {
        let few = judge(&procedure(), &pair("500.0", "500.0", pairs));
        assert_eq!(few.verdict, Verdict::Inconclusive);
        assert_eq!(few.reasons[0].code, Code::TooFewPairs);
    }
    let mut bad = pair("500.0", "500.0", 30);
    set_subject(&mut bad, "U", exact("0"));
    assert_eq!(
        judge(&procedure(), &bad).reasons[0].code,
        Code::UncertaintyNotPositive
    );
    bad.series.get_mut("X").unwrap().readings.truncate(20);
    let count = judge(&procedure(), &bad).slots;
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
        let found = judge(&procedure(), evidence).slots;
        (found.expected, found.used, found.largest_gap_seconds)
    };
    assert_eq!((count(&whole), count(&off)), ((30, 30, 0), (30, 30, 0)));
    readings(&mut off).pop();
    assert_eq!(count(&off), (30, 29, 60));
}

#[test]
fn a_recheck_agrees() {
    let evidence = pair("500.1", "500.0", 20);
    let mut bundle = Bundle {
        format: crate::recheck::FORMAT,
        conclusion: judge(&procedure(), &evidence),
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
    let text = text_of("period-check-chart");
    let cut = text.find("[subgroup]").unwrap()..text.find("[chart]").unwrap();
    let mut without = text.to_owned();
    without.replace_range(cut, "");
    let error = Procedure::parse(&without).unwrap_err().to_string();
    assert!(error.contains("chart: needs [subgroup]"), "{error}");
}

#[test]
fn a_second_instrument_is_another_one() {
    let mut same = pair("500.1", "500.0", 20);
    same.reference.serial = "s-p-1 ".to_owned();
    let open = judge(&procedure(), &same);
    assert_eq!(open.verdict, Verdict::Inconclusive);
    assert_eq!(open.reasons[0].code, Code::SelfComparison);
}
