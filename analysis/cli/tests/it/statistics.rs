//! `metrology stats` on files as laboratories have them, good and bad.

use std::io::Write;

use crate::people::metrology;

fn file(text: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    file
}

fn stats(text: &str, arguments: &[&str]) -> (i32, String, String) {
    let file = file(text.as_bytes());
    let mut all = vec!["stats"];
    all.extend_from_slice(arguments);
    all.push(file.path().to_str().unwrap());
    metrology(&all)
}

fn json(text: &str, arguments: &[&str]) -> serde_json::Value {
    let all = [arguments, &["--json"]].concat();
    let (code, answer, error) = stats(text, &all);
    assert_eq!((code, error.as_str()), (0, ""));
    serde_json::from_str(&answer).unwrap()
}

/// A computed number is a text with its digits.
fn number(value: &serde_json::Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// A spreadsheet of a Chinese office saves GBK, or UTF-16 as "Unicode text"; an input method leaves full-width digits.
#[test]
fn a_table_in_the_encoding_of_a_spreadsheet_is_read() {
    let text = "序号,示值\n1,２０．１\n2,20.3\n";
    let (gbk, _, lost) = encoding_rs::GBK.encode(text);
    assert!(!lost && std::str::from_utf8(&gbk).is_err());
    let utf16: Vec<u8> = [0xFEFF_u16]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let marked = format!("\u{FEFF}{text}");
    for bytes in [text.as_bytes(), &gbk, &utf16, marked.as_bytes()] {
        let file = file(bytes);
        let (code, answer, error) = metrology(&["stats", file.path().to_str().unwrap(), "--column", "示值"]);
        assert_eq!((code, error.as_str()), (0, ""));
        assert!(answer.contains("mean           20.2\n"), "{answer}");
    }
}

#[test]
fn the_mean_keeps_every_digit_of_the_decimals() {
    let answer = json("100000000000000000000.1\n100000000000000000000.4\n", &[]);
    assert_eq!(answer["mean"], "100000000000000000000.25");
    assert!((number(&answer["sd"]) - 0.045_f64.sqrt()).abs() < 1e-15);
    let (_, text, _) = stats("n,t\n1,\"20.1\"\n2,20.3\n", &["--column", "t"]);
    assert!(text.contains("mean           20.2\n"), "{text}");
}

/// Nine equal differences and one far off: G = 2.8 by hand.
#[test]
fn an_outlier_is_named_with_both_levels() {
    let answer = json("0\n0\n0\n0\n0\n0\n0\n0\n0\n1\n", &["outlier", "--side", "upper"]);
    assert_eq!(answer["suspect"], "1");
    assert!((number(&answer["G"]) - 9.0 / 10.0_f64.sqrt()).abs() < 1e-12);
    assert_eq!(
        (&answer["straggler"], &answer["outlier"]),
        (&true.into(), &true.into())
    );
}

/// y = 1 + 2x + 3x² has no residual.
#[test]
fn a_polynomial_through_its_own_points_comes_back() {
    let answer = json("x,y\n0,1\n1,6\n2,17\n3,34\n4,57\n", &["fit", "--degree", "2"]);
    let b = answer["b"].as_array().unwrap();
    for (b, true_b) in b.iter().zip([1.0, 2.0, 3.0]) {
        assert!((number(b) - true_b).abs() < 1e-12, "{b}");
    }
    assert_eq!(answer["dof"], 2);
}

#[test]
fn charts_mark_their_signals() {
    let text = "10\n10\n13\n13\n13\n13\n";
    let (_, chart, _) = stats(
        text,
        &["cusum", "--target", "10", "--slack", "0.5", "--decision", "4"],
    );
    // +2.5, +5, +7.5, +10: the second crosses 4.
    assert!(chart.lines().nth(2).unwrap().ends_with("-0"), "{chart}");
    assert!(chart.lines().nth(3).unwrap().ends_with('!'), "{chart}");
    let answer = json(text, &["ewma", "--target", "10", "--sigma", "1", "--lambda", "1"]);
    assert_eq!(answer["signals"], serde_json::json!([]));
}

#[test]
fn wrong_input_ends_with_the_place_and_the_cure() {
    let long = format!("1\n{}\n", "9".repeat(2_000));
    let cases: &[(&str, &[&str], &str)] = &[
        ("", &[], "2 values at least, 0 given"),
        ("20.1\n", &[], "2 values at least, 1 given"),
        ("20.1\nNaN\n", &[], "line 2: \"NaN\""),
        (
            "20.1\n२०.3\n",
            &[],
            "line 2: \"२०.3\": column 1: no digit at '२' where a number should be; use ASCII digits",
        ),
        ("1,2\n3,4\n", &[], "line 1: 2 columns, name one with --column"),
        (
            "a,b\n1,2\n",
            &["--column", "c"],
            "no column \"c\", the header has a, b",
        ),
        ("a,a\n1,2\n", &["--column", "a"], "two columns are called \"a\""),
        ("a,b\n1,2\n3\n", &["--column", "b"], "line 3: the cell is empty"),
        ("x,y\n1,1\n1,2\n1,3\n", &["fit"], "singular"),
        ("1\n1e100000\n", &[], "line 2: \"1e100000\""),
        (&long, &[], "line 2: \"9999"),
        ("5\n5\n5\n", &["outlier"], "all values are equal"),
    ];
    for (text, arguments, wanted) in cases {
        let (code, answer, error) = stats(text, arguments);
        assert_eq!(
            (code, answer.as_str()),
            (2, ""),
            "{text:?} {arguments:?}: {error}"
        );
        assert!(error.contains(wanted), "{text:?} {arguments:?}: {error}");
    }
    let bytes = file(b"1\n\xFF\xFE\n");
    let (code, _, error) = metrology(&["stats", bytes.path().to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(
        error.contains("is neither UTF-8 nor GBK, save it as UTF-8"),
        "{error}"
    );
}

/// The verdict of `stats score` and of `eval` at the bounds, which f64 misses on both sides.
#[test]
fn scores_are_graded_exactly_at_their_bounds() {
    let said = |arguments: &[&str]| {
        let all = [&["--json", "stats", "score"], arguments].concat();
        let (code, answer, error) = metrology(&all);
        assert_eq!((code, error.as_str()), (0, ""), "{arguments:?}");
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let score = if arguments[0] == "en" { "En" } else { "score" };
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        (text(score), text("grade"))
    };
    let pair = |score: &str, grade: &str| (score.to_owned(), grade.to_owned());
    for (x, score, grade) in [
        ("10.05", "1", "满意"),
        ("9.95", "-1", "满意"),
        ("10.0500000000000001", "1.00000000000001", "不满意"),
    ] {
        let en = [
            "en",
            "--x",
            x,
            "--assigned",
            "10.00",
            "--u",
            "0.03",
            "--u-assigned",
            "0.04",
        ];
        assert_eq!(said(&en), pair(score, grade), "{x}");
    }
    let z = |x, assigned| said(&["z", "--x", x, "--assigned", assigned, "--sigma", "0.1"]);
    assert_eq!(z("10.3", "10.1"), pair("2", "满意"));
    assert_eq!(z("10.6", "10.3"), pair("3", "不满意"));
    assert_eq!(z("-10.6", "-10.3"), pair("-3", "不满意"));
    let zeta = [
        "zeta",
        "--x",
        "0.3",
        "--assigned",
        "0.2",
        "--u",
        "0.03",
        "--u-assigned",
        "0.04",
    ];
    assert_eq!(said(&zeta), pair("2", "满意"));
    let (code, _, error) = metrology(&[
        "stats",
        "score",
        "z",
        "--x",
        "1",
        "--assigned",
        "0",
        "--sigma",
        "-1",
    ]);
    assert_eq!(code, 2);
    assert!(error.contains("sigma = -1 is negative"), "{error}");
}
