//! A bad budget is refused with its line and the cure.

use super::*;

/// `RESISTOR` with one thing changed, and the start of the refusal.
const CASES: &[(&str, &str, &str)] = &[
    (
        "format = 1",
        "format = 2",
        "line 2 column 10, format: 2 is not known",
    ),
    (
        "U/I",
        "U/J",
        "line 6 column 12, model: symbol \"J\" is not defined",
    ),
    ("U/I", "U + I", "line 6 column 12, model: units clash"),
    ("U/I", "U*I", "line 6 column 10, model: the result is"),
    ("U/I", "(U/I", "line 6 column 14, model: the bracket opened"),
    ("\"Ω\"", "\"Q\"", "line 5 column 9, result: unit \"Q\""),
    (
        "symbol = \"I\"",
        "symbol = \"U\"",
        "line 13 column 10, input: U is defined twice",
    ),
    (
        "symbol = \"I\"",
        "symbol = \"2I\"",
        "line 13 column 10, input: \"2I\" is no symbol",
    ),
    (
        "symbol = \"I\"",
        "symbol = \"pi\"",
        "line 13 column 10, input: \"pi\" is no symbol",
    ),
    (
        "value = \"2.000\"",
        "value = 2.0",
        "line 15 column 9: invalid type: floating point `2.0`, expected a string; numbers are written in quotes",
    ),
    (
        "value = \"2.000\"",
        "colour = \"2.000\"",
        "line 15 column 1: unknown field `colour`",
    ),
    (
        "value = \"2.000\"",
        "value = \"0\"",
        "line 16 column 14, input I: relative to a value of zero",
    ),
    (
        "k = \"2\" }",
        "dof = \"3\" }",
        "line 11 column 14, input U: U needs its k or its p",
    ),
    (
        "k = \"2\" }",
        "k = \"0\" }",
        "line 11 column 14, input U: k is above zero",
    ),
    (
        "k = \"2\" }",
        "k = \"2\", dof = \"0\" }",
        "line 11 column 44, input U: zero degrees of freedom",
    ),
    (
        "step = \"1\"",
        "readings = [\"1\"]",
        "line 11 column 53, input U: zero degrees of freedom: readings need two",
    ),
    (
        "step = \"1\"",
        "step = \"-1\"",
        "line 11 column 49, input U: an uncertainty is above zero",
    ),
    (
        "unit = \"mV\"",
        "unit = \"mA\"",
        "line 11 column 61, input U: unit mA does not fit V",
    ),
    (
        "distribution = \"rectangular\"",
        "distribution = \"square\"",
        "line 16 column 14, input I: distribution \"square\"",
    ),
    (
        ", distribution = \"rectangular\"",
        "",
        "line 16 column 14, input I: a half_width needs its distribution",
    ),
    (
        "step = \"1\"",
        "step = \"1\", u = \"2\"",
        "line 11 column 40, input U: a component has one of",
    ),
    ("\nk = \"2\"\n", "\n", "line 17 column 1, coverage: give k or p"),
    (
        "\nk = \"2\"\n",
        "\np = \"95\"\n",
        "line 17 column 1, coverage: k lies above 0, p between 0 and 1",
    ),
    (
        "\nk = \"2\"\n",
        "\nk = \"2\"\n[rounding]\nmethod = \"down\"\n",
        "line 20 column 10, rounding: \"down\": one of half-even",
    ),
    (
        "\nk = \"2\"\n",
        "\nk = \"2\"\n[rounding]\ndigits = 3\n",
        "line 20 column 10, rounding: U has one or two digits",
    ),
    (
        "model = \"U/I\"",
        "value = \"3\"",
        "line 8 column 10, input U: without a model",
    ),
    (
        "model = \"U/I\"",
        "model = \"U/2 A\"",
        "line 13 column 10, input I: I does not occur in the model",
    ),
];

#[test]
fn with_line_and_reason() {
    for (from, to, wanted) in CASES {
        assert!(RESISTOR.contains(from), "{from}");
        let text = RESISTOR.replacen(from, to, 1);
        let error = Budget::parse(&text).map_or_else(|e| e.to_string(), |_| "accepted".to_owned());
        assert!(error.starts_with(wanted), "{to}: {error}");
    }
}

#[test]
fn a_point_without_a_value() {
    let text = RESISTOR
        .replace("value = \"2.000\"", "value = \"0\"")
        .replace(", unit = \"%\", relative = true", "");
    let error = Budget::parse(&text).unwrap().evaluate().unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 6 column 11, model: division by zero at these estimates"
    );
}

#[test]
fn correlations_that_cannot_be_true() {
    let three = |ab: &str, bc: &str, ac: &str| {
        let input = |s: &str| {
            format!(
                "[[input]]\nsymbol = \"{s}\"\nunit = \"m\"\nvalue = \"1\"\ncomponent = [{{ u = \"0.1\" }}]\n"
            )
        };
        let pair = |a: &str, b: &str, r: &str| {
            format!("[[correlation]]\nbetween = [\"{a}\", \"{b}\"]\nr = \"{r}\"\n")
        };
        format!(
            "format = 1\n[result]\nsymbol = \"y\"\nunit = \"m\"\nmodel = \"a + b - c\"\n{}{}{}{}{}{}[coverage]\nk = \"2\"\n",
            input("a"),
            input("b"),
            input("c"),
            pair("a", "b", ab),
            pair("b", "c", bc),
            pair("a", "c", ac)
        )
    };
    let error = Budget::parse(&three("0.9", "0.9", "-0.9")).unwrap_err();
    assert_eq!(error.line, 28);
    assert!(error.reason.contains("not positive semidefinite at c"), "{error}");
    assert!(
        Budget::parse(&three("0.9", "0.9", "1.1"))
            .unwrap_err()
            .reason
            .contains("outside -1 to 1")
    );
    // Three that are one: singular, and true.
    let same = combined(&three("1", "1", "1"));
    assert!((same.u_c - 0.1).abs() < 1e-12);
    let unknown = three("0", "0", "0").replace("[\"a\", \"b\"]", "[\"a\", \"z\"]");
    assert!(
        Budget::parse(&unknown)
            .unwrap_err()
            .to_string()
            .contains("z is no input")
    );
    let twice = three("0", "0", "0").replace("[\"b\", \"c\"]", "[\"b\", \"a\"]");
    assert!(
        Budget::parse(&twice)
            .unwrap_err()
            .to_string()
            .contains("given twice")
    );
}

#[test]
fn no_garbage_panics() {
    for cut in (0..RESISTOR.len()).filter(|n| RESISTOR.is_char_boundary(*n)) {
        let _ = Budget::parse(&RESISTOR[..cut]);
        let _ = Budget::parse(&RESISTOR[cut..]);
    }
}
