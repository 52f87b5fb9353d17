//! The `statistics` requests of `metrology eval`.

use anyhow::{Result, anyhow, bail};
use numbers::decision::{Grade, Rule, Score, decide};
use numbers::number::Exact;
use numbers::rounding::{Method, round_significant_by};
use serde_json::{Value, json};
use uncertainty::statistics::outlier::{OutlierTest, Side, dixon, grubbs};
use uncertainty::statistics::regression::{Fit, line, multiple, polynomial};
use uncertainty::statistics::{chart, compare, robust, summary};

use super::fields::Fields;

pub(super) fn answer(fields: &Fields) -> Result<Value> {
    let kind = fields.text("kind")?;
    let inputs = fields.object("inputs")?;
    match kind.as_str() {
        "univariate" => summary_json(&inputs.numbers("data")?),
        "linear_regression" => {
            let fit = line(
                &floats(&inputs, "x")?,
                &floats(&inputs, "y")?,
                inputs.flag("intercept", true)?,
            )?;
            Ok(fit_json(&fit, true))
        }
        "polynomial_regression" => {
            let degree = usize::try_from(inputs.count("degree")?)?;
            let fit = polynomial(&floats(&inputs, "x")?, &floats(&inputs, "y")?, degree)?;
            Ok(fit_json(&fit, true))
        }
        "multiple_regression" => {
            let rows: Vec<Vec<f64>> = inputs
                .rows("x")?
                .iter()
                .map(|row| row.iter().map(Exact::to_f64).collect())
                .collect();
            Ok(fit_json(&multiple(&rows, &floats(&inputs, "y")?)?, true))
        }
        "grubbs" => outlier_json("G", grubbs(&floats(&inputs, "data")?, side(&inputs)?)?),
        "dixon" => outlier_json("D", dixon(&floats(&inputs, "data")?, side(&inputs)?)?),
        "algorithm_A" => {
            let a = robust::algorithm_a(&floats(&inputs, "data")?)?;
            Ok(json!({ "x_star": digits(a.x_star), "s_star": digits(a.s_star) }))
        }
        "comparison" => {
            let c = compare::weighted_mean(&floats(&inputs, "x")?, &floats(&inputs, "u")?)?;
            Ok(json!({
                "ref": digits(c.reference), "u_ref": digits(c.u_reference), "chi2": digits(c.chi2),
                "chi2_95": digits(c.chi2_95), "En": list(&c.en),
            }))
        }
        "En" => {
            let number = |name| inputs.number(name);
            let score = Score::en(&number("x")?, &number("X")?, &number("U")?, &number("Uref")?)?;
            Ok(json!({ "En": score, "ok": score.grade() == Grade::Satisfactory }))
        }
        "z" | "z_prime" | "zeta" => scored(&kind, &inputs),
        "conformity" => {
            let number = |name| inputs.number(name);
            let decided = decide(
                &Rule::Jjf1094,
                &number("error")?,
                &number("U95")?,
                &number("MPEV")?,
            )?;
            Ok(json!({ "verdict": decided.decision }))
        }
        "uncertainty_rounding" => {
            let (value, wanted) = (inputs.number("U")?, inputs.count("digits")?);
            if !value.is_positive() {
                bail!("U must be greater than zero");
            }
            let by = |method| {
                round_significant_by(&value, wanted, method)
                    .ok_or_else(|| anyhow!("digits must be at least 1"))
            };
            Ok(json!({
                "half_even": by(Method::HalfEven)?.0.to_string(),
                "round_up": by(Method::Up)?.0.to_string(),
            }))
        }
        "control_chart_individuals" => {
            let c = chart::individuals(&floats(&inputs, "data")?)?;
            Ok(json!({
                "center": digits(c.center), "mr_bar": digits(c.mr_bar),
                "UCL": digits(c.ucl), "LCL": digits(c.lcl),
            }))
        }
        other => bail!("unknown kind of statistics {other:?}"),
    }
}

fn summary_json(data: &[Exact]) -> Result<Value> {
    let (mean, u) = summary(data)?;
    Ok(json!({ "mean": mean, "sd": digits(u.sd), "lag1_autocorr": u.lag1.map(digits) }))
}

fn scored(kind: &str, inputs: &Fields) -> Result<Value> {
    let number = |name| inputs.number(name);
    let (x, assigned) = (number("x")?, number("X")?);
    let score = match kind {
        "z" => Score::z(&x, &assigned, &number("sigma")?),
        "z_prime" => Score::z_prime(&x, &assigned, &number("sigma")?, &number("u_X")?),
        _ => Score::zeta(&x, &assigned, &number("u")?, &number("u_X")?),
    }?;
    Ok(json!({ "score": score, "grade": score.grade() }))
}

fn side(inputs: &Fields) -> Result<Side> {
    match inputs.optional_text("side")?.as_deref() {
        Some("upper") | None => Ok(Side::Upper),
        Some("lower") => Ok(Side::Lower),
        Some("both") => Ok(Side::Both),
        Some(other) => bail!("side {other:?}: upper, lower or both"),
    }
}

fn floats(inputs: &Fields, name: &str) -> Result<Vec<f64>> {
    Ok(inputs.numbers(name)?.iter().map(Exact::to_f64).collect())
}

/// The shortest decimal of an f64; no negative zero.
pub(crate) fn digits(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else {
        value.to_string()
    }
}

fn list(values: &[f64]) -> Vec<String> {
    values.iter().map(|v| digits(*v)).collect()
}

fn fit_json(fit: &Fit, with_r2: bool) -> Value {
    let mut value = json!({ "b": list(&fit.b), "se": list(&fit.se), "resid_sd": digits(fit.resid_sd) });
    if with_r2 {
        value["r2"] = json!(fit.r2.map(digits));
    }
    value
}

/// Critical values with the three places of the tables of GB/T 4883.
fn outlier_json(name: &str, test: OutlierTest) -> Result<Value> {
    Ok(json!({
        name: digits(test.statistic),
        "critical_95": format!("{:.3}", test.critical_95),
        "critical_99": format!("{:.3}", test.critical_99),
        "straggler": test.straggler(), "outlier": test.outlier(),
    }))
}
