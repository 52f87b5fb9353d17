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

type Scored = fn(&str, &str, &str, &str) -> Score;

/// Scores on their bounds, where f64 falls on the wrong side of some, and a hair beside them.
#[test]
fn scores_at_their_bounds() {
    use Grade::{Questionable, Satisfactory, Unsatisfactory};
    let en: Scored = |x, a, u, v| Score::en(&e(x), &e(a), &e(u), &e(v)).unwrap();
    let z: Scored = |x, a, s, u| Score::z_prime(&e(x), &e(a), &e(s), &e(u)).unwrap();
    let zeta: Scored = |x, a, u, v| Score::zeta(&e(x), &e(a), &e(u), &e(v)).unwrap();
    for (score, x, assigned, u, v, grade, shown) in [
        (en, "10.05", "10.00", "0.03", "0.04", Satisfactory, "1"),
        (en, "9.95", "10.00", "0.03", "0.04", Satisfactory, "-1"),
        (
            en,
            "10.050000000000000001",
            "10",
            "0.03",
            "0.04",
            Unsatisfactory,
            "1.00000000000001",
        ),
        (
            en,
            "10.049999999999999999",
            "10",
            "0.03",
            "0.04",
            Satisfactory,
            "0.99999999999999",
        ),
        // 5-12-13, and no uncertainty on one side.
        (en, "20.13", "20.00", "0.05", "0.12", Satisfactory, "1"),
        (
            en,
            "20.130001",
            "20.00",
            "0.05",
            "0.12",
            Unsatisfactory,
            "1.00000769230769",
        ),
        (en, "10.3", "10.1", "0", "0.2", Satisfactory, "1"),
        (en, "5", "5", "0.1", "0", Satisfactory, "0"),
        // In f64 (10.3 − 10.1)/0.1 is 2.00000000000001 and (10.6 − 10.3)/0.1 is 2.99999999999999.
        (z, "10.3", "10.1", "0.1", "0", Satisfactory, "2"),
        (z, "10.6", "10.3", "0.1", "0", Unsatisfactory, "3"),
        (z, "10.0", "10.3", "0.1", "0", Unsatisfactory, "-3"),
        (
            z,
            "10.3000000000000000001",
            "10.1",
            "0.1",
            "0",
            Questionable,
            "2.00000000000001",
        ),
        (
            z,
            "10.5999999999999999999",
            "10.3",
            "0.1",
            "0",
            Questionable,
            "2.99999999999999",
        ),
        (z, "11.5", "10.0", "0.3", "0.4", Unsatisfactory, "3"),
        (zeta, "0.3", "0.2", "0.03", "0.04", Satisfactory, "2"),
        (zeta, "0.35", "0.2", "0.03", "0.04", Unsatisfactory, "3"),
        (zeta, "98.7", "100.0", "0.5", "1.2", Satisfactory, "-1"),
    ] {
        let score = score(x, assigned, u, v);
        assert_eq!(
            (score.grade(), score.to_string().as_str()),
            (grade, shown),
            "{x} {assigned} {u} {v}"
        );
    }
}

#[test]
fn scores_of_nonsense_are_errors() {
    let n = |t: &str| e(t);
    assert_eq!(
        Score::en(&n("1"), &n("1"), &n("-0.1"), &n("0.1"))
            .unwrap_err()
            .to_string(),
        "U = -0.1 is negative, give its amount"
    );
    assert!(Score::en(&n("1"), &n("1"), &n("0"), &n("0")).is_err());
    assert!(Score::z(&n("1"), &n("0"), &n("0")).is_err() && Score::z(&n("1"), &n("0"), &n("-1")).is_err());
    assert!(Score::z_prime(&n("1"), &n("0"), &n("0"), &n("1")).is_err());
    assert!(Score::zeta(&n("1"), &n("0"), &n("0"), &n("0")).is_err());
    assert!(Score::z(&n("1E200"), &n("0"), &n("1E-200")).is_ok());
    assert_eq!(
        Score::z(&n("1E400"), &n("0"), &n("1E-1")),
        Err(ScoreError::Beyond)
    );
    // What cannot be written out is still graded.
    let far = Score::en_of(&Fraction::from(&n("1E400")), &n("1E-200"), &n("0")).unwrap();
    assert_eq!(far.grade(), Grade::Unsatisfactory);
}
