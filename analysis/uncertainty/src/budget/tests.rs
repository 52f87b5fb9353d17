//! The examples of the GUM, and what is refused.

mod refused;

use super::*;
use crate::statistics::regression;

fn budget(name: &str) -> String {
    let path = format!("{}/../vectors/budgets/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn combined(text: &str) -> Combined {
    Budget::parse(text).unwrap().evaluate().unwrap()
}

/// Whether a value rounds to what is printed.
#[track_caller]
fn prints(value: f64, printed: &str) {
    let places = printed.split_once('.').map_or(0, |(_, p)| p.len());
    let half = 0.5001 * 10_f64.powi(-i32::try_from(places).unwrap());
    let wanted: f64 = printed.parse().unwrap();
    assert!((value - wanted).abs() <= half, "{value} does not print {printed}");
}

#[test]
fn gum_h1_end_gauge() {
    let found = combined(&budget("gum-h1"));
    prints(found.u_c * 1e6, "32");
    assert!((16.7..16.8).contains(&found.dof_unrounded.unwrap()));
    assert_eq!(found.dof, Some(16));
    let report = found.report();
    assert_eq!(report.k, "2.92");
    assert_eq!(report.expanded, "0.000093");
    assert_eq!(report.value, "50.000838");
    assert_eq!(
        report.statement.en,
        "l = 50.000838 mm, U = 0.000093 mm, k = 2.92, p = 0.99, ν_eff = 16"
    );
    let d: Vec<_> = report.rows.iter().filter(|r| r.symbol == "d").collect();
    assert_eq!(d.len(), 3);
    assert_eq!(
        (d[0].evaluated.as_str(), d[2].contribution.as_str()),
        ("A", "0.0000067")
    );
    // Two inputs act only in second order: the table says so, and their product counts.
    assert_eq!(report.warnings.len(), 2);
    let second = budget("gum-h1").replace(
        "unit = \"mm\"\nmodel",
        "unit = \"mm\"\nsecond_order = true\nmodel",
    );
    let second = combined(&second);
    prints(second.u_c * 1e6, "34");
    assert!(second.report().warnings.is_empty());
}

#[test]
fn gum_h2_resistance_and_reactance() {
    let text = budget("gum-h2");
    let of = |model: &str| combined(&text.replace("V/I*cos(φ)", model));
    let (r, x, z) = (of("V/I*cos(φ)"), of("V/I*sin(φ)"), of("V/I + 0 Ω*φ"));
    for (found, value, u) in [
        (&r, "127.732", "0.071"),
        (&x, "219.847", "0.296"),
        (&z, "254.260", "0.236"),
    ] {
        prints(found.value, value);
        prints(found.u_c, u);
    }
    let correlation = |a: &Combined, b: &Combined| output_covariance(a, b).unwrap() / (a.u_c * b.u_c);
    prints(correlation(&r, &x), "-0.588");
    prints(correlation(&r, &z), "-0.485");
    prints(correlation(&x, &z), "0.993");
    let pairs = r.report().correlations;
    let printed: Vec<_> = pairs.iter().map(|(_, _, r)| r.parse::<f64>().unwrap()).collect();
    for (r, wanted) in printed.iter().zip(["-0.36", "0.86", "-0.65"]) {
        prints(*r, wanted);
    }
    assert_eq!((r.dof, z.dof), (Some(4), Some(4)));
    assert!(output_covariance(&r, &combined(&budget("gum-h4"))).is_none());
}

#[test]
fn gum_h3_calibration_line() {
    let t = [
        21.521, 22.012, 22.512, 23.003, 23.507, 23.999, 24.513, 25.002, 25.503, 26.010, 26.511,
    ];
    let b = [
        -0.171, -0.169, -0.166, -0.159, -0.164, -0.165, -0.156, -0.157, -0.159, -0.161, -0.160,
    ];
    let theta: Vec<f64> = t.iter().map(|t| t - 20.0).collect();
    let fit = regression::line(&theta, &b, true).unwrap();
    prints(fit.b[0], "-0.1712");
    prints(fit.b[1], "0.00218");
    prints(fit.se[0], "0.0029");
    prints(fit.se[1], "0.00067");
    prints(fit.resid_sd, "0.0035");
    let found = combined(&budget("gum-h3"));
    prints(found.value, "-0.1494");
    prints(found.u_c, "0.0041");
    assert_eq!(found.dof, Some(9));
    assert_eq!(found.report().statement.en, "b = -0.1494 ℃, U = 0.0083 ℃, k = 2");
}

#[test]
fn gum_h4_activity() {
    let text = budget("gum-h4");
    let found = combined(&text);
    let mean = |symbol: &str| {
        let input = found.budget.inputs.iter().find(|i| i.symbol == symbol).unwrap();
        (input.value.to_f64(), input.u())
    };
    let ((x, u_x), (s, u_s)) = (mean("R_x"), mean("R_S"));
    prints(x, "652.60");
    prints(u_x, "6.42");
    prints(s, "206.09");
    prints(u_s, "3.79");
    prints(found.budget.correlations[0].r, "0.646");
    // The GUM goes on from the rounded ratio 3.167.
    prints(found.value * 3.167 / (x / s), "0.4300");
    prints(found.u_c, "0.0083");
    // The ratio by itself, and approach 2: six ratios.
    let start = text.find("[[input]]\nsymbol = \"R_x\"").unwrap();
    let ratio = "format = 1\n[result]\nsymbol = \"R\"\nunit = \"1\"\nmodel = \"R_x/R_S\"\n";
    let ratio = combined(&format!("{ratio}{}", &text[start..]));
    prints(ratio.value, "3.167");
    prints(ratio.u_c, "0.045");
    let pairs = |symbol: &str| {
        ratio
            .budget
            .inputs
            .iter()
            .find(|i| i.symbol == symbol)
            .unwrap()
            .readings
            .clone()
    };
    let six: Vec<f64> = pairs("R_x")
        .iter()
        .zip(pairs("R_S"))
        .map(|(x, s)| x.to_f64() / s.to_f64())
        .collect();
    let six = crate::statistics::univariate(&six).unwrap();
    prints(six.mean, "3.170");
    prints(six.sd / 6_f64.sqrt(), "0.046");
}

const RESISTOR: &str = r#"
format = 1
[result]
symbol = "R"
unit = "Ω"
model = "U/I"
[[input]]
symbol = "U"
unit = "V"
value = "6.000"
component = [{ U = "0.006", k = "2" }, { step = "1", unit = "mV" }]
[[input]]
symbol = "I"
unit = "A"
value = "2.000"
component = [{ half_width = "0.05", unit = "%", relative = true, distribution = "rectangular" }]
[coverage]
k = "2"
"#;

/// A revolution is 2π rad: 500 W would be the power of a shaft that turns 2π times slower.
#[test]
fn the_power_of_a_shaft() {
    let found = combined(&budget("shaft-power"));
    prints(found.value, "3141.5927");
    prints(found.u_c, "3.3115");
    let report = found.report();
    assert_eq!(report.statement.en, "P = 3141.6 W, U = 6.6 W, k = 2");
    assert!(!report.exact, "π took part");
    prints(found.sensitivities[0], "314.1593");
    prints(found.sensitivities[1], "1.0472");
    // The same shaft in rad/s, and a result in Hz, which no angle is.
    let radians = budget("shaft-power")
        .replace("r/min", "rad/s")
        .replace("3000", "314.16");
    prints(combined(&radians).value, "3141.6");
    let counted = budget("shaft-power")
        .replace("\"W\"", "\"Hz\"")
        .replace("M*n", "n");
    let error = Budget::parse(&counted).unwrap_err().to_string();
    assert!(error.contains("multiply or divide by 1 [r]"), "{error}");
}

#[test]
fn exact_where_everything_is() {
    let found = combined(RESISTOR);
    // u² = (0.003² + 0.0005²/3)/4 + (3/2)²·0.001²/3
    let wanted: f64 = (9e-6 + 0.25e-6 / 3.0) / 4.0 + 2.25e-6 / 3.0;
    assert!((found.u_c - wanted.sqrt()).abs() < 1e-15);
    assert!(found.variance.is_some());
    let report = found.report();
    assert!(report.exact);
    assert_eq!(report.statement.en, "R = 3.0000 Ω, U = 0.0035 Ω, k = 2");
    assert_eq!(report.statement.zh, "R = 3.0000 Ω，U = 0.0035 Ω，k = 2");
    assert_eq!(report.dof, "∞");
    for (method, u) in [
        ("up", "0.0035"),
        ("gum-3-percent", "0.0035"),
        ("half-even", "0.0035"),
    ] {
        let text = format!("{RESISTOR}[rounding]\nmethod = \"{method}\"\n");
        assert_eq!(combined(&text).report().expanded, u);
    }
    let one = format!("{RESISTOR}[rounding]\ndigits = 1\nmethod = \"up\"\n");
    let one = combined(&one).report();
    assert_eq!((one.expanded.as_str(), one.value.as_str()), ("0.004", "3.000"));
}

#[test]
fn given_sensitivities_need_no_model() {
    let text = r#"
format = 1
[result]
symbol = "y"
unit = "kPa"
value = "100.2"
[[input]]
symbol = "p"
unit = "kPa"
value = "0"
sensitivity = "1"
component = [{ u = "0.03" }]
[[input]]
symbol = "t"
unit = "℃"
value = "20"
sensitivity = "-0.02"
component = [{ half_width = "2", distribution = "triangular" }]
[coverage]
p = "0.95"
"#;
    let found = combined(text);
    let wanted = (0.03_f64 * 0.03 + 0.02 * 0.02 * 4.0 / 6.0).sqrt();
    assert!((found.u_c - wanted).abs() < 1e-15);
    assert_eq!(found.report().k, "1.96");
    let formula = text.replace(
        "sensitivity = \"-0.02\"",
        "sensitivity = \"-0.02 [kPa/℃]*(1 + 0*p/1 kPa)\"",
    );
    assert!((combined(&formula).u_c - wanted).abs() < 1e-15);
}

#[test]
fn the_table_in_three_forms() {
    let report =
        combined(&RESISTOR.replace("component = [{ U", "name_zh = \"电压 <b>\"\ncomponent = [{ U")).report();
    let markdown = report.markdown();
    assert_eq!(markdown.lines().filter(|l| l.starts_with("| ")).count(), 2 + 3);
    assert!(
        markdown.contains("R = 3.0000 Ω, U = 0.0035 Ω, k = 2"),
        "{markdown}"
    );
    let html = report.html();
    assert!(html.contains("电压 &lt;b&gt;") && !html.contains("<b>"));
    assert_eq!(html.matches("<tr>").count(), 1 + 3);
    assert_eq!(report.json()["rows"][2]["share_percent"], "24.8");
}
