//! No garbage panics or hangs a parser, and what is read prints to the same.

use proptest::prelude::*;

use super::{Kind, parse};
use crate::limits::Limit;
use crate::number::Exact;
use crate::rounding::Reported;

/// Pieces that grammars are made of, so that garbage gets deep into them.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("≥"),
        Just("≤"),
        Just("～"),
        Just("±"),
        Just("("),
        Just(")"),
        Just("^{"),
        Just("}_{"),
        Just("}"),
        Just("1"),
        Just("0.5"),
        Just("80"),
        Just("+2"),
        Just("-1"),
        Just("×10"),
        Just("²"),
        Just("%"),
        Just("FS"),
        Just("mm"),
        Just("kWh"),
        Just("/"),
        Just("·"),
        Just("不含"),
        Just("大于"),
        Just("且"),
        Just("级"),
        Just("U="),
        Just("k=2"),
        Just(","),
        Just(" "),
        Just("L"),
        Just("°"),
        Just("′"),
        Just("|t|"),
        Just("字"),
        Just("cosφ="),
        Just("In"),
        Just("Pt"),
        Just("９"),
        Just("𝟙"),
        Just("E"),
        Just("e400"),
        Just("."),
        Just("X"),
        Just("℃"),
        Just("立方米"),
        Just("每"),
        Just("DN"),
        Just("3×"),
        Just("νeff="),
        Just("rel"),
        Just("U95"),
        Just("uc(y)="),
        Just("～0.05℃"),
        Just("e"),
        Just("L/100"),
        Just("‰"),
        Just("RD"),
        Just("字"),
        Just("⁺²₋₁"),
        Just("^{+5}_{-3}"),
        Just("_{-3}^{+5}"),
        Just("⁺"),
        Just("⁻¹"),
        Just("₋₁"),
        Just("零下"),
        Just("负"),
        Just("(MPa)"),
        Just("5%Ib"),
        Just("I_{max}"),
        Just("Ⅱ"),
        Just("①"),
        Just("Nm³"),
        Just("dBm"),
        Just("kPa(abs)"),
        Just("V·A"),
    ];
    proptest::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn garbage_is_answered(text in prop_oneof![soup(), ".{0,40}", "[0-9.+×^{}()~±%a-zA-Z ]{0,20}"]) {
        let _ = Exact::parse(&text);
        let _ = Reported::parse(&text);
        let _ = Limit::parse(&text);
        for (name, kind) in Kind::ALL {
            let Ok(reading) = parse(kind, &text) else { continue };
            let printed = reading.notation.print();
            let again = parse(kind, &printed);
            let same = again.as_ref().is_ok_and(|a| a.notation == reading.notation);
            prop_assert!(same, "{name} {text:?} → {printed:?} → {again:?}, was {:?}", reading.notation);
            let _ = reading.notation.to_json();
        }
    }
}

/// An error as a document states it: terms of every base, a unit behind the bracket or none.
fn error_of_terms() -> impl Strategy<Value = String> {
    let number = (0_u32..2_000, 0_usize..4).prop_map(|(n, places)| {
        let text = format!("{n:0>width$}", width = places + 1);
        let (whole, fraction) = text.split_at(text.len() - places);
        if fraction.is_empty() {
            whole.to_owned()
        } else {
            format!("{whole}.{fraction}")
        }
    });
    let base = prop_oneof![
        Just("%RD"),
        Just("%FS"),
        Just("%读数"),
        Just("RD"),
        Just("FS"),
        Just("‰FS"),
        Just("字"),
        Just(" e"),
        Just("|t|"),
        Just("×L/1000"),
        Just("L/30"),
        Just("×L"),
        Just("L"),
        Just(""),
        Just("μm"),
        Just("%"),
        Just(" mV"),
    ];
    let terms = proptest::collection::vec((number, base), 1..4);
    let behind = prop_oneof![
        Just(""),
        Just("μm"),
        Just("%"),
        Just("‰"),
        Just("V"),
        Just("%FS"),
        Just("(mm)")
    ];
    (terms, behind).prop_map(|(terms, behind)| {
        let terms: Vec<String> = terms.into_iter().map(|(n, base)| n + base).collect();
        format!("±({}){behind}", terms.join("+"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    /// No term loses its unit or its percent: what is behind the bracket goes to a term or the text is refused.
    #[test]
    fn an_error_keeps_what_was_written(text in error_of_terms()) {
        let Ok(reading) = parse(Kind::Mpe, &text) else { return Ok(()) };
        let printed = reading.notation.print();
        let again = parse(Kind::Mpe, &printed);
        prop_assert!(again.as_ref().is_ok_and(|a| a.notation == reading.notation), "{text:?} → {printed:?} → {again:?}");
        let parts = reading.notation.to_json();
        let terms = parts["terms"].as_array().unwrap();
        prop_assert_eq!(terms.len(), text.matches('+').count() + 1, "{}", text);
        let behind = text.rsplit(')').find(|part| !part.is_empty()).unwrap_or("");
        for unit in ["V", "μm"] {
            let lost = behind == unit && !terms.iter().any(|t| t["unit"] == unit);
            prop_assert!(!lost, "{text:?} lost {unit}: {printed}");
        }
        let percents = text.matches(['%', '‰']).count();
        let kept = terms.iter().filter(|t| t["pct"] == true).count();
        prop_assert!(kept >= percents.min(1), "{text:?} lost a percent sign: {printed}");
    }

    /// Stacked deviations read the same in every writing.
    #[test]
    fn stacked_deviations_are_one_notation(upper in 0_i64..=999, lower in -999_i64..=0, places in 0_i32..3, unit in prop_oneof![Just("mm"), Just("Ω"), Just("kPa")]) {
        let (up, down) = (Exact::new(upper, -places), Exact::new(lower, -places));
        let plus = format!("+{up}");
        let minus = if lower == 0 { format!("-{down}") } else { down.to_string() };
        let small = |text: &str, digits: &str| -> String {
            let digits: Vec<char> = digits.chars().collect();
            text.chars().map(|c| match c {
                '+' => digits[10],
                '-' => digits[11],
                '.' => '·',
                d => digits[d.to_digit(10).unwrap() as usize],
            }).collect()
        };
        let (above, below) = (small(&plus, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"), small(&minus, "₀₁₂₃₄₅₆₇₈₉₊₋"));
        let texts = [
            format!("1000^{{{plus}}}_{{{minus}}} {unit}"),
            format!("1000_{{{minus}}}^{{{plus}}}{unit}"),
            format!("1000{unit}^{{{plus}}}_{{{minus}}}"),
            format!("1000{above}{below} {unit}"),
            format!("1000{below}{above}({unit})"),
            format!("1000{unit}{above}{below}"),
            format!("1000^{plus}_{minus} {unit}"),
        ];
        let first = parse(Kind::LimitDeviation, &texts[0]);
        for text in &texts {
            let read = parse(Kind::LimitDeviation, text);
            let same = read.as_ref().is_ok_and(|r| first.as_ref().is_ok_and(|f| f.notation == r.notation));
            prop_assert!(same, "{text:?}: {read:?}, wanted {first:?}");
        }
    }
}

#[test]
fn long_and_deep_texts_end_quickly() {
    for text in [
        "(".repeat(4_000),
        "9".repeat(4_000),
        "1 ".repeat(2_000),
        "m·".repeat(2_000),
        "千".repeat(3_000),
    ] {
        for (_, kind) in Kind::ALL {
            assert!(parse(kind, &text).is_err());
        }
    }
}
