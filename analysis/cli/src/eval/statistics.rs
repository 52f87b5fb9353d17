//! The `statistics` requests of `metrology eval`.

use anyhow::{Result, anyhow, bail};
use numbers::decision::{Rule, Score, decide};
use numbers::number::Exact;
use numbers::rounding::{Method, round_significant_by};
use serde_json::{Value, json};
use uncertainty::statistics::outlier::Side;
use uncertainty::statistics::regression::{line, multiple, polynomial};

use super::fields::Fields;
use crate::answers::{self, Rows, Test, object};

pub(super) fn answer(fields: &Fields) -> Result<Value> {
    let kind = fields.text("kind")?;
    let inputs = fields.object("inputs")?;
    match kind.as_str() {
        "univariate" => rows(answers::univariate(&inputs.numbers("data")?)),
        "linear_regression" => {
            let fit = line(
                &floats(&inputs, "x")?,
                &floats(&inputs, "y")?,
                inputs.flag("intercept", true)?,
            )?;
            Ok(object(&answers::fit(&fit)))
        }
        "polynomial_regression" => {
            let degree = usize::try_from(inputs.count("degree")?)?;
            let fit = polynomial(&floats(&inputs, "x")?, &floats(&inputs, "y")?, degree)?;
            Ok(object(&answers::fit(&fit)))
        }
        "multiple_regression" => {
            let rows: Vec<Vec<f64>> = inputs
                .rows("x")?
                .iter()
                .map(|row| row.iter().map(Exact::to_f64).collect())
                .collect();
            Ok(object(&answers::fit(&multiple(&rows, &floats(&inputs, "y")?)?)))
        }
        "grubbs" => rows(answers::outlier(
            &floats(&inputs, "data")?,
            Test::Grubbs,
            side(&inputs)?,
        )),
        "dixon" => rows(answers::outlier(
            &floats(&inputs, "data")?,
            Test::Dixon,
            side(&inputs)?,
        )),
        "algorithm_A" => rows(answers::robust(&floats(&inputs, "data")?)),
        "comparison" => rows(answers::comparison(
            &floats(&inputs, "x")?,
            &floats(&inputs, "u")?,
        )),
        "En" => {
            let number = |name| inputs.number(name);
            let score = Score::en(&number("x")?, &number("X")?, &number("U")?, &number("Uref")?)?;
            Ok(object(&answers::e_n(&score)))
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
        "control_chart_individuals" => rows(answers::control_chart(&floats(&inputs, "data")?)),
        other => bail!("unknown kind of statistics {other:?}"),
    }
}

fn rows(rows: Result<Rows>) -> Result<Value> {
    rows.map(|rows| object(&rows))
}

fn scored(kind: &str, inputs: &Fields) -> Result<Value> {
    let number = |name| inputs.number(name);
    let (x, assigned) = (number("x")?, number("X")?);
    let score = match kind {
        "z" => Score::z(&x, &assigned, &number("sigma")?),
        "z_prime" => Score::z_prime(&x, &assigned, &number("sigma")?, &number("u_X")?),
        _ => Score::zeta(&x, &assigned, &number("u")?, &number("u_X")?),
    }?;
    Ok(object(&answers::score(&score)))
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
