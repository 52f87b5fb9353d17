//! Known charts and numbers derived by hand.

use super::*;

#[test]
fn the_chart_of_the_handbook() {
    // NIST/SEMATECH e-Handbook 6.3.2.2: centre 50.81, MR 1.8778, limits 55.8041 and 45.8159.
    let data = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1];
    let text = Procedure::shipped()
        .unwrap()
        .text()
        .replace("baseline = 20", "baseline = 10")
        .replace("least_points = 5", "least_points = 1");
    let procedure = Procedure::parse(&text).unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "small decimals")]
    let mut made = evidence(11, |day| {
        data.get(day as usize).map_or(50_000, |x| (x * 1000.0) as i64)
    });
    made.subject.u95 = exact("100");
    let chart = control(&procedure, &made).control.unwrap().chart.unwrap();
    assert_eq!(chart.centre, "50.810000");
    // σ = 1.8778/1.128 = 1.6647 in four digits, so the limits agree to as many.
    assert_eq!(chart.sigma, "1.665");
    assert!((chart.upper.parse::<f64>().unwrap() - 55.8041).abs() < 0.002);
    assert!((chart.lower.parse::<f64>().unwrap() - 45.8159).abs() < 0.002);
}
