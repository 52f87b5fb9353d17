//! No input panics, and no answer holds NaN.

use proptest::prelude::*;

use super::super::{Estimator, Meter, Reading, ReadingKind, Site};

fn value() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        4 => (0.0..1e4).prop_map(Some),
        1 => Just(None),
        1 => Just(Some(0.0)),
        1 => (-1e3..1e3).prop_map(Some),
        1 => prop_oneof![Just(1e300), Just(-1e300), Just(1e-300), Just(f64::MAX), Just(f64::NAN)].prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_gives_an_answer_or_an_error(
        rows in prop::collection::vec((prop::collection::vec(value(), 4), 1_i64..3), 0..80),
        register in any::<bool>(),
        resolution in prop_oneof![Just(0.0), Just(0.01), Just(1e6)],
        interval in prop_oneof![Just(900_u32), Just(3_600), Just(86_400), Just(1), Just(u32::MAX)],
    ) {
        let site = Site {
            master: Meter::new("m", resolution),
            meters: (0..3).map(|i| Meter::new(format!("{i}"), resolution)).collect(),
            kind: if register { ReadingKind::Register } else { ReadingKind::Energy },
            interval_seconds: interval,
        };
        let mut estimator = Estimator::new(site).unwrap();
        let mut time = 0;
        for (row, steps) in rows {
            time += steps * i64::from(interval);
            // A refused row changes nothing.
            let _ = estimator.push(Reading { time, master: row[0], meters: &row[1..] });
        }
        if let Ok(answer) = estimator.answer() {
            for meter in &answer.meters {
                prop_assert!(!meter.belief.error.is_nan() && !meter.belief.low.is_nan() && !meter.belief.high.is_nan());
                prop_assert!(meter.belief.low <= meter.belief.high);
                prop_assert!((0.0..=1.0).contains(&meter.belief.wrong_probability));
                prop_assert_eq!(meter.judged.is_some(), meter.identifiability.identified());
                prop_assert!(meter.judged.is_some() || !meter.suspect);
                let _ = meter.identifiability.text();
            }
        }
    }

    #[test]
    fn extreme_times_are_refused_or_taken(times in prop::collection::vec(any::<i64>(), 1..20)) {
        let site = Site {
            master: Meter::new("m", 0.0),
            meters: vec![Meter::new("a", 0.0)],
            kind: ReadingKind::Register,
            interval_seconds: 900,
        };
        let mut estimator = Estimator::new(site).unwrap();
        for (k, time) in times.into_iter().enumerate() {
            let _ = estimator.push(Reading { time, master: Some(k as f64), meters: &[Some(k as f64)] });
        }
        let _ = estimator.answer();
    }
}
