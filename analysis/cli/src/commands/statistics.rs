//! `metrology stats`: the statistics of a laboratory on columns of numbers.

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use numbers::decision::Score;
use numbers::number::Exact;
use serde_json::{Value, json};
use uncertainty::statistics::chart::{Cusum, Ewma, individuals};
use uncertainty::statistics::compare::weighted_mean;
use uncertainty::statistics::outlier::{Side, dixon, grubbs};
use uncertainty::statistics::regression::{Fit, line, polynomial};
use uncertainty::statistics::robust::algorithm_a;
use uncertainty::statistics::stability::{repeatability, stability};
use uncertainty::statistics::summary;

use super::table::Table;
use super::{Answer, done};

/// Mean, s and autocorrelation of numbers; subcommands for everything else.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Stats {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Args)]
struct Source {
    /// File with one number per line, or a CSV with a header; - is standard input.
    #[arg(default_value = "-")]
    file: String,
    /// Column of the CSV by its header.
    #[arg(long)]
    column: Option<String>,
}

impl Source {
    fn exact(&self) -> Result<Vec<Exact>> {
        Table::read(&self.file)?.column(self.column.as_deref())
    }
    fn floats(&self) -> Result<Vec<f64>> {
        Table::read(&self.file)?.floats(self.column.as_deref())
    }
}

#[derive(Subcommand)]
enum Task {
    /// Straggler and outlier of a normal sample (GB/T 4883-2008).
    Outlier {
        #[command(flatten)]
        source: Source,
        #[arg(long, value_enum, default_value = "grubbs")]
        test: Test,
        #[arg(
            long,
            value_enum,
            default_value = "both",
            default_value_if("test", "dixon", "upper")
        )]
        side: End,
    },
    /// Robust mean and standard deviation, Algorithm A (ISO 13528).
    Robust {
        #[command(flatten)]
        source: Source,
    },
    /// Shewhart chart of individuals and moving ranges (GB/T 17989.2).
    Individuals {
        #[command(flatten)]
        source: Source,
    },
    /// Exponentially weighted moving average (GB/T 17989.6).
    Ewma {
        #[command(flatten)]
        source: Source,
        /// Target, or the historical mean.
        #[arg(long, allow_negative_numbers = true)]
        target: f64,
        /// Standard deviation of one value.
        #[arg(long, allow_negative_numbers = true)]
        sigma: f64,
        /// Weight of the newest value, above 0 and at most 1.
        #[arg(long, default_value_t = 0.2, allow_negative_numbers = true)]
        lambda: f64,
        /// Width of the limits in standard deviations of the average.
        #[arg(long, default_value_t = 3.0, allow_negative_numbers = true)]
        width: f64,
    },
    /// Cumulative sums above and below a target (GB/T 17989.4).
    Cusum {
        #[command(flatten)]
        source: Source,
        /// Target.
        #[arg(long, allow_negative_numbers = true)]
        target: f64,
        /// Slack K, half the shift to be found, in units of the data.
        #[arg(long, allow_negative_numbers = true)]
        slack: f64,
        /// Decision interval H, in units of the data.
        #[arg(long, allow_negative_numbers = true)]
        decision: f64,
    },
    /// Repeatability of a measurement standard from at least ten readings (JJF 1033 C.1).
    Repeatability {
        #[command(flatten)]
        source: Source,
    },
    /// Stability of a measurement standard; every column of a CSV is a group (JJF 1033 C.2).
    Stability {
        /// CSV with a header; - is standard input.
        #[arg(default_value = "-")]
        file: String,
        /// Columns that are groups, in order of time; without it, all.
        #[arg(long, value_delimiter = ',')]
        columns: Vec<String>,
    },
    /// E_n, z, z′ or ζ of one result (ISO 13528).
    Score(ScoreArguments),
    /// Weighted mean of several laboratories with its χ² test and E_n (JJF 1117).
    Comparison {
        /// CSV with a header; - is standard input.
        #[arg(default_value = "-")]
        file: String,
        /// Column of the values.
        #[arg(long, default_value = "x")]
        x: String,
        /// Column of their standard uncertainties.
        #[arg(long, default_value = "u")]
        u: String,
    },
    /// Least squares with standard uncertainties.
    Fit {
        /// CSV with a header; - is standard input.
        #[arg(default_value = "-")]
        file: String,
        /// Column of the abscissa.
        #[arg(long, default_value = "x")]
        x: String,
        /// Column of the ordinate.
        #[arg(long, default_value = "y")]
        y: String,
        /// Degree of the polynomial.
        #[arg(long, default_value_t = 1)]
        degree: usize,
        /// A line through the origin.
        #[arg(long, conflicts_with = "degree")]
        origin: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Test {
    Grubbs,
    Dixon,
}

#[derive(Clone, Copy, ValueEnum)]
enum End {
    Upper,
    Lower,
    Both,
}

#[derive(Args)]
struct ScoreArguments {
    #[arg(value_enum)]
    kind: Kind,
    /// The result.
    #[arg(long, allow_hyphen_values = true, value_parser = Exact::parse)]
    x: Exact,
    /// The assigned or reference value.
    #[arg(long, allow_hyphen_values = true, value_parser = Exact::parse)]
    assigned: Exact,
    /// Standard deviation for proficiency assessment (z, z′).
    #[arg(long, allow_hyphen_values = true, value_parser = Exact::parse)]
    sigma: Option<Exact>,
    /// Uncertainty of the result: standard for ζ, expanded for E_n.
    #[arg(long, allow_hyphen_values = true, value_parser = Exact::parse)]
    u: Option<Exact>,
    /// Uncertainty of the assigned value: standard for z′ and ζ, expanded for E_n.
    #[arg(long, allow_hyphen_values = true, value_parser = Exact::parse)]
    u_assigned: Option<Exact>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    En,
    Z,
    ZPrime,
    Zeta,
}

pub(super) fn run(stats: &Stats) -> Result<Answer> {
    let Some(task) = &stats.task else {
        return mean(&stats.source.exact()?);
    };
    match task {
        Task::Outlier { source, test, side } => outlier(&source.floats()?, *test, *side),
        Task::Robust { source } => {
            let a = algorithm_a(&source.floats()?)?;
            Ok(rows(&[
                ("x*", a.x_star.into()),
                ("s*", a.s_star.into()),
                ("iterations", a.iterations.into()),
            ]))
        }
        Task::Individuals { source } => {
            let data = source.floats()?;
            let c = individuals(&data)?;
            Ok(rows(&[
                ("centre", c.center.into()),
                ("upper limit", c.ucl.into()),
                ("lower limit", c.lcl.into()),
                ("mean moving range", c.mr_bar.into()),
                ("range limit", c.mr_ucl.into()),
                ("beyond", c.beyond(&data).into()),
                ("ranges beyond", c.ranges_beyond(&data).into()),
            ]))
        }
        Task::Ewma {
            source,
            target,
            sigma,
            lambda,
            width,
        } => {
            let (target, sigma, lambda, width) = (*target, *sigma, *lambda, *width);
            let points = Ewma {
                target,
                sigma,
                lambda,
                width,
            }
            .points(&source.floats()?)?;
            let line = |p: &uncertainty::statistics::chart::EwmaPoint| {
                (format!("{}  [{}, {}]", p.value, p.lower, p.upper), p.signal)
            };
            Ok(charted(&json!(points), points.iter().map(line)))
        }
        Task::Cusum {
            source,
            target,
            slack,
            decision,
        } => {
            let (target, slack, decision) = (*target, *slack, *decision);
            let points = Cusum {
                target,
                slack,
                decision,
            }
            .points(&source.floats()?)?;
            let line = |p: &uncertainty::statistics::chart::CusumPoint| {
                (format!("+{}  -{}", p.high, p.low), p.signal)
            };
            Ok(charted(&json!(points), points.iter().map(line)))
        }
        Task::Repeatability { source } => {
            let data = source.floats()?;
            Ok(rows(&[
                ("n", data.len().into()),
                ("s", repeatability(&data)?.into()),
            ]))
        }
        Task::Stability { file, columns } => {
            let s = stability(&Table::read(file)?.groups(columns)?)?;
            Ok(rows(&[
                ("means", s.means.into()),
                ("stability", s.range.into()),
                ("last step", s.last_step.into()),
            ]))
        }
        Task::Score(given) => scored(given),
        Task::Comparison { file, x, u } => {
            let table = Table::read(file)?;
            let c = weighted_mean(&table.floats(Some(x))?, &table.floats(Some(u))?)?;
            let consistent = c.consistent();
            Ok(rows(&[
                ("reference", c.reference.into()),
                ("u", c.u_reference.into()),
                ("chi2", c.chi2.into()),
                ("chi2 95 %", c.chi2_95.into()),
                ("consistent", consistent.into()),
                ("En", c.en.into()),
            ]))
        }
        Task::Fit {
            file,
            x,
            y,
            degree,
            origin,
        } => {
            let table = Table::read(file)?;
            let (x, y) = (table.floats(Some(x))?, table.floats(Some(y))?);
            let fit = if *origin {
                line(&x, &y, false)?
            } else {
                polynomial(&x, &y, *degree)?
            };
            Ok(fitted(fit))
        }
    }
}

fn mean(data: &[Exact]) -> Result<Answer> {
    let (mean, u) = summary(data)?;
    Ok(rows(&[
        ("n", data.len().into()),
        ("mean", json!(mean)),
        ("sd", u.sd.into()),
        ("lag1_autocorr", json!(u.lag1)),
    ]))
}

fn outlier(data: &[f64], test: Test, side: End) -> Result<Answer> {
    let side = match side {
        End::Upper => Side::Upper,
        End::Lower => Side::Lower,
        End::Both => Side::Both,
    };
    let result = match test {
        Test::Grubbs => grubbs(data, side)?,
        Test::Dixon => dixon(data, side)?,
    };
    Ok(rows(&[
        ("suspect", result.suspect.into()),
        ("statistic", result.statistic.into()),
        ("critical 95 %", format!("{:.3}", result.critical_95).into()),
        ("critical 99 %", format!("{:.3}", result.critical_99).into()),
        ("straggler", result.straggler().into()),
        ("outlier", result.outlier().into()),
    ]))
}

fn scored(given: &ScoreArguments) -> Result<Answer> {
    let ScoreArguments {
        kind,
        x,
        assigned,
        sigma,
        u,
        u_assigned,
    } = given;
    let (name, score) = match (kind, sigma, u, u_assigned) {
        (Kind::En, None, Some(u), Some(u_ref)) => ("En", Score::en(x, assigned, u, u_ref)),
        (Kind::Z, Some(sigma), None, None) => ("score", Score::z(x, assigned, sigma)),
        (Kind::ZPrime, Some(sigma), None, Some(u)) => ("score", Score::z_prime(x, assigned, sigma, u)),
        (Kind::Zeta, None, Some(u), Some(u_ref)) => ("score", Score::zeta(x, assigned, u, u_ref)),
        (Kind::Z, ..) => bail!("z takes --sigma alone"),
        (Kind::ZPrime, ..) => bail!("z′ takes --sigma and --u-assigned"),
        (Kind::Zeta | Kind::En, ..) => bail!("ζ and E_n take --u and --u-assigned"),
    };
    let score = score?;
    Ok(rows(&[(name, json!(score)), ("grade", json!(score.grade()))]))
}

fn fitted(fit: Fit) -> Answer {
    rows(&[
        ("b", fit.b.into()),
        ("se", fit.se.into()),
        ("resid_sd", fit.resid_sd.into()),
        ("r2", json!(fit.r2)),
        ("dof", fit.dof.into()),
    ])
}

/// An object for programs and aligned lines for people.
fn rows(fields: &[(&str, Value)]) -> Answer {
    let width = fields
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(Value::to_string).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    let line = |(name, value): &(&str, Value)| {
        let space = " ".repeat(width - name.chars().count());
        format!("{name}{space}  {}", plain(value))
    };
    let text: Vec<String> = fields.iter().map(line).collect();
    let object = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    done(Value::Object(object.collect()), text.join("\n"))
}

/// A chart point by point, signals marked.
fn charted(points: &Value, lines: impl Iterator<Item = (String, bool)>) -> Answer {
    let mut text = Vec::new();
    let mut signals = Vec::new();
    for (i, (line, signal)) in lines.enumerate() {
        text.push(format!("{:>4}  {line}{}", i + 1, if signal { "  !" } else { "" }));
        if signal {
            signals.push(i + 1);
        }
    }
    done(json!({ "points": points, "signals": signals }), text.join("\n"))
}
