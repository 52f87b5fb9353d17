//! `metrology stats`: the statistics of a laboratory on columns of numbers.

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use numbers::decision::Score;
use numbers::notation::typed_number;
use numbers::number::Exact;
use serde_json::{Value, json};
use uncertainty::statistics::chart::{Cusum, Ewma};
use uncertainty::statistics::outlier::Side;
use uncertainty::statistics::regression::{line, polynomial};

use super::table::Table;
use super::{Answer, done};
use crate::answers::{self, Rows, Test, object};
use crate::language::Language;

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
        /// Test to apply.
        #[arg(long, value_enum, default_value = "grubbs")]
        test: Test,
        /// Side to look at.
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
enum End {
    Upper,
    Lower,
    Both,
}

#[derive(Args)]
struct ScoreArguments {
    /// Which score.
    #[arg(value_enum)]
    kind: Kind,
    /// The result.
    #[arg(long, allow_hyphen_values = true, value_parser = typed_number)]
    x: Exact,
    /// The assigned or reference value.
    #[arg(long, allow_hyphen_values = true, value_parser = typed_number)]
    assigned: Exact,
    /// Standard deviation for proficiency assessment (z, z′).
    #[arg(long, allow_hyphen_values = true, value_parser = typed_number)]
    sigma: Option<Exact>,
    /// Uncertainty of the result: standard for ζ, expanded for E_n.
    #[arg(long, allow_hyphen_values = true, value_parser = typed_number)]
    u: Option<Exact>,
    /// Uncertainty of the assigned value: standard for z′ and ζ, expanded for E_n.
    #[arg(long, allow_hyphen_values = true, value_parser = typed_number)]
    u_assigned: Option<Exact>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    En,
    Z,
    ZPrime,
    Zeta,
}

pub(super) fn run(stats: &Stats, language: Language) -> Result<Answer> {
    let Some(task) = &stats.task else {
        return Ok(shown(&answers::univariate(&stats.source.exact()?)?, language));
    };
    let rows = match task {
        Task::Outlier { source, test, side } => {
            let side = match side {
                End::Upper => Side::Upper,
                End::Lower => Side::Lower,
                End::Both => Side::Both,
            };
            answers::outlier(&source.floats()?, *test, side)?
        }
        Task::Robust { source } => answers::robust(&source.floats()?)?,
        Task::Individuals { source } => answers::control_chart(&source.floats()?)?,
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
            return Ok(charted(&json!(points), points.iter().map(line)));
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
            return Ok(charted(&json!(points), points.iter().map(line)));
        }
        Task::Repeatability { source } => answers::repeatability(&source.floats()?)?,
        Task::Stability { file, columns } => answers::stability(&Table::read(file)?.groups(columns)?)?,
        Task::Score(given) => scored(given)?,
        Task::Comparison { file, x, u } => {
            let table = Table::read(file)?;
            answers::comparison(&table.floats(Some(x))?, &table.floats(Some(u))?)?
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
            answers::fit(&if *origin {
                line(&x, &y, false)?
            } else {
                polynomial(&x, &y, *degree)?
            })
        }
    };
    Ok(shown(&rows, language))
}

fn scored(given: &ScoreArguments) -> Result<Rows> {
    let ScoreArguments {
        kind,
        x,
        assigned,
        sigma,
        u,
        u_assigned,
    } = given;
    let score = match (kind, sigma, u, u_assigned) {
        (Kind::En, None, Some(u), Some(u_ref)) => {
            return Ok(answers::e_n(&Score::en(x, assigned, u, u_ref)?));
        }
        (Kind::Z, Some(sigma), None, None) => Score::z(x, assigned, sigma),
        (Kind::ZPrime, Some(sigma), None, Some(u)) => Score::z_prime(x, assigned, sigma, u),
        (Kind::Zeta, None, Some(u), Some(u_ref)) => Score::zeta(x, assigned, u, u_ref),
        (Kind::Z, ..) => bail!("z takes --sigma alone"),
        (Kind::ZPrime, ..) => bail!("z′ takes --sigma and --u-assigned"),
        (Kind::Zeta | Kind::En, ..) => bail!("ζ and E_n take --u and --u-assigned"),
    };
    Ok(answers::score(&score?))
}

/// What the keys mean, in Chinese; in English the key says it.
const LABELS: [(&str, &str); 31] = [
    ("n", "个数 n"),
    ("mean", "平均值"),
    ("sd", "标准偏差 s"),
    ("lag1_autocorr", "一阶自相关"),
    ("suspect", "可疑值"),
    ("G", "格拉布斯 G"),
    ("D", "狄克逊 D"),
    ("critical_95", "临界值 95 %"),
    ("critical_99", "临界值 99 %"),
    ("straggler", "歧离值"),
    ("outlier", "统计离群值"),
    ("x_star", "稳健平均值 x*"),
    ("s_star", "稳健标准差 s*"),
    ("iterations", "迭代次数"),
    ("center", "中心线 CL"),
    ("UCL", "上控制限 UCL"),
    ("LCL", "下控制限 LCL"),
    ("mr_bar", "平均移动极差"),
    ("mr_UCL", "移动极差上控制限"),
    ("beyond", "超限的点"),
    ("ranges_beyond", "超限的移动极差"),
    ("means", "各组平均值"),
    ("stability", "稳定性"),
    ("last_step", "最近一次变化"),
    ("ref", "参考值"),
    ("u_ref", "参考值的标准不确定度"),
    ("consistent", "一致"),
    ("resid_sd", "残余标准差"),
    ("score", "比分"),
    ("ok", "|En| ≤ 1"),
    ("grade", "评定"),
];

/// An object for programs and aligned lines for people.
fn shown(rows: &Rows, language: Language) -> Answer {
    let label = |key: &'static str| {
        let chinese = LABELS.iter().find(|(name, _)| *name == key);
        language.pick(chinese.map_or(key, |(_, text)| text), key)
    };
    // A Chinese character takes two columns.
    let width = |text: &str| {
        text.chars()
            .map(|c| 1 + usize::from(c > '\u{2E7F}'))
            .sum::<usize>()
    };
    let widest = rows.iter().map(|(key, _)| width(label(key))).max().unwrap_or(0);
    let none = language.pick("无", "none");
    let one = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let plain = |value: &Value| match value {
        Value::Null => none.to_owned(),
        Value::Array(items) if items.is_empty() => none.to_owned(),
        Value::Array(items) => items.iter().map(one).collect::<Vec<_>>().join(" "),
        other => one(other),
    };
    let line = |(key, value): &(&'static str, Value)| {
        let label = label(key);
        let space = " ".repeat(widest - width(label));
        format!("{label}{space}  {}", plain(value))
    };
    let text: Vec<String> = rows.iter().map(line).collect();
    done(object(rows), text.join("\n"))
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
