mod kinds;

use proptest::prelude::*;

use super::*;
use numbers::number::Fraction;

fn bound(text: &str, units: &[(&str, &str)], result: &str) -> Result<Formula, ExpressionError> {
    let units: Vec<_> = units.iter().map(|(n, u)| (*n, unit(u).unwrap())).collect();
    let pairs: Vec<_> = units.iter().map(|(n, u)| (*n, u)).collect();
    Expression::parse(text)?.bind(&pairs, &unit(result).unwrap())
}

fn exact(text: &str) -> Fraction {
    Fraction::from(&text.parse::<Exact>().unwrap())
}

fn plain(text: &str) -> f64 {
    bound(text, &[], "1").unwrap().value(&[]).unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs().max(1e-12)
}

#[test]
fn signs_bind_as_on_paper() {
    for (text, value) in [
        ("2 + 3*4", 14.0),
        ("2 − 3 − 4", -5.0),
        ("12/3/2", 2.0),
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("(1 + 2)×(3 - 4)", -3.0),
        ("2² + 10⁻¹", 4.1),
        ("|3 - 5|", 2.0),
        ("max(1, 2, min(5, 3))", 3.0),
        ("50 % + 1e-1", 0.6),
        ("sqrt(2)^2", 2.0),
        ("8^(1/3)", 2.0),
        ("exp(ln(5))", 5.0),
        ("lg(1000)", 3.0),
        ("sin(π/2) + cos(0) + 4*atan(1) - pi", 2.0),
        ("1 [km] / 1 m", 1000.0),
        ("180° / π", 1.0),
    ] {
        assert!(near(plain(text), value), "{text}: {}", plain(text));
    }
}

#[test]
fn exact_where_it_can_be() {
    let error = bound("(W − W0)/W0", &[("W", "kWh"), ("W0", "MJ")], "%").unwrap();
    let value = error.exact(&[exact("1.005"), exact("3.6")]).unwrap();
    assert_eq!(value.text(), "1/2");
    let third = bound("x/3", &[("x", "1")], "1").unwrap();
    assert_eq!(third.exact(&[exact("1")]).unwrap().text(), "1/3");
    let (_, slope) = error.exact_gradient(&[exact("1.005"), exact("3.6")]).unwrap();
    // ∂γ/∂W = 100 %/W0 per kWh, ∂γ/∂W0 = −100 %·W/W0² per MJ.
    assert_eq!(slope[0].text(), "100/1");
    assert_eq!(slope[1].text(), "-335/12");
    let not = |text: &str| bound(text, &[("x", "1")], "1").unwrap().exact(&[exact("2")]);
    assert!(matches!(
        not("sqrt(x)").unwrap_err().trouble,
        Trouble::NotExact("sqrt")
    ));
    assert!(matches!(not("x*π").unwrap_err().trouble, Trouble::NotExact(_)));
    assert!(not("x + 1 rad").is_ok());
    assert!(not("x + 1°").is_err());
    let long = not("((((x+0.1)^64)^64)^64)^64").unwrap_err();
    assert_eq!(long.trouble, Trouble::TooLong);
}

/// A revolution is 2π rad as a speed in something mechanical, and a thing counted everywhere else.
#[test]
fn angles_in_formulas() {
    let value = |text: &str, symbols: &[(&str, &str)], result: &str, values: &[f64]| {
        bound(text, symbols, result).unwrap().value(values).unwrap()
    };
    let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * b.abs(), "{a} {b}");
    let pi = std::f64::consts::PI;
    let shaft = [("M", "N·m"), ("n", "r/min")];
    near(value("M*n", &shaft, "W", &[10.0, 3000.0]), 1000.0 * pi);
    near(
        value("P/n", &[("P", "W"), ("n", "r/min")], "N·m", &[1000.0, 30.0]),
        1000.0 / pi,
    );
    near(
        value(
            "m*n^2*r",
            &[("m", "kg"), ("n", "r/s"), ("r", "m")],
            "N",
            &[1.0, 1.0, 1.0],
        ),
        4.0 * pi * pi,
    );
    near(
        value("sqrt(g/l)", &[("g", "m/s²"), ("l", "m")], "rad/s", &[8.0, 2.0]),
        2.0,
    );
    near(
        value("sin(a) + cos(b)", &[("a", "°"), ("b", "r")], "1", &[30.0, 0.25]),
        0.5,
    );
    near(value("atan(x)", &[("x", "1")], "°", &[1.0]), 45.0);
    near(
        value("w*t", &[("w", "r/min"), ("t", "s")], "°", &[10.0, 3.0]),
        180.0,
    );
    // Counts stay exact, and so do angles among themselves.
    let energy = bound("N/C", &[("N", "r"), ("C", "r/(kW·h)")], "kW·h").unwrap();
    assert_eq!(
        energy.exact(&[exact("360"), exact("1200")]).unwrap().text(),
        "3/10"
    );
    let turns = bound("n/1 [r]", &[("n", "r/min")], "Hz").unwrap();
    assert_eq!(turns.exact(&[exact("3000")]).unwrap().text(), "50/1");
    let apart = bound("a - b", &[("a", "°"), ("b", "r")], "′").unwrap();
    assert_eq!(apart.exact(&[exact("361"), exact("1")]).unwrap().text(), "60/1");
    let power = bound("M*n", &shaft, "W").unwrap();
    let through = power.exact(&[exact("10"), exact("3000")]).unwrap_err();
    assert_eq!(through.trouble, Trouble::NotExact("π"));
    let pump = bound("n*V/1 [r]", &[("n", "r/min"), ("V", "mL")], "L/min").unwrap();
    assert_eq!(pump.exact(&[exact("3000"), exact("2")]).unwrap().text(), "6/1");
    for (text, symbols, result) in [
        ("n", &[("n", "r/min")] as &[(&str, &str)], "Hz"),
        // Strokes of a pump, pitch of a screw, charges of a mixer, pulses of a wheel: each counts its turns.
        ("n*V", &[("n", "r/min"), ("V", "mL")], "L/min"),
        ("n*p", &[("n", "r/min"), ("p", "mm")], "m/min"),
        ("n*m", &[("n", "r/min"), ("m", "kg")], "kg/min"),
        ("n*k", &[("n", "r/min"), ("k", "imp")], "imp/min"),
        ("N", &[("N", "r")], "1"),
        ("N + 1", &[("N", "r")], "r"),
        // Energy of a plain count over a constant per revolution.
        ("N/C", &[("N", "1"), ("C", "r/(kW·h)")], "kW·h"),
        ("N/C", &[("N", "1"), ("C", "imp/(kW·h)")], "kW·h"),
        ("h", &[("h", "%RH")], "%"),
        ("h + 1", &[("h", "dB")], "dB"),
    ] {
        let error = bound(text, symbols, result).map(|_| text).unwrap_err();
        assert!(error.to_string().contains("units clash"), "{error}");
    }
}

#[test]
fn errors_name_line_column_and_cure() {
    for (text, wanted) in [
        ("", "line 1 column 1: empty"),
        ("x +", "line 1 column 4: the formula ends too early"),
        (
            "(x",
            "line 1 column 3: the bracket opened in column 1 is not closed",
        ),
        ("x)", "line 1 column 2: no bracket is open"),
        ("2 x", "line 1 column 3: \"x\" behind a number is read as a unit"),
        ("x y", "line 1 column 3: an operator is missing"),
        ("x\n  + * 2", "line 2 column 5: '*' where a number"),
        ("foo(x)", "line 1 column 1: no function \"foo\""),
        ("sqrt(x, x)", "line 1 column 7: sqrt takes one value"),
        ("min(x)", "line 1 column 1: min needs two values"),
        ("1.2.3", "line 1 column 4: second decimal point"),
        ("x $ 2", "line 1 column 3: '$' has no meaning"),
        ("2 m²", "line 1 column 4: put a unit with a power into brackets"),
        (
            "9.8 [m/s",
            "line 1 column 5: the bracket of the unit is not closed",
        ),
        ("9.8 [foo]", "line 1 column 5: unit [foo]"),
        ("x %", "line 1 column 3: % stands behind a number only"),
        (
            "x + z",
            "line 1 column 5: symbol \"z\" is not defined; defined are x, t",
        ),
        (
            "x + t",
            "line 1 column 3: units clash: a plain number and ℃; give the plain number its unit",
        ),
        ("t - 293.15 K", "line 1 column 3: units clash: ℃ and K in one sum"),
        ("exp(t)", "line 1 column 1: exp takes a plain number, not ℃"),
        ("2^t", "line 1 column 2: a power is a plain number"),
        ("t^x", "line 1 column 2: ℃ to a power that is not a constant"),
        ("sqrt(t)", "line 1 column 1: the square root of ℃ has no unit"),
        ("t", "line 1 column 1: the result is ℃, asked for in 1"),
        ("|x", "line 1 column 3: the bar opened in column 1"),
        ("2/x", ""),
    ] {
        let error =
            bound(text, &[("x", "1"), ("t", "℃")], "1").map_or_else(|e| e.to_string(), |_| String::new());
        assert!(error.starts_with(wanted), "{text:?}: {error}");
    }
    let deep = format!("{}x{}", "(".repeat(100), ")".repeat(100));
    assert!(
        Expression::parse(&deep)
            .unwrap_err()
            .reason
            .contains("nested deeper")
    );
    assert!(
        Expression::parse(&"-".repeat(100))
            .unwrap_err()
            .reason
            .contains("nested deeper")
    );
    assert!(
        Expression::parse(&"1+".repeat(3_000))
            .unwrap_err()
            .reason
            .contains("longer")
    );
}

#[test]
fn a_point_without_a_value_says_where() {
    let formula = bound("1 + x/(x - 2)", &[("x", "1")], "1").unwrap();
    let found = formula.value(&[2.0]).unwrap_err();
    assert_eq!(found.to_string(), "line 1 column 6: division by zero");
    assert_eq!(formula.exact(&[exact("2")]).unwrap_err(), found);
    let root = bound("sqrt(x)", &[("x", "1")], "1").unwrap();
    assert!(
        root.value(&[-1.0])
            .unwrap_err()
            .to_string()
            .contains("sqrt needs")
    );
    assert_eq!(
        root.gradient(&[0.0]).unwrap_err().trouble,
        Trouble::NoDerivative("sqrt")
    );
    let big = bound("exp(x)", &[("x", "1")], "1").unwrap();
    assert_eq!(big.value(&[1e4]).unwrap_err().trouble, Trouble::Overflow);
}

#[test]
fn temperatures_and_resistances() {
    let units = [("R", "Ω"), ("R0", "Ω"), ("t", "℃"), ("A", "1/℃"), ("B", "1/℃²")];
    let text = "(R - R0*(1 + A*t + B*t^2)) / (R0*(A + 2*B*t))";
    let formula = bound(text, &units, "℃").unwrap();
    let values = ["138.5055", "100", "100", "0.0039083", "-0.0000005775"].map(exact);
    assert!(formula.exact(&values).unwrap().is_zero());
    // The tolerance of class A in the language.
    let tolerance = bound("0.15 ℃ + 0.002*|t|", &[("t", "℃")], "℃").unwrap();
    assert_eq!(
        tolerance
            .exact(&[exact("-100")])
            .unwrap()
            .decimal()
            .unwrap()
            .to_string(),
        "0.35"
    );
    assert!(bound("t0 - t", &[("t", "℃"), ("t0", "℃")], "K").is_ok());
    assert!(bound("t", &[("t", "℃")], "K").is_err());
}

#[test]
fn derivatives_of_every_function() {
    let points = [
        ("sqrt(x)", 2.0),
        ("exp(x)", 0.7),
        ("ln(x)", 3.0),
        ("lg(x)", 3.0),
        ("sin(x)", 0.4),
        ("cos(x)", 0.4),
        ("tan(x)", 0.4),
        ("asin(x)", 0.3),
        ("acos(x)", 0.3),
        ("atan(x)", 0.3),
        ("abs(x)", -0.3),
        ("x^5", 1.3),
        ("x^-2", 1.3),
        ("x^0.7", 1.3),
        ("x^x", 1.3),
        ("1/(1+x)", 0.2),
        ("max(x, 2*x)", 0.5),
        ("(x - 1)*(x + 3)/x", 0.9),
    ];
    for (text, x) in points {
        let formula = bound(text, &[("x", "1")], "1").unwrap();
        let (_, slope) = formula.gradient(&[x]).unwrap();
        let h = 1e-5;
        let difference = (formula.value(&[x + h]).unwrap() - formula.value(&[x - h]).unwrap()) / (2.0 * h);
        assert!(
            (slope[0] - difference).abs() < 1e-8,
            "{text}: {} {difference}",
            slope[0]
        );
    }
    // x²y³ at (2, 3): f_xyy = 2x·6y = 72
    let formula = bound("x^2*y^3", &[("x", "1"), ("y", "1")], "1").unwrap();
    let (first, second, third) = formula.third(&[2.0, 3.0], 0, 1).unwrap();
    assert!(near(first, 108.0) && near(second, 108.0) && near(third, 72.0));
    let (first, second, third) = formula.third(&[2.0, 3.0], 1, 1).unwrap();
    assert!(near(first, 108.0) && near(second, 72.0) && near(third, 24.0));
}

proptest! {
    #[test]
    fn garbage_is_answered_not_followed(text in "[-0-9a-zA-Z+*/^(){},.| %℃Ω\\[\\]²³⁻μ×÷\\n]{0,80}") {
        if let Ok(expression) = Expression::parse(&text) {
            let names: Vec<_> = expression.symbols().map(str::to_owned).collect();
            let one = unit("1").unwrap();
            let units: Vec<_> = names.iter().map(|n| (n.as_str(), &one)).collect();
            if let Ok(formula) = expression.bind(&units, &one) {
                let _ = formula.gradient(&vec![0.5; names.len()]);
                let _ = formula.exact(&vec![exact("0.5"); names.len()]);
            }
        }
    }

    #[test]
    fn any_text_at_all(text in "\\PC{0,60}") {
        let _ = Expression::parse(&text);
    }

    #[test]
    fn exact_and_float_agree(a in -1000_i64..1000, b in 1_i64..1000, c in -50_i64..50) {
        let formula = bound("(a - b)/b*c + a^2/b - |c|", &[("a", "1"), ("b", "1"), ("c", "1")], "1").unwrap();
        let [x, y, z] = [a, b, c].map(Fraction::from);
        let whole = formula.exact_gradient(&[x, y, z]);
        if let Ok((value, slope)) = whole {
            let (float, gradient) = formula.gradient(&[a as f64, b as f64, c as f64]).unwrap();
            prop_assert!((value.to_f64() - float).abs() <= 1e-9 * (1.0 + float.abs()));
            for (exact, float) in slope.iter().zip(&gradient) {
                prop_assert!((exact.to_f64() - float).abs() <= 1e-9 * (1.0 + float.abs()));
            }
        } else {
            prop_assert_eq!(c, 0);
        }
    }
}
