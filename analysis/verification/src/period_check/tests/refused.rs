//! What is refused, with its place and cure.

use super::*;
use crate::conclusion::Body;

#[test]
fn bad_files_are_refused_with_their_line() {
    let text = strict().text().to_owned();
    for (from, to, wanted) in [
        ("format = 2", "format = 7", "line 4 column 10, format: 7"),
        ("baseline = 20", "baseline = 4", "chart: a baseline of at least 5"),
        (
            "\"ewma\"]",
            "\"ewma\", \"moving-range\"]",
            "chart: moving-range is action and warning",
        ),
        (
            "\"ewma\"]",
            "\"ewmo\"]",
            "line 42 column 33, chart: \"ewmo\" is no rule; use western-electric, nelson",
        ),
        ("lambda = \"0.2\"", "lambda = \"1.2\"", "chart: lambda above 0"),
        (
            "lambda = \"0.2\"",
            "lambda = 0.2",
            "numbers are written in quotes",
        ),
        ("seconds = 86400", "seconds = 0", "subgroup: seconds"),
        ("least_results = 3", "least_results = 1", "drift: two results"),
        ("extend = \"1.25\"", "extend = \"0.9\"", "interval: 0 < within"),
        (
            "status = \"draft\"",
            "status = \"approved\"",
            "basis: an approved procedure needs its edition",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let error = Procedure::parse(&text.replacen(from, to, 1))
            .unwrap_err()
            .to_string();
        assert!(error.contains(wanted), "{to}: {error}");
    }
}

#[test]
fn named_sets_of_rules() {
    let text = strict().text().to_owned();
    let start = text.find("action = ").unwrap();
    let end = text.find("lambda = ").unwrap();
    let with = |rules: &str| Procedure::parse(&format!("{}{rules}\n{}", &text[..start], &text[end..]));
    let procedure =
        with("action = [\"western-electric\", \"beyond-three-sigma\"]\nwarning = [\"ewma\"]").unwrap();
    assert_eq!(rules(&procedure).chart.as_ref().unwrap().action.len(), 4);
    let procedure = with("action = []\nwarning = [\"nelson\"]").unwrap();
    assert_eq!(rules(&procedure).chart.as_ref().unwrap().warning.len(), 8);
    let error = with("action = [\"western-electric\"]\nwarning = [\"nelson\"]").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("beyond-three-sigma is action and warning"),
        "{error}"
    );
    assert!(
        with("action = []\nwarning = []")
            .unwrap_err()
            .to_string()
            .contains("no rule")
    );
    // Twenty points of the baseline and five to judge; five when the limits are frozen.
    assert_eq!(rules(&procedure).least_window_seconds(false), 25 * 86_400);
    assert_eq!(rules(&procedure).least_window_seconds(true), 5 * 86_400);
}

#[test]
fn bad_evidence_is_refused_with_its_place() {
    type Change = fn(&mut Evidence);
    let cases: [(Change, &str); 22] = [
        (|e| e.format = 1, "format: is 1, this engine reads 3"),
        (|e| drop(e.series.remove("x")), "series x: is missing"),
        (|e| drop(e.subject.values.remove("U")), "subject, U: is missing"),
        (
            |e| drop(e.reference.values.remove("X")),
            "reference, X: give its series or its value",
        ),
        (
            |e| {
                drop(
                    e.series
                        .insert("X".to_owned(), series_of(Role::Reference, Vec::new())),
                )
            },
            "reference, X: give its series or its value",
        ),
        (
            |e| e.series.get_mut("x").unwrap().of = Role::Reference,
            "series x: is of the reference",
        ),
        (
            |e| e.window.to = e.window.from,
            "window: must end after it starts",
        ),
        (|e| e.period_seconds = 0, "period_seconds: must be above zero"),
        (
            |e| known(e).interval_days = Some(0),
            "interval_days: must be above zero",
        ),
        (
            |e| set_subject(e, "MPEV", exact("0")),
            "subject, MPEV: must be above zero",
        ),
        (|e| set_subject(e, "MPEV", exact("1E40")), "subject, MPEV: beyond"),
        (|e| set_subject(e, "U", exact("1E-400")), "subject, U: beyond"),
        (
            |e| e.series.get_mut("x").unwrap().unit = "kilopond".to_owned(),
            "series x, unit: \"kilopond\"",
        ),
        (
            |e| e.reference.values.get_mut("X").unwrap().unit = "Pa".to_owned(),
            "reference, X, unit: Pa, but the readings are in kPa: convert before freezing",
        ),
        (
            |e| {
                known(e).history = vec![past("2025-01-01", "0"), past("2024-01-01", "0")];
                known(e).history[1].unit = "mbar".to_owned();
            },
            "history 2, unit: mbar",
        ),
        (
            |e| {
                known(e).history = vec![past("2025-01-01", "0")];
                known(e).history[0].u95 = exact("-0.1");
            },
            "history 1, u95: must be above zero",
        ),
        (
            |e| known(e).history = vec![past("2026-04-02", "0")],
            "history 1, date: 2026-04-02 lies after the window",
        ),
        (
            |e| known(e).baseline = Some(frozen("0", "0")),
            "baseline, sigma: must be above zero",
        ),
        (
            |e| {
                let to = e.window.from;
                known(e).baseline = Some(Baseline {
                    to,
                    ..frozen("0", "1")
                });
            },
            "baseline: reaches into the window",
        ),
        (
            |e| {
                known(e).baseline = Some(Baseline {
                    to: "2025-01-01T00:00:00Z".parse().unwrap(),
                    ..frozen("0", "1")
                });
            },
            "baseline: ends before it starts",
        ),
        (
            |e| readings(e)[1].nominal = readings(e)[0].nominal,
            "series x: two readings of 2026-02-28T16:00:00Z",
        ),
        (
            |e| readings(e)[1].nominal += SignedDuration::from_secs(1),
            "series x: nominal time 2026-02-28T16:30:01Z is no multiple of 1800 s",
        ),
    ];
    let made = evidence(3, noise);
    for (change, wanted) in cases {
        let mut changed = made.clone();
        change(&mut changed);
        let error = changed.checked().unwrap_err().to_string();
        assert!(error.contains(wanted), "{wanted}: {error}");
    }
}

#[test]
fn what_is_not_known_yet_is_inconclusive() {
    let mut made = evidence(30, noise);
    set_subject(&mut made, "U", exact("0"));
    assert_eq!(codes(&judged(&made)), [Code::UncertaintyNotPositive]);
    let mut bad = evidence(30, noise);
    for sample in readings(&mut bad) {
        sample.quality = Quality::Uncertain(devices::Doubt::ClockSkew);
    }
    let found = judged(&bad);
    assert_eq!(codes(&found), [Code::TooFewPairs]);
    assert_eq!(found.excluded[0].reason.code, Code::ReadingNotGood);
    assert_eq!((found.excluded[0].slots, found.slots.expected), (1440, 1440));
    let mut none = evidence(30, noise);
    readings(&mut none).clear();
    assert_eq!(judged(&none).slots.largest_gap_seconds, 30 * 86_400);
}

#[test]
fn a_forged_record_is_found_at_its_digit() {
    let made = evidence(30, noise);
    let procedure = strict();
    let mut conclusion = judge(&procedure, &made);
    let Body::PeriodCheck(body) = &mut conclusion.body else {
        panic!("a period check");
    };
    let chart = body.chart.as_mut().unwrap();
    chart.upper = format!("{}1", chart.upper);
    chart.points[7].signals.push("ewma".to_owned());
    let bundle = Bundle {
        format: crate::recheck::FORMAT,
        conclusion,
        evidence: made.canonical(),
        procedure: procedure.text().to_owned(),
        record: None,
    };
    let places: Vec<String> = recheck(&bundle)
        .unwrap()
        .differences
        .into_iter()
        .map(|d| d.place)
        .collect();
    assert_eq!(places.len(), 2, "{places:?}");
    assert_eq!(places[0], "/body/period-check/chart/points/7/signals");
    assert_eq!(places[1], "/body/period-check/chart/upper");
}
