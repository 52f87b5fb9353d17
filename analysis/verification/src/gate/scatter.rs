//! Whether the windows of a bin agree with each other as well as their budget says.
//!
//! A mean hides what its windows do: days at −1.90 % and days at +1.90 % are 0.00 % in the mean. Until the uncertainty of
//! a bin holds the scatter of its windows, a window that lies further from the mean than three times its own U95 and a
//! third of the limit leaves the bin 待定. All of it is exact.

use jiff::Timestamp;

use crate::conclusion::{Code, Reason, Verdict};
use numbers::number::{Exact, Fraction};
use uncertainty::document::Text;

/// One reading of the error that takes part in the mean.
pub(crate) struct Window<'a> {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) error: &'a Fraction,
    pub(crate) u95: &'a Exact,
    /// MPEV, which a procedure may compute anew for every window.
    pub(crate) limit: Fraction,
}

impl Window<'_> {
    /// max(3 × U95, MPEV/3)
    fn permitted(&self) -> Fraction {
        let three = Fraction::from(3);
        let by_budget = Fraction::from(self.u95).times(&three);
        self.limit
            .over(&three)
            .map_or(by_budget.clone(), |by_limit| by_limit.max(by_budget))
    }
}

/// Why a verdict of these windows cannot stand: the one furthest out, if it lies further out than is permitted.
///
/// That an instrument does not conform stands when every window says so by itself, all on one side: what scatters then
/// is by how much.
pub(crate) fn objection(
    (bin, unit, places): (&str, &str, u32),
    verdict: Verdict,
    windows: &[Window<'_>],
) -> Option<Reason> {
    let errors: Vec<Fraction> = windows.iter().map(|window| window.error.clone()).collect();
    let mean = Fraction::mean(&errors).filter(|_| errors.len() > 1)?;
    if verdict == Verdict::DoesNotConform && all_fail(windows) {
        return None;
    }
    let outside = windows.iter().filter_map(|window| {
        let deviation = window.error.minus(&mean).abs();
        let permitted = window.permitted();
        (deviation > permitted).then_some((window, deviation, permitted))
    });
    let (window, deviation, permitted) = outside.reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    Some(Reason::with(
        Code::Scatter,
        &[
            ("bin", bin),
            ("from", &window.from.to_string()),
            ("to", &window.to.to_string()),
            ("deviation", &deviation.cut(places).0),
            ("permitted", &permitted.cut(places).0),
            ("unit", unit),
        ],
    ))
}

/// The rule above in words.
pub(crate) fn rule() -> Text {
    Text::new(
        "任一窗口的误差偏离其平均值超过 3×U95 与 MPEV/3 中较大者，则待定；各窗口均在同一侧超出限值的，仍为不符合",
        "inconclusive when the error of a window lies further from the mean than the larger of 3 × U95 and MPEV/3; windows that all lie beyond the limit on one side still do not conform",
    )
}

fn all_fail(windows: &[Window<'_>]) -> bool {
    let beyond = |window: &Window<'_>| window.error.abs() > window.limit;
    let below = |window: &Window<'_>| window.error.is_negative();
    windows.iter().all(beyond) && (windows.iter().all(below) || !windows.iter().any(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(errors: &[&str], u95: &str, limit: &str, verdict: Verdict) -> Option<Reason> {
        let exact = |text: &str| -> Exact { text.parse().unwrap() };
        let errors: Vec<Fraction> = errors.iter().map(|e| Fraction::from(&exact(e))).collect();
        let u95 = exact(u95);
        let windows: Vec<Window<'_>> = errors
            .iter()
            .zip(1..)
            .map(|(error, day)| Window {
                from: format!("2026-03-{day:02}T00:00:00Z").parse().unwrap(),
                to: format!("2026-03-{day:02}T23:00:00Z").parse().unwrap(),
                error,
                u95: &u95,
                limit: Fraction::from(&exact(limit)),
            })
            .collect();
        objection(("b", "%", 6), verdict, &windows)
    }

    #[test]
    fn the_window_furthest_out_is_named() {
        let conforms = |errors: &[&str]| found(errors, "0.03", "0.5", Verdict::Conforms);
        let reason = conforms(&["-1.90", "1.90", "-1.90", "1.90"]).unwrap();
        assert_eq!(reason.code, Code::Scatter);
        assert_eq!(reason.parameters["from"], "2026-03-01T00:00:00Z");
        assert_eq!(reason.parameters["deviation"], "1.900000");
        // MPEV/3, cut for reading.
        assert_eq!(reason.parameters["permitted"], "0.166666");
        let reason = conforms(&["0.01", "0.00", "0.40", "0.01"]).unwrap();
        assert_eq!(reason.parameters["from"], "2026-03-03T00:00:00Z");
        // A fifth of the limit, day by day, is how sound meters are.
        assert_eq!(conforms(&["0.10", "-0.10", "0.10", "-0.10"]), None);
        assert_eq!(conforms(&["0.49"]), None);
        assert_eq!(conforms(&[]), None);
    }

    #[test]
    fn the_edge_is_inside_to_the_last_digit() {
        // Mean 0: a third of 0.3, then three times 0.05, which is more than a third of 0.3.
        let conforms = |error: &str, u95: &str| {
            let other = format!("-{error}");
            found(&[error, &other], u95, "0.3", Verdict::Conforms).is_some()
        };
        assert!(!conforms("0.1", "0.03"));
        assert!(conforms("0.1000000000000000000000001", "0.03"));
        assert!(!conforms("0.15", "0.05"));
        assert!(conforms("0.1500000000000000000000001", "0.05"));
    }

    #[test]
    fn a_failure_stands_when_every_window_shows_it() {
        let fails = |errors: &[&str]| found(errors, "0.03", "0.5", Verdict::DoesNotConform).is_some();
        assert!(!fails(&["-38", "-40", "-42"]));
        assert!(fails(&["-38", "-40", "0.1"]));
        assert!(fails(&["-0.6", "3.0", "0.6"]));
        // The same windows never conform, whatever the mean was rounded to.
        assert!(found(&["-38", "-40", "-42"], "0.03", "0.5", Verdict::Conforms).is_some());
    }
}
