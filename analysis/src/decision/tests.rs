use super::*;
use crate::limits::Limit;

fn e(text: &str) -> Exact {
    text.parse().unwrap()
}

fn outcome(rule: &Rule, error: &str, u95: &str, mpev: &str) -> Decision {
    decide(rule, &e(error), &e(u95), &e(mpev)).unwrap().decision
}

use Decision::{Fail, Inconclusive, Pass};

/// Every rule at and beside its edges, limits ±0.50, U = 0.20.
#[test]
fn edges_of_every_rule() {
    let one = || e("1");
    // Rule, last that passes, first that fails; between them neither.
    for (rule, passes, beyond, fails, before) in [
        // U > MPEV/3: MPEV − U = 0.30, MPEV + U = 0.70.
        (Rule::Jjf1094, "0.30", "0.3001", "0.70", "0.6999"),
        (Rule::Iso14253Full, "0.30", "0.3001", "0.70", "0.6999"),
        // 0.825·0.20 = 0.165.
        (Rule::Iso14253, "0.335", "0.3351", "0.665", "0.6649"),
        (Rule::IlacNonBinary(one()), "0.30", "0.3001", "0.70", "0.6999"),
        (Rule::IlacNonBinary(e("1.5")), "0.20", "0.2001", "0.80", "0.7999"),
    ] {
        for sign in ["", "-"] {
            let at = |text: &str| outcome(&rule, &format!("{sign}{text}"), "0.20", "0.50");
            assert_eq!(
                [at(passes), at(beyond), at(before), at(fails)],
                [Pass, Inconclusive, Inconclusive, Fail],
                "{rule:?} {sign}"
            );
        }
    }
    for (rule, passes, fails) in [
        (Rule::IlacSimple, "0.50", "0.5001"),
        (Rule::IlacGuarded(one()), "0.30", "0.3001"),
        (Rule::IlacGuarded(e("0.5")), "0.40", "0.4001"),
        (Rule::IlacGuarded(e("0")), "0.50", "0.5001"),
    ] {
        assert_eq!(outcome(&rule, passes, "0.20", "0.50"), Pass, "{rule:?}");
        assert_eq!(outcome(&rule, fails, "0.20", "0.50"), Fail, "{rule:?}");
    }
}

/// JJF 1094 §5.3.1: exactly a third is small enough; in binary 0.3 − 0.2 would flip the verdict.
#[test]
fn a_third_and_a_tenth_are_exact() {
    assert_eq!(outcome(&Rule::Jjf1094, "0.3", "0.1", "0.3"), Pass);
    assert_eq!(outcome(&Rule::Jjf1094, "0.3", "0.1000001", "0.3"), Inconclusive);
    assert_eq!(outcome(&Rule::Jjf1094, "0.1", "0.2", "0.3"), Pass);
    let small = decide(&Rule::Jjf1094, &e("0.1"), &e("0.1"), &e("0.3")).unwrap();
    assert_eq!(small.rule, "JJF 1094-2002 5.3.1.4 (U95 ≤ MPEV/3)");
}

#[test]
fn the_reason_says_on_which_side() {
    let rule = Rule::IlacNonBinary(e("1"));
    let inside = decide(&rule, &e("-0.4"), &e("0.2"), &e("0.5")).unwrap();
    assert!(matches!(inside.reason, Some(Reason::InsideGuard(_))));
    let outside = decide(&rule, &e("0.6"), &e("0.2"), &e("0.5")).unwrap();
    assert_eq!(
        outside.reason.unwrap().to_string(),
        "outside the limit, nearer to it than the guard band: \
         passes within [-0.3, 0.3], fails beyond (-0.7, 0.7)"
    );
    assert_eq!(
        decide(&rule, &e("0.1"), &e("0.2"), &e("0.5")).unwrap().reason,
        None
    );
}

#[test]
fn one_sided_and_open_limits() {
    let by = |rule: &Rule, limit: &str, value: &str, u: &str| {
        let (lower, upper) = Limit::parse(limit).unwrap().bounds();
        decide_within(rule, &e(value), &e(u), lower.as_ref(), upper.as_ref())
    };
    let outcome = |rule: &Rule, limit: &str, value: &str| by(rule, limit, value, "0.5").unwrap().decision;
    assert_eq!(outcome(&Rule::Iso14253Full, "≥97.0", "97.5"), Pass);
    assert_eq!(outcome(&Rule::Iso14253Full, "≥97.0", "97.4"), Inconclusive);
    assert_eq!(outcome(&Rule::Iso14253Full, "≥97.0", "96.5"), Fail);
    // The limit itself is left out by >, with no guard band only.
    assert_eq!(outcome(&Rule::IlacSimple, ">97.0", "97.0"), Fail);
    assert_eq!(outcome(&Rule::IlacSimple, "≥97.0", "97.0"), Pass);
    assert_eq!(outcome(&Rule::IlacSimple, "510Ω(1±5%)", "484.5"), Pass);
    assert_eq!(
        by(&Rule::Jjf1094, "≥97.0", "98", "0.1"),
        Err(DecisionError::OneSided)
    );
    assert_eq!(
        by(&Rule::IlacSimple, "22×10²", "98", "0.1"),
        Err(DecisionError::Unbounded)
    );
    // An uncertainty wider than the limit leaves no place to pass, however good the value.
    assert_eq!(outcome(&Rule::Iso14253Full, "10.0±0.1", "10.0"), Inconclusive);
}

#[test]
fn contradictions_are_errors() {
    let none = e("0");
    assert!(matches!(
        decide(&Rule::IlacSimple, &none, &none, &none),
        Err(DecisionError::LimitNotPositive(_))
    ));
    assert!(matches!(
        decide(&Rule::IlacGuarded(e("-1")), &none, &none, &e("1")),
        Err(DecisionError::NegativeGuard(_))
    ));
    let bound = |text| Bound {
        value: e(text),
        inclusive: true,
    };
    assert!(matches!(
        decide_within(
            &Rule::IlacSimple,
            &none,
            &none,
            Some(&bound("2")),
            Some(&bound("1"))
        ),
        Err(DecisionError::Reversed(..))
    ));
    assert!(Rule::NAMES.iter().all(|name| Rule::by_name(name, None).is_some()));
}

/// |y_lab − y_ref| at √(U_lab² + U_ref²) (JJF 1033-2016 附录 C.4), with 5-12-13.
#[test]
fn validation_at_its_edge() {
    assert!(validated(&e("20.13"), &e("20.00"), &e("0.05"), &e("0.12")));
    assert!(!validated(&e("20.130001"), &e("20.00"), &e("0.05"), &e("0.12")));
}
