//! Laws that hold for any evidence.

use proptest::prelude::*;

use super::*;

/// Names of the signals by point, and the verdict.
fn outline(conclusion: &Conclusion) -> (Verdict, Vec<Vec<String>>) {
    let chart = body(conclusion).chart.as_ref();
    let signals = chart.map_or_else(Vec::new, |c| c.points.iter().map(|p| p.signals.clone()).collect());
    (conclusion.verdict, signals)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn laws(
        values in prop::collection::vec(-40_i64..40, 26..45),
        shift in -1_000_000_000_i64..1_000_000_000,
        jump in 0_i64..120,
        frozen_limits in any::<bool>(),
    ) {
        let at = |day: i64| {
            let day = usize::try_from(day).unwrap();
            values[day] + if day > 24 { jump } else { 0 }
        };
        let days = i64::try_from(values.len()).unwrap();
        let build = |value: &dyn Fn(i64) -> i64| {
            let mut made = evidence(days, value);
            known(&mut made).history = vec![past("2025-01-01", "0.1"), past("2024-01-01", "-0.2")];
            known(&mut made).baseline = frozen_limits.then(|| frozen("0", "0.013"));
            made.checked().unwrap()
        };
        let made = build(&at);
        let found = judged(&made);

        // The order in which readings come says nothing.
        let mut turned = made.clone();
        readings(&mut turned).reverse();
        known(&mut turned).history.reverse();
        let turned = turned.checked().unwrap();
        prop_assert_eq!(&turned.canonical(), &made.canonical());
        prop_assert_eq!(&judged(&turned), &found);

        // Instrument and standard moved alike: the same differences, digit for digit.
        let mut moved = made.clone();
        let by = Exact::new(shift, -4);
        set_reference(&mut moved, "X", &exact("500") + &by);
        for sample in readings(&mut moved) {
            sample.value = sample.value.take().map(|v| &v + &by);
        }
        let moved = judged(&moved);
        let control = |c: &Conclusion| {
            let body = body(c);
            (body.chart.clone(), body.drift.clone(), body.window_drift.clone(), body.interval.clone(), body.notes.clone())
        };
        prop_assert_eq!(control(&moved), control(&found));

        // The mirror image has the same signals and the same verdict.
        let mut mirrored = build(&|day| -at(day));
        for result in &mut known(&mut mirrored).history {
            result.error = -&result.error;
        }
        prop_assert_eq!(outline(&judged(&mirrored)), outline(&found));

        // A second instrument that reads the assigned value is as good as a standard.
        let mut paired = made.clone();
        let assigned = paired.reference.values.remove("X").unwrap().value;
        let mut second = readings(&mut paired).clone();
        for sample in &mut second {
            sample.value = Some(assigned.clone());
        }
        paired.reference.device = "p-2".to_owned();
        paired.series.insert("X".to_owned(), series_of(Role::Reference, second));
        prop_assert_eq!(outline(&judged(&paired.checked().unwrap())), outline(&found));
    }

    #[test]
    fn no_garbage_panics(cut in 0_usize..2_000, byte in any::<u8>()) {
        let made = evidence(2, noise);
        let mut bytes = made.canonical().into_bytes();
        let at = cut % bytes.len();
        bytes[at] = byte;
        if let Ok(read) = Evidence::parse(&String::from_utf8_lossy(&bytes)) {
            judged(&read);
        }
        let mut text = strict().text().as_bytes().to_vec();
        let at = cut % text.len();
        text[at] = byte;
        if let Ok(procedure) = Procedure::parse(&String::from_utf8_lossy(&text)) {
            judge(&procedure, &made);
        }
    }
}
