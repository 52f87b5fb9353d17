//! Known charts and numbers derived by hand.

use super::*;

/// One reading a day, points of six decimals as in the shipped procedure.
fn daily(baseline: &str, least_points: &str) -> Procedure {
    let text = strict().text().to_owned();
    let text = text
        .replace("baseline = 20", baseline)
        .replace("least_points = 5", least_points)
        .replace("least_readings = 20", "least_readings = 1")
        .replace("least_pairs = 100", "least_pairs = 1");
    Procedure::parse(&text).unwrap()
}

/// Differences from zero, one a day.
fn series(values: &[&str]) -> Evidence {
    let mut made = evidence(1, |_| 0);
    made.window = Window::new(
        start(),
        start() + SignedDuration::from_hours(24 * i64::try_from(values.len()).unwrap()),
    )
    .unwrap();
    let readings = (0..).zip(values).map(|(i, value)| {
        let nominal = start() + SignedDuration::from_hours(24 * i);
        Sample {
            nominal,
            taken: nominal,
            value: Some(exact(value)),
            quality: Quality::Good,
        }
    });
    made.series.get_mut("x").unwrap().readings = readings.collect();
    set_subject(&mut made, "U", exact("1E6"));
    set_reference(&mut made, "X", exact("0"));
    made.checked().unwrap()
}

fn chart_of(procedure: &Procedure, evidence: &Evidence) -> ChartLine {
    chart(&judge(procedure, evidence)).clone()
}

#[test]
fn individuals_of_the_handbook() {
    // NIST/SEMATECH e-Handbook 6.3.2.2: centre 50.81, MR 1.8778, limits 55.8041 and 45.8159.
    let data = [
        "49.6", "47.6", "49.9", "51.3", "47.8", "51.2", "52.6", "52.4", "53.6", "52.1", "50.0",
    ];
    let chart = chart_of(&daily("baseline = 10", "least_points = 1"), &series(&data));
    assert_eq!(chart.centre, "50.810000");
    // 16.9/9/1.128 = 1.66469…: four digits, so the limits agree to as many.
    assert_eq!(chart.sigma, "1.665");
    assert_eq!(
        (chart.upper.as_str(), chart.lower.as_str()),
        ("55.805000", "45.815000")
    );
    // 1.128·1.665 = 1.87812, 3.267 times that is 6.135818… and goes up.
    assert_eq!(
        (
            chart.moving_range_centre.as_str(),
            chart.moving_range_upper.as_str()
        ),
        ("1.878120", "6.135819")
    );
}

#[test]
fn ewma_of_the_handbook() {
    // NIST/SEMATECH e-Handbook 6.3.2.4: target 50, s = 2.0539, λ = 0.3, limits 47.4115 and 52.5884.
    let data = [
        "52.0", "47.0", "53.0", "49.3", "50.1", "47.0", "51.0", "50.1", "51.2", "50.5", "49.6", "47.6",
        "49.9", "51.3", "47.8", "51.2", "52.6", "52.4", "53.6", "52.1",
    ];
    let printed = [
        "50.60", "49.52", "50.56", "50.18", "50.16", "49.21", "49.75", "49.85", "50.26", "50.33", "50.11",
        "49.36", "49.52", "50.05", "49.38", "49.92", "50.73", "51.23", "51.94", "51.99",
    ];
    let text = daily("baseline = 20", "least_points = 5").text().to_owned();
    let procedure = Procedure::parse(&text.replace("lambda = \"0.2\"", "lambda = \"0.3\"")).unwrap();
    let mut made = series(&data);
    known(&mut made).baseline = Some(frozen("50", "2.0539"));
    let chart = chart_of(&procedure, &made);
    for (point, printed) in chart.points.iter().zip(printed) {
        let apart = &exact(&point.ewma) - &exact(printed);
        assert!(apart.abs() <= exact("0.0051"), "{} {printed}", point.ewma);
    }
    // First: 3·2.0539·0.3 = 1.84851 without a root; last: the asymptotic 2.5884 but for 0.7⁴⁰.
    assert_eq!(exact(&chart.points[0].ewma_upper), exact("51.84851"));
    assert!(chart.points[19].ewma_upper.starts_with("52.588"));
    assert!(chart.points[19].ewma_lower.starts_with("47.411"));
    assert!(chart.points.iter().all(|p| p.signals.is_empty()));
}

#[test]
fn a_drift_by_hand() {
    // Errors 0.00, 0.06, 0.12 a year apart with u = 0.05: rate 0.06 a year exactly,
    // u(rate) = 0.05/(365.25·√2) a day, so U = 2·0.05/√2 = 0.0707 a year: not significant.
    let mut made = evidence(30, noise);
    known(&mut made).history = [("2022-01-01", "0.00"), ("2023-01-01", "0.06")]
        .iter()
        .map(|(date, error)| PastResult {
            u95: exact("0.1"),
            ..past(date, error)
        })
        .collect();
    known(&mut made).history.push(PastResult {
        u95: exact("0.1"),
        ..past("2024-01-01", "0.12")
    });
    // Keeps the mean of the window out: too few pairs are no result.
    let text = strict().text().to_owned();
    let procedure = Procedure::parse(&text.replace("least_pairs = 100", "least_pairs = 100000")).unwrap();
    let found = judge(&procedure, &made.clone().checked().unwrap());
    assert_eq!(codes(&found)[0], Code::TooFewPairs);
    let drift = body(&found).drift.clone().unwrap();
    assert_eq!(drift.results, 3);
    assert_eq!(drift.rate_per_year, "0.06004"); // 365 days are 0.9993 years
    assert_eq!(drift.u_rate_per_year, "0.071");
    assert!(!drift.significant);
    // Middle 2023-01-01 with 0.06; the window ends on 2026-03-31, 1185 days later: 0.06 + 0.06·1185/365.
    assert_eq!(drift.error_now, "0.2548");
    // Level 0.05/√3 and lever 0.05/(365·√2)·1185: 2·√(0.02887² + 0.11478²) = 0.2367.
    assert_eq!(drift.u_now, "0.24");
    // 1.0 is reached 0.94/0.06·365 days after the middle: 2038-08-29, beyond ten years.
    assert_eq!(drift.crossing, None);
    // 0.06 + 0.06t + 2·√(0.02887² + (0.035355t)²) = 1, that is 0.0014t² + 0.1128t = 0.88027:
    // t = 7.1664 years of 365 days, 2615.7 days after the middle.
    assert_eq!(drift.earliest_crossing.as_deref(), Some("2030-03-01"));
    assert_eq!(drift.latest_crossing, None);
}

#[test]
fn the_staircase() {
    let suggested = |error: &str| {
        let mut made = evidence(30, noise);
        known(&mut made).history = vec![past("2025-12-01", error)];
        let found = judged(&made.checked().unwrap());
        let line = body(&found).interval.clone().unwrap();
        assert_eq!(line.drift_days, None, "{line:?}");
        line.suggested_days
    };
    // 0.80 MPEV is still within; up to MPEV nothing changes; beyond it 0.6 of 365.
    assert_eq!(
        ["0.80", "-0.800001", "1.00", "-1.01"].map(suggested),
        [456, 365, 365, 219]
    );
}
