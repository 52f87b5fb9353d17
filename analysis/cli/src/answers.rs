//! What `stats` and `eval` answer to the same question: the same function, the same keys, the same digits. Computed numbers are
//! texts with the digits that belong to them; counts are numbers.

use anyhow::Result;
use numbers::decision::{Grade, Score};
use numbers::number::Exact;
use serde_json::{Value, json};
use uncertainty::statistics::chart::individuals;
use uncertainty::statistics::compare::weighted_mean;
use uncertainty::statistics::outlier::{self, Side};
use uncertainty::statistics::regression::Fit;
use uncertainty::statistics::robust::algorithm_a;
use uncertainty::statistics::stability;
use uncertainty::statistics::summary;

/// Keys and values in the order in which a person reads them.
pub(crate) type Rows = Vec<(&'static str, Value)>;

pub(crate) fn object(rows: &Rows) -> Value {
    let fields = rows.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
    Value::Object(fields.collect())
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Test {
    Grubbs,
    Dixon,
}

pub(crate) fn univariate(data: &[Exact]) -> Result<Rows> {
    let (mean, u) = summary(data)?;
    Ok(vec![
        ("n", data.len().into()),
        ("mean", json!(mean)),
        ("sd", digits(u.sd).into()),
        ("lag1_autocorr", json!(u.lag1.map(digits))),
    ])
}

/// Critical values with the three places of the tables of GB/T 4883.
pub(crate) fn outlier(data: &[f64], test: Test, side: Side) -> Result<Rows> {
    let (name, found) = match test {
        Test::Grubbs => ("G", outlier::grubbs(data, side)?),
        Test::Dixon => ("D", outlier::dixon(data, side)?),
    };
    Ok(vec![
        ("suspect", digits(found.suspect).into()),
        (name, digits(found.statistic).into()),
        ("critical_95", format!("{:.3}", found.critical_95).into()),
        ("critical_99", format!("{:.3}", found.critical_99).into()),
        ("straggler", found.straggler().into()),
        ("outlier", found.outlier().into()),
    ])
}

pub(crate) fn robust(data: &[f64]) -> Result<Rows> {
    let a = algorithm_a(data)?;
    Ok(vec![
        ("x_star", digits(a.x_star).into()),
        ("s_star", digits(a.s_star).into()),
        ("iterations", a.iterations.into()),
    ])
}

pub(crate) fn control_chart(data: &[f64]) -> Result<Rows> {
    let c = individuals(data)?;
    Ok(vec![
        ("center", digits(c.center).into()),
        ("UCL", digits(c.ucl).into()),
        ("LCL", digits(c.lcl).into()),
        ("mr_bar", digits(c.mr_bar).into()),
        ("mr_UCL", digits(c.mr_ucl).into()),
        ("beyond", c.beyond(data).into()),
        ("ranges_beyond", c.ranges_beyond(data).into()),
    ])
}

pub(crate) fn repeatability(data: &[f64]) -> Result<Rows> {
    let sd = stability::repeatability(data)?;
    Ok(vec![("n", data.len().into()), ("sd", digits(sd).into())])
}

pub(crate) fn stability(groups: &[Vec<f64>]) -> Result<Rows> {
    let s = stability::stability(groups)?;
    Ok(vec![
        ("means", list(&s.means)),
        ("stability", digits(s.range).into()),
        ("last_step", digits(s.last_step).into()),
    ])
}

pub(crate) fn comparison(x: &[f64], u: &[f64]) -> Result<Rows> {
    let c = weighted_mean(x, u)?;
    let consistent = c.consistent();
    Ok(vec![
        ("ref", digits(c.reference).into()),
        ("u_ref", digits(c.u_reference).into()),
        ("chi2", digits(c.chi2).into()),
        ("chi2_95", digits(c.chi2_95).into()),
        ("consistent", consistent.into()),
        ("En", list(&c.en)),
    ])
}

pub(crate) fn fit(fit: &Fit) -> Rows {
    vec![
        ("b", list(&fit.b)),
        ("se", list(&fit.se)),
        ("resid_sd", digits(fit.resid_sd).into()),
        ("r2", json!(fit.r2.map(digits))),
        ("dof", fit.dof.into()),
    ]
}

pub(crate) fn e_n(score: &Score) -> Rows {
    vec![
        ("En", json!(score)),
        ("ok", (score.grade() == Grade::Satisfactory).into()),
        ("grade", json!(score.grade())),
    ]
}

pub(crate) fn score(score: &Score) -> Rows {
    vec![("score", json!(score)), ("grade", json!(score.grade()))]
}

/// The shortest decimal of an f64; no negative zero.
pub(crate) fn digits(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else {
        value.to_string()
    }
}

fn list(values: &[f64]) -> Value {
    values.iter().map(|v| digits(*v)).collect()
}
