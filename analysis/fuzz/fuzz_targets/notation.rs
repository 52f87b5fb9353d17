//! `cargo +nightly fuzz run notation`: every parser on arbitrary text.
#![no_main]

use numbers::limits::Limit;
use numbers::notation::{Kind, parse};
use numbers::number::Exact;
use numbers::rounding::Reported;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = Exact::parse(text);
    let _ = Reported::parse(text);
    let _ = Limit::parse(text);
    for (_, kind) in Kind::ALL {
        if let Ok(reading) = parse(kind, text) {
            let again = parse(kind, &reading.notation.print()).expect("what was printed can be read");
            assert_eq!(again.notation, reading.notation);
        }
    }
});
