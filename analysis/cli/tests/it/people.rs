//! The readable commands.

use std::process::Command;

pub(crate) fn metrology(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_metrology"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn round_tells_the_side_of_the_measured_value() {
    let (code, text, _) = metrology(&["round", "0.5251", "--interval", "0.05"]);
    assert_eq!((code, text.as_str()), (0, "0.55  (|measured| is smaller)\n"));
    assert_eq!(
        metrology(&["round", "16.50(+)", "-i", "1"]).1,
        "17  (|measured| is larger)\n".replace("larger", "smaller")
    );
}

#[test]
fn judge_names_who_declared_the_method() {
    let (code, text, _) = metrology(&["judge", "≥14×100", "1351"]);
    assert_eq!(code, 1);
    assert!(
        text.starts_with("不符合  by 全数值比较法 (GB/T 8170-2008 4.3.1.2"),
        "{text}"
    );
    let (code, text, _) = metrology(&["judge", "≥14×100", "1351", "--rounded-by", "JJG 596"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("符合  by 修约值比较法 (JJG 596)"), "{text}");
}

#[test]
fn conversions_are_exact_or_say_so() {
    assert_eq!(
        metrology(&["convert", "1.5", "kWh", "MJ"]).1,
        "1.5 kW·h = 5.4 MJ\n"
    );
    assert_eq!(
        metrology(&["convert", "3000", "r/min", "rad/s"]).1,
        "3000 r/min ≈ 314.15926535897932385 rad/s\n  note: goes through π; rounded to 20 significant digits\n"
    );
    assert_eq!(
        metrology(&["convert", "3000", "r/min", "r/s"]).1,
        "3000 r/min = 50 r/s\n"
    );
    assert_eq!(metrology(&["convert", "100", "℃", "K"]).1, "100 ℃ = 373.15 K\n");
    let (code, _, error) = metrology(&["convert", "1", "kW·h", "kW"]);
    assert_eq!(code, 2);
    assert!(error.contains("different quantities"), "{error}");
    for (from, to, wanted) in [
        ("dB", "%", "dB is a scale of its own and converts to nothing else"),
        ("%RH", "%", "%RH is a scale of its own"),
        ("r/min", "Hz", "an angle converts to an angle only"),
        ("Nm3/h", "m³/h", "an amount of gas at its reference conditions"),
        ("kVA", "kW", "multiply by the power factor"),
        ("dBm", "mW", "dBm converts to dBW only"),
    ] {
        let (code, answer, error) = metrology(&["convert", "1", from, to]);
        assert_eq!((code, answer.as_str()), (2, ""), "{from} {to}");
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn a_wrong_notation_shows_its_column() {
    let (code, _, error) = metrology(&["parse", "limit", "≥97,0%"]);
    assert_eq!(code, 2);
    assert!(error.contains("column 4"), "{error}");
}

#[test]
fn a_table_shows_its_edition_and_what_replaced_it() {
    let (code, text, _) = metrology(&["tables", "equipment_rate"]);
    assert_eq!(code, 0);
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("GB 17167-2006 ("), "{first}");
    assert!(first.contains("SUPERSEDED 已被代替: GB 17167-2025"), "{first}");
    assert!(text.contains("蒸汽\t100\t80\t70"), "{text}");
    let (code, _, error) = metrology(&["tables", "rates"]);
    assert_eq!(code, 2);
    assert!(error.contains("one of accuracy, coal, equipment_rate"), "{error}");
}

#[test]
fn a_budget_prints_as_a_table() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/budgets/gum-s1-mass.toml");
    let (code, text, error) = metrology(&["budget", file, "--monte-carlo", "--seed", "7"]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(
        text.contains("δm = 1.23 mg, U = 0.11 mg, k = 1.96, p = 0.95"),
        "{text}"
    );
    assert!(text.contains("未通过 not validated"), "{text}");
    assert_eq!(
        metrology(&["budget", file, "--monte-carlo", "--seed", "7"]).1,
        text
    );
    let (_, json, _) = metrology(&["budget", file, "--json", "--monte-carlo", "--trials", "50000"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["monte_carlo"]["trials"], 50_000);
    assert_eq!(json["expanded"], "0.11");
    assert!(metrology(&["budget", file, "--html"]).1.starts_with("<section"));
    let (code, _, error) = metrology(&["budget", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    assert_eq!(code, 2);
    assert!(error.contains("Cargo.toml: line "), "{error}");
}

#[test]
fn wrong_input_ends_with_the_place_and_the_cure() {
    let digits = "7".repeat(2_000);
    let cases: &[(&[&str], &str)] = &[
        (
            &["round", &digits, "-i", "1"],
            "column 1001: more than 1000 digits, shorten",
        ),
        (
            &["round", "1E100000", "-i", "1"],
            "column 3: power of ten beyond ±400",
        ),
        (&["round", "१.5", "-i", "1"], "use ASCII digits"),
        (&["round", "1.5", "-i", "0"], "interval"),
        (&["round", "1.5"], "give --interval or --digits"),
        (&["round", "NaN", "-i", "1"], "column 1: no digit"),
        (&["judge", "5~3", "4"], "lower"),
        (&["judge", "10V~20A", "15"], "column 8: unit conflict"),
        (&["convert", "1", "kW·h", "m³"], "different quantities"),
        (&["parse", "colour", "red"], "limit"),
    ];
    for (arguments, wanted) in cases {
        let (code, answer, error) = metrology(arguments);
        assert_eq!((code, answer.as_str()), (2, ""), "{wanted}: {error}");
        assert!(error.contains(wanted), "{wanted}: {error}");
        assert!(error.len() < 600, "{wanted}: the message repeats the input");
    }
}
