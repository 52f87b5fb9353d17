//! Loads that are always there: their steps are noise, and what noise says is no suspicion.

use proptest::prelude::*;

use super::super::{Advice, Answer, FindingKind};
use super::{Setup, Table};

/// Half of thirty meters run all day: cameras, cabinets, lamps; all of them sound.
fn cabinets() -> Setup {
    Setup {
        meters: 30,
        days: 60,
        interval_seconds: 3_600,
        mean: 14.0,
        between: 1.2,
        wrong: 0,
        constant: 15,
        seed: 4,
        ..Setup::default()
    }
}

/// No meter is both suspect and beyond judgement, in whatever way it may be said.
fn contradiction(answer: &Answer) -> Option<String> {
    let ranking = answer.ranking();
    let open = answer.open();
    for (i, meter) in answer.meters.iter().enumerate() {
        let told = meter.identifiability.identified();
        let spoken = meter.suspect || meter.judged.is_some() || ranking.contains(&i) || !open.contains(&i);
        if !told && (spoken || meter.advice.contains(&Advice::VerifyOnSite)) {
            return Some(format!("{meter:?}"));
        }
        if told != meter.judged.is_some() {
            return Some(format!("{meter:?}"));
        }
    }
    // A pair of equal columns, a clock or energy that flows back are seen in the readings themselves.
    let of_the_error = |kind| {
        !matches!(
            kind,
            FindingKind::CountedTwice | FindingKind::ClockShifted | FindingKind::NegativeFlow
        )
    };
    let findings = answer.findings.iter();
    let wrong = findings.filter(|f| of_the_error(f.kind) && f.meter.is_some_and(|i| open.contains(&i)));
    wrong.map(|f| format!("{f:?}")).next()
}

#[test]
fn a_sound_meter_with_a_constant_load_is_no_suspect() {
    let setup = cabinets();
    let table = Table::new(&setup);
    let answer = table.answer();
    assert_eq!(contradiction(&answer), None);
    assert!(answer.meters.iter().all(|m| !m.suspect), "{:?}", answer.meters);
    assert!(answer.findings.is_empty(), "{:?}", answer.findings);
    let open = answer.open();
    assert!(open.len() >= 10, "{open:?}");
    // The belief without a look at what the data can tell: the reason why it is not shown.
    let believed = |m: &super::super::MeterError| m.belief.wrong_probability > 0.75;
    assert!(
        open.iter().any(|i| believed(&answer.meters[*i])),
        "the site is too easy"
    );
    let json = serde_json::to_value(&answer).unwrap();
    assert!(json["meters"][open[0]]["judged"].is_null());
    assert!(json["meters"][open[0]].get("belief").is_none());
    assert!(
        answer
            .limits
            .iter()
            .any(|t| t.en.contains("nothing is suspected of them"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn nothing_is_suspected_that_cannot_be_judged(
        seed in any::<u32>(),
        constant in 0_usize..12,
        ripple in prop_oneof![Just(0.0), Just(0.002), Just(0.02), Just(0.1)],
        resolution in prop_oneof![Just(0.001), Just(0.01), Just(0.1)],
        unmetered in prop_oneof![Just(0.0), Just(0.15)],
        wrong in 0_usize..3,
    ) {
        let setup = Setup {
            meters: 12,
            days: 30,
            interval_seconds: 3_600,
            between: 1.2,
            seed: u64::from(seed),
            constant,
            ripple,
            resolution,
            unmetered,
            wrong,
            ..Setup::default()
        };
        prop_assert_eq!(contradiction(&Table::new(&setup).answer()), None);
    }
}
