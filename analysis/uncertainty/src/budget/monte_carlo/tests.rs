//! The examples of GUM-S1, and the promises: same seed, same bits.

use super::*;
use crate::budget::Budget;

fn combined(text: &str) -> Combined {
    Budget::parse(text).unwrap().evaluate().unwrap()
}

/// A budget of plain numbers with these components, by 95 %.
fn plain(model: &str, inputs: &[(&str, &str, &str)]) -> String {
    let mut text = format!("format = 1\n[result]\nsymbol = \"Y\"\nunit = \"1\"\nmodel = \"{model}\"\n");
    for (symbol, value, component) in inputs {
        text += &format!(
            "[[input]]\nsymbol = \"{symbol}\"\nunit = \"1\"\nvalue = \"{value}\"\ncomponent = [{{ {component} }}]\n"
        );
    }
    text + "[coverage]\np = \"0.95\"\n"
}

fn four(first: &str, last: &str) -> Combined {
    let inputs = [
        ("X1", "0", first),
        ("X2", "0", first),
        ("X3", "0", first),
        ("X4", "0", last),
    ];
    combined(&plain("X1 + X2 + X3 + X4", &inputs))
}

#[track_caller]
fn close(value: f64, wanted: f64, within: f64) {
    assert!(
        (value - wanted).abs() <= within,
        "{value} is not {wanted} ± {within}"
    );
}

const UNIT: &str = "half_width = \"1.7320508075688772\", distribution = \"rectangular\"";

#[test]
fn additive_models() {
    // 9.2.2 four normals
    let normal = four("u = \"1\"", "u = \"1\"")
        .monte_carlo(&Settings::fixed(1, 1_000_000))
        .unwrap();
    close(normal.mean, 0.0, 0.01);
    close(normal.u, 2.0, 0.005);
    close(normal.intervals.symmetric.1, 3.92, 0.015);
    close(normal.intervals.shortest.0, -3.92, 0.08);
    assert!(normal.validation.validated);
    // 9.2.3 four rectangles
    let flat = four(UNIT, UNIT)
        .monte_carlo(&Settings::fixed(2, 1_000_000))
        .unwrap();
    close(flat.u, 2.0, 0.005);
    close(flat.intervals.symmetric.1, 3.88, 0.015);
    // 9.2.4 one rectangle ten times wider: the law of propagation is not valid
    let wide = UNIT.replace("1.7320508075688772", "17.320508075688772");
    let one = four(UNIT, &wide);
    let uneven = one.monte_carlo(&Settings::fixed(3, 1_000_000)).unwrap();
    close(uneven.u, 10.15, 0.02);
    close(uneven.intervals.symmetric.1, 17.0, 0.05);
    close(uneven.intervals.shortest.0, -17.0, 0.25);
    close(uneven.validation.gum.1, 19.9, 0.05);
    assert!(!uneven.validation.validated);
    assert!(one.warnings.iter().any(|w| w.en.contains("Monte Carlo")));
}

#[test]
fn a_sum_of_squares() {
    // 9.4.2: comparison loss in microwave power meter calibration, in units of 10⁻⁶
    let of = |x1: &str| {
        combined(&plain(
            "(X1^2 + X2^2)*1e6",
            &[("X1", x1, "u = \"0.005\""), ("X2", "0", "u = \"0.005\"")],
        ))
    };
    let zero = of("0").monte_carlo(&Settings::fixed(4, 1_000_000)).unwrap();
    close(zero.mean, 50.0, 0.3);
    close(zero.u, 50.0, 0.4);
    close(zero.intervals.shortest.0, 0.0, 0.1);
    close(zero.intervals.shortest.1, 150.0, 1.0);
    assert!(!zero.validation.validated);
    let far = of("0.050").monte_carlo(&Settings::fixed(5, 1_000_000)).unwrap();
    close(far.mean, 2551.0, 3.0);
    close(far.u, 502.0, 2.5);
    close(far.intervals.shortest.0, 1590.0, 25.0);
    close(far.intervals.shortest.1, 3543.0, 25.0);
}

#[test]
fn mass_calibration_needs_second_order() {
    let text = include_str!("../../../../vectors/budgets/gum-s1-mass.toml");
    let first = combined(text);
    close(first.value, 1.2340, 1e-9);
    close(first.u_c, 0.0539, 5e-5);
    let second = combined(&text.replace(
        "unit = \"mg\"\nmodel",
        "unit = \"mg\"\nsecond_order = true\nmodel",
    ));
    close(second.u_c, 0.0750, 5e-5);
    let found = first.monte_carlo(&Settings::fixed(6, 1_000_000)).unwrap();
    close(found.mean, 1.2341, 0.0003);
    close(found.u, 0.0754, 0.0002);
    close(found.intervals.symmetric.0, 1.0834, 0.0015);
    close(found.intervals.symmetric.1, 1.3825, 0.0015);
    assert!(!found.validation.validated);
}

#[test]
fn correlated_normals() {
    // 9.4.3: the same with r = 0.9: u of X1² + X2² at (0, 0) is 67·10⁻⁶
    let text = plain(
        "(X1^2 + X2^2)*1e6",
        &[("X1", "0", "u = \"0.005\""), ("X2", "0", "u = \"0.005\"")],
    ) + "[[correlation]]\nbetween = [\"X1\", \"X2\"]\nr = \"0.9\"\n";
    let found = combined(&text)
        .monte_carlo(&Settings::fixed(7, 1_000_000))
        .unwrap();
    close(found.mean, 50.0, 0.4);
    close(found.u, 67.3, 0.5);
    close(found.intervals.shortest.1, 185.0, 2.0);
    let flat = text.replacen(
        "u = \"0.005\"",
        "half_width = \"0.005\", distribution = \"arcsine\"",
        1,
    );
    let refused = combined(&flat).monte_carlo(&Settings::adaptive(1)).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("input X1: correlated inputs are drawn as Gaussian, arcsine is not")
    );
}

#[test]
fn every_shape_has_its_spread() {
    for (component, u, fourth) in [
        ("u = \"2\"", 2.0, 3.0),
        ("u = \"2\", dof = \"12\"", 2.0 * (12.0_f64 / 10.0).sqrt(), 3.75),
        (
            "half_width = \"2\", distribution = \"rectangular\"",
            2.0 / 3_f64.sqrt(),
            1.8,
        ),
        (
            "half_width = \"2\", distribution = \"triangular\"",
            2.0 / 6_f64.sqrt(),
            2.4,
        ),
        (
            "half_width = \"2\", distribution = \"arcsine\"",
            2.0 / 2_f64.sqrt(),
            1.5,
        ),
        (
            "half_width = \"2\", distribution = \"trapezoid\", beta = \"0.5\"",
            2.0 * (1.25_f64 / 6.0).sqrt(),
            2.1,
        ),
    ] {
        let found = combined(&plain("X", &[("X", "5", component)]));
        let drawn = found.monte_carlo(&Settings::fixed(11, 400_000)).unwrap();
        close(drawn.mean, 5.0, 5.0 * u / 400_000_f64.sqrt());
        let spread = 5.0 * u * ((fourth - 1.0) / 4.0 / 400_000.0_f64).sqrt();
        close(drawn.u, u, spread);
    }
}

#[test]
fn adaptive_runs_stop_when_they_stand() {
    let combined = four("u = \"1\"", "u = \"1\"");
    let coarse = combined.monte_carlo(&Settings::adaptive(8)).unwrap();
    assert!(coarse.stable && coarse.trials <= 3_000_000, "{}", coarse.trials);
    let fine = Settings {
        digits: 2,
        most: 200_000,
        ..Settings::adaptive(8)
    };
    let stopped = combined.monte_carlo(&fine).unwrap();
    assert!(!stopped.stable && stopped.trials == 200_000);
    let report = coarse.report();
    assert_eq!(
        (report.seed.as_str(), report.p.as_str(), report.u.as_str()),
        ("8", "0.95", "2")
    );
    assert!(report.validated && report.stable);
}

/// Everything that is computed, bit for bit: a machine that differs is told by its name.
#[test]
fn the_same_bits_everywhere() {
    let inputs = [
        ("a", "2", "u = \"0.1\""),
        ("b", "3", "u = \"0.1\", dof = \"4.5\""),
        ("c", "1", "half_width = \"0.2\", distribution = \"rectangular\""),
        ("d", "1", "half_width = \"0.2\", distribution = \"triangular\""),
        ("e", "1", "half_width = \"0.2\", distribution = \"arcsine\""),
        (
            "f",
            "1",
            "half_width = \"0.2\", distribution = \"trapezoid\", beta = \"0.3\"",
        ),
        ("g", "0.5", "u = \"0.01\""),
        ("h", "0.5", "u = \"0.01\""),
    ];
    let text = plain(
        "exp(a)/b + ln(c)*sin(d) - sqrt(e)*cos(f) + g^1.5*atan(h) + max(g, h)^3",
        &inputs,
    ) + "[[correlation]]\nbetween = [\"g\", \"h\"]\nr = \"-0.5\"\n";
    let combined = combined(&text);
    let found = combined.monte_carlo(&Settings::fixed(2026, 50_000)).unwrap();
    let bits = [
        found.mean,
        found.u,
        found.intervals.symmetric.0,
        found.intervals.shortest.1,
        combined.u_c,
        combined.k,
    ]
    .map(f64::to_bits);
    let wanted = [
        0x4001_d675_d732_50cb,
        0x3fd3_8188_92d9_abc5,
        0x3ffa_d4f7_0306_203f,
        0x4006_ae12_e391_4812,
        0x3fd2_8098_786c_2732,
        0x3fff_6a19_4439_5466,
    ];
    assert_eq!(bits, wanted, "{bits:#x?}");
    // A longer run begins with the shorter one, and another seed is another run.
    let again = combined.monte_carlo(&Settings::fixed(2026, 50_000)).unwrap();
    assert_eq!(again, found);
    let other = combined.monte_carlo(&Settings::fixed(2027, 50_000)).unwrap();
    assert!(other.mean.to_bits() != found.mean.to_bits());
}

#[test]
fn without_a_value_the_place_is_named() {
    let text = plain("1 + sqrt(X)", &[("X", "1", "u = \"1\"")]);
    let error = combined(&text)
        .monte_carlo(&Settings::adaptive(1))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("line 1 column 5: sqrt needs a value not below zero"),
        "{error}"
    );
    let fine = combined(&plain("X", &[("X", "1", "u = \"1\"")]));
    assert!(
        fine.monte_carlo(&Settings {
            digits: 3,
            ..Settings::adaptive(1)
        })
        .is_err()
    );
    assert!(fine.monte_carlo(&Settings::fixed(1, MOST_TRIALS + 1)).is_err());
}

#[test]
fn given_sensitivities_are_a_straight_model() {
    let text = "format = 1\n[result]\nsymbol = \"y\"\nunit = \"1\"\nvalue = \"7\"\n[[input]]\nsymbol = \"x\"\nunit = \"1\"\nvalue = \"3\"\nsensitivity = \"-2\"\ncomponent = [{ u = \"0.5\" }]\n[coverage]\nk = \"2\"\n";
    let found = combined(text).monte_carlo(&Settings::fixed(1, 100_000)).unwrap();
    close(found.mean, 7.0, 0.02);
    close(found.u, 1.0, 0.01);
    close(found.p, 0.9545, 1e-4);
    assert!(found.validation.validated);
}
