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
