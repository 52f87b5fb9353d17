//! `metrology budget`: an uncertainty budget as a table.

use std::process::ExitCode;

use analysis::uncertainty::Budget;
use anyhow::{Result, anyhow};
use clap::Args;

use super::{Answer, read};

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
}

pub(super) fn run(command: &BudgetCommand) -> Result<Answer> {
    let text = read(&command.file)?;
    let refused = |error| anyhow!("{}: {error}", command.file);
    let report = Budget::parse(&text)
        .and_then(|budget| budget.evaluate())
        .map_err(refused)?
        .report();
    let shown = if command.html {
        report.html()
    } else {
        report.markdown()
    };
    Ok((report.json(), shown.trim_end().to_owned(), ExitCode::SUCCESS))
}
