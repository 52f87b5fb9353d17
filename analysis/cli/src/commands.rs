//! The commands for people.

mod budget;
mod estimate;
mod statistics;
mod table;
mod tables;
mod verify;

use std::io::Read;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Parser, Subcommand};
use numbers::limits::{Comparison, Declared, Limit, Subject, Verdict, judge_both};
use numbers::notation::{self, Kind, typed_number, typed_value};
use numbers::rounding::{Interval, Reported, round_significant};
use numbers::unit;
use serde_json::{Value, json};

use crate::eval;
use crate::exit::Exit;
use crate::language::Language;

/// Exact numbers of metrology: GB/T 8170 rounding and limits, notation, units, statistics.
#[derive(Parser)]
#[command(name = "metrology", version)]
pub(crate) struct Cli {
    /// Answer as one JSON object.
    #[arg(long, global = true)]
    json: bool,
    /// Language of help and answers; without it, that of LC_ALL, LC_MESSAGES or LANG.
    #[arg(long, global = true, value_enum)]
    lang: Option<Language>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Round a measured value once (GB/T 8170-2008 clause 3).
    Round {
        /// The value, or a reported value with its mark such as 16.50(-).
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// Rounding interval k·10ⁿ, such as 0.1, 0.05 or 20.
        #[arg(long, short)]
        interval: Option<String>,
        /// Significant digits instead of an interval.
        #[arg(long, short, conflicts_with = "interval")]
        digits: Option<u32>,
    },
    /// Judge a value against a limit by both methods (GB/T 8170-2008 clause 4).
    Judge {
        /// The limit as the document writes it: ≥14×100, 10.0±0.1(不含0.1), 510Ω(1±5%).
        #[arg(allow_hyphen_values = true)]
        limit: String,
        /// The measured value; with a mark it is a reported value.
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// The document that declares the rounded-value method; without it the full-value method decides.
        #[arg(long, value_name = "DOCUMENT")]
        rounded_by: Option<String>,
        /// Rounding interval when the document fixes one.
        #[arg(long, short)]
        interval: Option<String>,
    },
    /// Read a notation and print its parts and canonical writing.
    Parse {
        /// limit, limit_deviation, limit_relative, range, mpe, class, uncertainty, number, unit or quantity.
        kind: String,
        /// The text.
        #[arg(allow_hyphen_values = true)]
        text: String,
    },
    /// Convert between units exactly.
    Convert {
        /// The number.
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// Unit of the number.
        from: String,
        /// Unit wanted.
        to: String,
        /// Interval to round the result to.
        #[arg(long, short)]
        interval: Option<String>,
    },
    /// Statistics of numbers in a file: mean and s, or a subcommand.
    Stats(statistics::Stats),
    /// Tables of energy accounting with their editions (GB 17167, GB/T 2589).
    Tables {
        /// Name of one table; without it, the names of all.
        name: Option<String>,
    },
    /// Combine an uncertainty budget and print its table (JJF 1059.1, GUM).
    Budget(budget::BudgetCommand),
    /// Judge frozen evidence by a procedure file, a comparison or a period check (期间核查); exit code 0 conforms, 1 does
    /// not, 3 is inconclusive.
    Verify(verify::VerifyCommand),
    /// Check a procedure file: units, symbols, limits, bins.
    Procedure(verify::CheckCommand),
    EstimateErrors(estimate::EstimateCommand),
    /// Answer JSON Lines on standard input.
    Eval,
}

/// The answer as it is printed, and how the program ends; `None` of one that has written its answers itself.
pub(crate) fn run(cli: Cli, language: Language) -> Result<Option<(String, Exit)>> {
    let language = cli.lang.unwrap_or(language);
    let (value, text, exit) = match cli.command {
        Command::Eval => {
            let output = std::io::BufWriter::new(std::io::stdout().lock());
            eval::run(std::io::stdin().lock(), output)?;
            return Ok(None);
        }
        Command::Round {
            value,
            interval,
            digits,
        } => round(&value, interval.as_deref(), digits, language)?,
        Command::Judge {
            limit,
            value,
            rounded_by,
            interval,
        } => judge(&limit, &value, rounded_by, interval.as_deref(), language)?,
        Command::Parse { kind, text } => parse(&kind, &text, language)?,
        Command::Convert {
            value,
            from,
            to,
            interval,
        } => conversion(&value, &from, &to, interval.as_deref(), language)?,
        Command::Stats(stats) => statistics::run(&stats, language)?,
        Command::Tables { name } => tables::run(name.as_deref())?,
        Command::Budget(command) => budget::run(&command)?,
        Command::Verify(command) => verify::run(&command)?,
        Command::Procedure(command) => verify::check(&command)?,
        Command::EstimateErrors(command) => estimate::run(&command)?,
    };
    Ok(Some((if cli.json { value.to_string() } else { text }, exit)))
}

type Answer = (Value, String, Exit);

fn done(json: Value, text: String) -> Answer {
    (json, text, Exit::Conforms)
}

/// A rounding interval as a person types it.
fn typed_interval(text: &str) -> Result<Interval> {
    Ok(Interval::new(typed_number(text)?)?)
}

/// The bytes of a file, or of standard input for `-`.
fn bytes(file: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file == "-" {
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("reading standard input")?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("reading {file}"))
}

/// The text of a procedure, a budget or evidence.
fn read(file: &str) -> Result<String> {
    String::from_utf8(bytes(file)?).map_err(|_| anyhow!("{file} is not UTF-8, save it as UTF-8"))
}

/// The text of a table, which a spreadsheet may have saved in GBK (read as GB 18030) or UTF-16.
fn read_table(file: &str) -> Result<String> {
    let bytes = bytes(file)?;
    let marked = encoding_rs::Encoding::for_bom(&bytes).map(|(encoding, _)| encoding);
    let encoding = match marked {
        Some(encoding) => encoding,
        None if std::str::from_utf8(&bytes).is_ok() => encoding_rs::UTF_8,
        None => encoding_rs::GB18030,
    };
    let (text, _, broken) = encoding.decode(&bytes);
    if broken {
        bail!("{file} is neither UTF-8 nor GBK, save it as UTF-8");
    }
    Ok(text.into_owned())
}

fn round(value: &str, interval: Option<&str>, digits: Option<u32>, language: Language) -> Result<Answer> {
    let reported = Reported::parse(value)?;
    let (rounded, exponent) = match (interval, digits) {
        (Some(interval), _) => (reported.round(&typed_interval(interval)?), None),
        (None, Some(_)) if reported.residual().is_some() => {
            bail!("a reported value with a mark is rounded to an interval, give --interval")
        }
        (None, Some(digits)) => {
            let (rounded, exponent) = round_significant(reported.value(), digits)
                .ok_or_else(|| anyhow!("digits must be at least 1"))?;
            (rounded, Some(exponent))
        }
        (None, None) => bail!("give --interval or --digits"),
    };
    let mark = rounded.residual().mark();
    let json = json!({ "rounded": rounded.to_string(), "mark": mark, "interval": rounded.interval(),
        "last_digit_exponent": exponent, "rule": "GB/T 8170-2008" });
    let side = match mark {
        "+" => language.pick("（测量值的绝对值较大）", "  (|measured| is larger)"),
        "-" => language.pick("（测量值的绝对值较小）", "  (|measured| is smaller)"),
        _ => language.pick("（无修约误差）", "  (exact)"),
    };
    Ok(done(json, format!("{rounded}{side}")))
}

fn judge(
    limit: &str,
    value: &str,
    rounded_by: Option<String>,
    interval: Option<&str>,
    language: Language,
) -> Result<Answer> {
    let limit = Limit::parse(limit).context("limit")?;
    let reported = Reported::parse(value).context("value")?;
    let subject = match reported.residual() {
        Some(_) => Subject::Reported(reported),
        None => Subject::Measured(reported.value().clone()),
    };
    let mut declared = Declared::default();
    if let Some(document) = rounded_by {
        declared.method = Comparison::Rounded;
        declared.by = document;
    }
    declared.interval = interval.map(typed_interval).transpose()?;
    let both = judge_both(&limit, &subject, &declared)?;
    let word = |v: Verdict| {
        if v == Verdict::Conforms {
            "符合"
        } else {
            "不符合"
        }
    };
    let name = |m| {
        if m == Comparison::Full {
            "全数值比较法"
        } else {
            "修约值比较法"
        }
    };
    let mut text = format!(
        "{}  {} {} ({})",
        word(both.decides.verdict),
        language.pick("按", "by"),
        name(both.decides.method),
        both.declared_by
    );
    for judgement in [Some(&both.decides), both.other.as_ref()].into_iter().flatten() {
        let rounded = judgement.rounded.as_ref().map_or(String::new(), |r| {
            format!(", {} {r}", language.pick("比较值", "compared"))
        });
        text.push_str(&format!(
            "\n  {}: {}{rounded}",
            name(judgement.method),
            word(judgement.verdict)
        ));
    }
    let exit = match both.decides.verdict {
        Verdict::Conforms => Exit::Conforms,
        Verdict::DoesNotConform => Exit::DoesNotConform,
    };
    Ok((json!({ "limit": limit.text, "judgement": both }), text, exit))
}

fn parse(kind: &str, text: &str, language: Language) -> Result<Answer> {
    let kind: Kind = kind.parse()?;
    let reading = notation::parse(kind, text)?;
    let printed = reading.notation.print();
    let parts = reading.notation.to_json();
    let mut json = json!({ "parsed": parts, "printed": printed });
    eval::warned(&mut json, reading.warnings.iter());
    let mut text = printed;
    if let Some(object) = parts.as_object() {
        for (name, value) in object {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.push_str(&format!("\n  {name}: {value}"));
        }
    }
    for warning in &reading.warnings {
        text.push_str(&format!("\n  {}: {warning}", language.pick("提示", "warning")));
    }
    Ok(done(json, text))
}

fn conversion(
    value: &str,
    from: &str,
    to: &str,
    interval: Option<&str>,
    language: Language,
) -> Result<Answer> {
    let own = unit::parse(from).context("from")?.unit;
    let value = typed_value(value, &own)?;
    let interval = interval.map(typed_interval).transpose()?;
    let found = eval::conversion(&value, from, to, interval.as_ref())?;
    let sign = if found.exact { "=" } else { "≈" };
    let mut text = format!(
        "{value} {} {sign} {} {}",
        found.from.unit, found.number, found.to.unit
    );
    if let Some(note) = found.note {
        text.push_str(&format!("\n  {}: {note}", language.pick("说明", "note")));
    }
    for warning in found.warnings() {
        text.push_str(&format!("\n  {}: {warning}", language.pick("提示", "warning")));
    }
    Ok(done(found.object(), text))
}
