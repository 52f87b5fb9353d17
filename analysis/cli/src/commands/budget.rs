//! `metrology budget`: an uncertainty budget as a table.

use anyhow::{Result, anyhow};
use clap::Args;
use uncertainty::budget::Budget;
use uncertainty::budget::monte_carlo::Settings;

use super::{Answer, done, read};

#[derive(Args)]
pub(crate) struct BudgetCommand {
    /// The budget file (TOML); - is standard input.
    file: String,
    /// Print an HTML fragment.
    #[arg(long, conflicts_with = "json")]
    html: bool,
    /// Print a Markdown table; this is the default.
    #[arg(long, conflicts_with_all = ["json", "html"])]
    markdown: bool,
    /// Check it by Monte Carlo (JJF 1059.2); adaptive unless --trials is given.
    #[arg(long)]
    monte_carlo: bool,
    /// Seed of the random numbers; the same seed gives the same digits on every machine.
    #[arg(long, default_value_t = 1, requires = "monte_carlo")]
    seed: u64,
    /// A fixed number of trials.
    #[arg(long, requires = "monte_carlo")]
    trials: Option<u64>,
    /// Digits of u that must stand: 1 or 2.
    #[arg(long, default_value_t = 1, requires = "monte_carlo")]
    digits: u32,
}

pub(super) fn run(command: &BudgetCommand) -> Result<Answer> {
    let text = read(&command.file)?;
    let refused = |error| anyhow!("{}: {error}", command.file);
    let combined = Budget::parse(&text)
        .and_then(|budget| budget.evaluate())
        .map_err(refused)?;
    let mut report = combined.report();
    if command.monte_carlo {
        let settings = Settings {
            trials: command.trials,
            digits: command.digits,
            ..Settings::adaptive(command.seed)
        };
        let found = combined
            .monte_carlo(&settings)
            .map_err(|error| anyhow!("{}: Monte Carlo: {error}", command.file))?;
        report = report.with_monte_carlo(&found);
    }
    let shown = if command.html {
        report.html()
    } else {
        report.markdown()
    };
    Ok(done(report.json(), shown.trim_end().to_owned()))
}
